import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { eksToken } from '../../lambda/predictive-scaler/hpa/eks-token';
import type { KubernetesConnection } from '../../lambda/predictive-scaler/hpa/kubernetes-api';
import { isMissing } from '../aws/aws-problem';
import type { AwsCredentials } from '../aws/aws-session';
import { readCaller } from '../aws/caller';
import { UsageError } from '../cli/command';
import { readKubeconfig } from '../scaler/kubeconfig/kubeconfig';
import { chooseKubeconfigs } from '../scaler/kubeconfig/kubeconfig-files';
import type { CloudContext } from './machine';

/** How the user wants to reach the cluster. */
export interface ClusterOptions {
  /** Role that logs in to the cluster. @default - the caller, where it is in cluster.adminRoleArns, else the first of them */
  readonly role?: string;
  /** Kubeconfig file instead of the AWS log-in. @default - none */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig. @default - its current one */
  readonly context?: string;
}

/**
 * The connection to an environment's cluster.
 * @returns undefined where the cluster does not exist
 * @throws {AwsProblem}
 */
export async function clusterConnection(
  context: CloudContext,
  options: ClusterOptions,
): Promise<KubernetesConnection | undefined> {
  const { machine } = context;
  if (options.kubeconfig !== undefined || options.context !== undefined) {
    const files = chooseKubeconfigs(options.kubeconfig, machine.environment, machine.home);
    const now = () => machine.now().getTime();
    return readKubeconfig(files, { context: options.context, environment: machine.environment, now });
  }
  return eksConnection({ ...context, now: machine.now }, options.role);
}

/** What the log-in at EKS needs. */
export interface EksContext extends Pick<CloudContext, 'aws' | 'config'> {
  /** The time. */
  readonly now: () => Date;
}

/**
 * The connection to an environment's cluster with the log-in of AWS.
 * @param wantedRole role that logs in; undefined: chosen as `ClusterOptions` says
 * @returns undefined where the cluster does not exist
 * @throws {AwsProblem} or UsageError where it is not ready yet
 */
export async function eksConnection(
  context: EksContext,
  wantedRole?: string,
): Promise<KubernetesConnection | undefined> {
  const { aws, config, now } = context;
  const { region } = config;
  const { name: target } = config.cluster;
  const call = { action: 'eks:DescribeCluster', region, target };
  try {
    const { cluster } = await aws.call(EKSClient, call, (client, abortSignal) =>
      client.send(new DescribeClusterCommand({ name: target }), { abortSignal }),
    );
    const { endpoint, certificateAuthority: { data } = {} } = cluster ?? {};
    if (endpoint === undefined || data === undefined) {
      throw new UsageError(
        `cluster ${target} has no endpoint yet (${cluster?.status}); run it again when it is ACTIVE`,
      );
    }
    const role = wantedRole ?? (await roleToAssume(context));
    const token = eksToken({
      clusterName: target,
      region,
      now: () => now().getTime(),
      credentials: () => (role === undefined ? aws.credentials(STSClient, region) : assume(context, role)),
    });
    const certificateAuthority = Buffer.from(data, 'base64').toString('utf8');
    return { endpoint, certificateAuthority, logIn: { token } };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The cluster admits its administrators only; whoever deploys need not be one of them. */
async function roleToAssume({ config, aws }: EksContext): Promise<string | undefined> {
  const { adminRoleArns, kind } = config.cluster;
  if (kind === 'existing') return undefined;
  const { principalArn } = await readCaller(aws, config.region);
  // The session of a role does not tell the path of its role.
  const isAdmin = adminRoleArns.some((arn) => arn.replace(/:role\/.*\//, ':role/') === principalArn);
  return isAdmin ? undefined : adminRoleArns[0];
}

async function assume({ aws, config }: EksContext, role: string): Promise<AwsCredentials> {
  const call = { action: 'sts:AssumeRole', region: config.region, target: role };
  const input = { RoleArn: role, RoleSessionName: 'llm-cost-ops-deploy', DurationSeconds: 3_600 };
  const { Credentials } = await aws.call(STSClient, call, (client, abortSignal) =>
    client.send(new AssumeRoleCommand(input), { abortSignal }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken, Expiration } = Credentials ?? {};
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken !== undefined && { sessionToken: SessionToken }),
    ...(Expiration !== undefined && { expiration: Expiration }),
  };
}
