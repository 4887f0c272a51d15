import type { ResolvedConfig } from '../../lib/config/environment-config';
import { OUTPUTS, type OutputName } from '../../lib/config/names';
import type { LiveStack } from '../cloud/read-stack';
import type { AssemblyStack } from './stacks/assembly';

/** Stands for a value in a dry run that the deployment of the stacks makes. */
const UNKNOWN = 'known-after-deployment';

/**
 * The stacks with the outputs that a deployment will add to them, so that an upgrade's manifests can be compared before
 * it. Unknown values say so, in the form that the manifests need.
 * @param live the stacks as they are
 * @param wanted the stacks to be deployed
 */
export function withExpectedOutputs(
  config: Pick<ResolvedConfig, 'account' | 'region'>,
  live: readonly LiveStack[],
  wanted: readonly AssemblyStack[],
): LiveStack[] {
  const names = Object.keys(OUTPUTS) as OutputName[];
  return live.map((stack) => {
    const { Outputs = {} } = wanted.find(({ stackName }) => stackName === stack.stackName)?.template ?? {};
    const added = names.filter((name) => OUTPUTS[name].stack === stack.id && OUTPUTS[name].key in Outputs);
    const values = added.map((name) => [OUTPUTS[name].key, unknownValue(name, config)]);
    return { ...stack, outputs: { ...Object.fromEntries(values), ...stack.outputs } };
  });
}

function unknownValue(
  name: OutputName,
  { account, region }: Pick<ResolvedConfig, 'account' | 'region'>,
): string {
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  switch (name) {
    case 'apiTargetGroupArn':
    case 'adminTargetGroupArn':
    case 'gatewayTargetGroupArn':
      return arn('elasticloadbalancing', `targetgroup/${UNKNOWN}/0`);
    case 'loadBalancerArn':
      return arn('elasticloadbalancing', `loadbalancer/app/${UNKNOWN}/0`);
    case 'databaseUserSecretArn':
    case 'databaseWriterSecretArn':
    case 'databaseAdminSecretArn':
    case 'firstAdminKeySecretArn':
    case 'gatewaySecretArn':
      return arn('secretsmanager', `secret:${UNKNOWN}`);
    case 'budgetTopicArn':
      return arn('sns', UNKNOWN);
    case 'databaseEndpoint':
    case 'databaseReaderEndpoint':
    case 'cacheEndpoint':
      return `${UNKNOWN}.invalid`;
  }
}
