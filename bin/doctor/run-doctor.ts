import { environments } from '../../lib/config/environments';
import { UNKNOWN_ACCOUNT } from '../../lib/config/names';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { AwsProblem } from '../aws/aws-problem';
import type { AwsSession } from '../aws/aws-session';
import { type Caller, readCaller } from '../aws/caller';
import { ACCOUNT_CHECKS, LOCAL_CHECKS } from './checks';
import type { LocalContext, Surroundings } from './context';
import { type Answer, type Finding, ok, problem, unknown } from './finding';
import { accountContext, runChecks } from './run-checks';

export interface DoctorProps {
  /** Name of the environment. */
  readonly environment: string;
  readonly aws: AwsSession;
  readonly surroundings: Surroundings;
  /** IPv4 address from which people will reach the Kubernetes API. @default - not asked */
  readonly address?: string | undefined;
  /** Shows what goes on. */
  readonly say: (line: string) => void;
}

const CREDENTIALS = 'credentials';

/**
 * Makes every check, and changes nothing.
 * @throws ConfigError where the environment's configuration is wrong
 */
export async function runDoctor(props: DoctorProps): Promise<Finding[]> {
  const { address, aws, environment, say, surroundings } = props;
  const { account, region } = loadEnvironment(environment);
  say('asking who the credentials belong to');
  const caller = await callerOf(aws, region);
  const config = loadEnvironment(environment, {}, 'arn' in caller ? caller.account : undefined);
  const input = environments[environment] ?? { ...config };
  const local: LocalContext = { input, config, surroundings, address };
  const findings = await runChecks(LOCAL_CHECKS, local, () => undefined);
  if (!('arn' in caller)) return [...findings, ...withoutAccount(caller)];
  const wanted = account === UNKNOWN_ACCOUNT ? caller.account : account;
  findings.push({ check: CREDENTIALS, ...accountAnswer(caller, environment, wanted) });
  if (caller.account !== wanted) {
    return [...findings, ...notAsked(`the credentials belong to another account than ${wanted}`)];
  }
  say('rendering the templates, and asking for the stacks');
  try {
    const context = await accountContext(aws, local, caller);
    return [...findings, ...(await runChecks(ACCOUNT_CHECKS, context, say))];
  } catch (error) {
    if (!(error instanceof AwsProblem)) throw error;
    return [...findings, ...notAsked(error.message)];
  }
}

async function callerOf(aws: AwsSession, region: string): Promise<Caller | Answer> {
  try {
    return await readCaller(aws, region);
  } catch (error) {
    if (!(error instanceof AwsProblem)) throw error;
    return problem(error.message, 'log in, and run it again');
  }
}

export function accountAnswer({ account, arn }: Caller, environment: string, wanted: string): Answer {
  if (account === wanted) return ok(`account ${account}, as ${arn}`);
  return problem(
    `the credentials belong to account ${account} (${arn}), and ${environment}.account is ${wanted}`,
    `set AWS_PROFILE to a profile of account ${wanted}, or ${environment}.account in lib/config/environments.ts`,
  );
}

function withoutAccount(answer: Answer): Finding[] {
  return [{ check: CREDENTIALS, ...answer }, ...notAsked('there are no credentials that AWS accepts')];
}

function notAsked(reason: string): Finding[] {
  return ACCOUNT_CHECKS.map(({ name }) => ({ check: name, ...unknown(`not checked: ${reason}`) }));
}
