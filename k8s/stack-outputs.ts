import { hasAdminLogin } from '../lib/config/authentication/admin-login';
import type { ResolvedConfig } from '../lib/config/environment-config';
import { IMAGE_TAG_OUTPUT, OUTPUTS, type OutputName, stackName } from '../lib/config/names';
import { CONTROLLER_APIS } from './charts/load-balancer-controllers';

/** Values of deployed stacks that the manifests need. */
export interface StackOutputs {
  /** Host of the RDS Proxy, or of the database where PgBouncer pools in the cluster. */
  readonly databaseEndpoint: string;
  /** Secrets Manager secret of the API's database user; null with IAM authentication, which needs none. */
  readonly databaseUserSecretArn: string | null;
  /** Secret of the database user that writes; null with IAM authentication. */
  readonly databaseWriterSecretArn: string | null;
  /** Secret of the admin servers' database user; null with IAM authentication. */
  readonly databaseAdminSecretArn: string | null;
  /** Secret with the first key of the organisation, which the admin servers store. */
  readonly firstAdminKeySecretArn: string;
  /** Hosts of the read replicas, separated by commas; null without read replicas. */
  readonly databaseReaderEndpoint: string | null;
  /** Host of the cache's configuration endpoint, without the port. */
  readonly cacheEndpoint: string;
  /** Target group of the API; null where the load balancer controller finds it by name. */
  readonly apiTargetGroupArn: string | null;
  /** Target group of the admin servers; null where the load balancer controller finds it by name. */
  readonly adminTargetGroupArn: string | null;
  /** Target group of the gateway's routes; null where the load balancer controller finds it by name. */
  readonly gatewayTargetGroupArn: string | null;
  /** The load balancer that logs people in; null where it does not. */
  readonly loadBalancerArn: string | null;
  /** Secret with the keys of the gateway's providers. */
  readonly gatewaySecretArn: string;
  /** SNS topic of warnings and limits of budgets. */
  readonly budgetTopicArn: string;
  /** Tag of the image that the Cluster stack has built; null where it builds none. */
  readonly builtImageTag: string | null;
}

/** The outputs file does not fit the environment. The message has a line for each missing or malformed value. */
export class StackOutputsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'StackOutputsError';
  }
}

/** DNS name without scheme, port or path. */
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i;
const HOSTS = /^[a-z0-9-]+(\.[a-z0-9-]+)+(,[a-z0-9-]+(\.[a-z0-9-]+)+)*$/i;
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[^:]+:\d{12}:secret:.+$/;
const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[^:]+:\d{12}:[\w-]+$/;
const LOAD_BALANCER_ARN =
  /^arn:aws[a-z-]*:elasticloadbalancing:[^:]+:\d{12}:loadbalancer\/app\/[^/]+\/[0-9a-f]+$/;
const TARGET_GROUP_ARN = /^arn:aws[a-z-]*:elasticloadbalancing:[^:]+:\d{12}:targetgroup\/[^/]+\/[0-9a-f]+$/;

/**
 * Reads the parsed content of `cdk deploy --outputs-file`: `{ "<stack name>": { "<output>": "<value>" } }`.
 * @throws StackOutputsError with every missing or malformed value and the command that writes the file
 */
export function parseStackOutputs(json: unknown, config: ResolvedConfig): StackOutputs {
  const problems: string[] = [];
  const read = (name: OutputName, pattern: RegExp, kind: string): string => {
    const stack = stackName(config.environment, OUTPUTS[name].stack);
    const path = `${stack}.${OUTPUTS[name].key}`;
    const value = fieldOf(fieldOf(json, stack), OUTPUTS[name].key);
    if (typeof value === 'string' && pattern.test(value)) return value;
    problems.push(
      value === undefined ? `${path} is missing` : `${path} must be ${kind}, got ${JSON.stringify(value)}`,
    );
    return '';
  };
  const host = (name: OutputName) => read(name, HOST, 'a host name');
  const { bindsByName } = CONTROLLER_APIS[config.cluster.loadBalancerController];
  const secret = (name: OutputName) => read(name, SECRET_ARN, 'the ARN of a secret');
  const userSecret = (name: OutputName) =>
    config.database.authentication === 'password' ? secret(name) : null;
  const targetGroup = (name: OutputName) =>
    bindsByName ? null : read(name, TARGET_GROUP_ARN, 'the ARN of a target group');
  const outputs: StackOutputs = {
    databaseEndpoint: host('databaseEndpoint'),
    databaseUserSecretArn: userSecret('databaseUserSecretArn'),
    databaseWriterSecretArn: userSecret('databaseWriterSecretArn'),
    databaseAdminSecretArn: userSecret('databaseAdminSecretArn'),
    firstAdminKeySecretArn: secret('firstAdminKeySecretArn'),
    databaseReaderEndpoint:
      config.database.readReplicas > 0
        ? read('databaseReaderEndpoint', HOSTS, 'host names separated by commas')
        : null,
    cacheEndpoint: host('cacheEndpoint'),
    apiTargetGroupArn: targetGroup('apiTargetGroupArn'),
    adminTargetGroupArn: targetGroup('adminTargetGroupArn'),
    gatewayTargetGroupArn: targetGroup('gatewayTargetGroupArn'),
    loadBalancerArn: hasAdminLogin(config)
      ? read('loadBalancerArn', LOAD_BALANCER_ARN, 'the ARN of a load balancer')
      : null,
    gatewaySecretArn: secret('gatewaySecretArn'),
    budgetTopicArn: read('budgetTopicArn', TOPIC_ARN, 'the ARN of an SNS topic'),
    builtImageTag: builtImageTag(json, config),
  };
  if (problems.length === 0) return outputs;
  const remedy = `npx cdk deploy -c env=${config.environment} --all --outputs-file cdk-outputs.json`;
  throw new StackOutputsError(
    problems.map((problem) => `stack output ${problem}; write the file again with: ${remedy}`),
  );
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** Stacks of earlier versions build no image. */
function builtImageTag(json: unknown, { environment }: ResolvedConfig): string | null {
  const tag = fieldOf(fieldOf(json, stackName(environment, 'Cluster')), IMAGE_TAG_OUTPUT);
  return typeof tag === 'string' ? tag : null;
}
