import { environments } from '../../lib/config/environments';
import { UNKNOWN_ACCOUNT } from '../../lib/config/names';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { AwsSession, type AwsSessionProps } from '../aws/aws-session';
import { readCaller } from '../aws/caller';
import { type OptionTable, type Terminal, UsageError } from '../cli/command';
import type { ClusterOptions } from './connect-cluster';
import type { CloudContext, Machine } from './machine';

/** What commands of the cloud reach beside their arguments; tests pass their own. */
export interface CloudSurroundings {
  readonly machine: Machine;
  readonly signal: AbortSignal;
  /** Settings of the clients of AWS. @default - as the SDK finds them */
  readonly aws?: Omit<AwsSessionProps, 'signal'>;
}

/** Options that every command of the cloud has. */
export const CLOUD_OPTIONS = {
  env: { type: 'string' },
  json: { type: 'boolean', default: false },
  'cluster-role': { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
} satisfies OptionTable;

/** The lines of `--help` for these options. */
export const CLOUD_OPTIONS_HELP = `  --env <name>           environment: ${Object.keys(environments).join(', ')}
  --cluster-role <arn>   IAM role that logs in to the cluster (default: you, where you are in cluster.adminRoleArns,
                         else the first of them)
  --kubeconfig <file>    reach the cluster by a kubeconfig instead
  --context <name>       context of the kubeconfig (default: its current one)
  --json                 print the result as JSON; progress goes to stderr in any case
  --help                 print this`;

export interface CloudValues {
  readonly env?: string | undefined;
  readonly 'cluster-role'?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * Runs the work of a command with the environment's configuration and clients of AWS, which are closed afterwards.
 * @throws UsageError without --env, ConfigError
 */
export async function withCloud<T>(
  { env }: CloudValues,
  { printError }: Terminal,
  { machine, signal, aws: props }: CloudSurroundings,
  work: (context: CloudContext) => Promise<T>,
): Promise<T> {
  if (env === undefined) throw new UsageError('--env <name> is needed; see --help');
  const aws = new AwsSession({ ...props, signal });
  try {
    const config = loadEnvironment(env, {}, await accountFor(env, aws));
    return await work({ config, aws, machine, signal, say: printError });
  } finally {
    aws.close();
  }
}

/** The account of the credentials, for an environment that names none. @throws {AwsProblem} */
async function accountFor(env: string, aws: AwsSession): Promise<string | undefined> {
  const { account, region } = loadEnvironment(env);
  return account === UNKNOWN_ACCOUNT ? (await readCaller(aws, region)).account : undefined;
}

/** How the options ask to reach the cluster. */
export function clusterOptions(values: CloudValues): ClusterOptions {
  const { 'cluster-role': role, kubeconfig, context } = values;
  return {
    ...(role !== undefined && { role }),
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  };
}
