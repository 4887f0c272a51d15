import type { ResolvedConfig } from '../../lib/config/environment-config';
import { STACK_IDS, type StackId, stackName } from '../../lib/config/names';

/** A stack of an environment, deployed or not. */
export interface EnvironmentStack {
  /** Construct id, such as Network. */
  readonly id: StackId;
  /** Name in CloudFormation. */
  readonly stackName: string;
  /** AWS region. */
  readonly region: string;
}

/** CloudFront takes certificates and web ACLs from this region only. */
const EDGE_REGION = 'us-east-1';

/** The stacks of an environment in deploy order, without synthesis. */
export function environmentStacks(
  config: Pick<ResolvedConfig, 'environment' | 'region'>,
): EnvironmentStack[] {
  return STACK_IDS.map((id) => ({
    id,
    stackName: stackName(config.environment, id),
    region: id === 'Edge' ? EDGE_REGION : config.region,
  }));
}

/** Every region that an environment deploys to, each once. */
export function environmentRegions(config: Pick<ResolvedConfig, 'environment' | 'region'>): string[] {
  return [...new Set(environmentStacks(config).map(({ region }) => region))];
}
