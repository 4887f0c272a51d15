import type { ResolvedConfig } from '../../lib/config/environment-config';
import type { LoadShape } from './load-shape';
import type { RequestCost } from './request-cost';
import { bottleneck, mostLoad, type Utilisation, utilisations } from './utilisation';

/** What of a configuration's resources the traffic takes, and which of them ends first. */
export interface Fit {
  readonly uses: readonly Utilisation[];
  readonly bottleneck: Utilisation;
  /** Load at which the bottleneck is used up, requests per second. */
  readonly mostRequestsPerSecond: number;
}

export function fitOf(config: ResolvedConfig, shape: LoadShape, cost: RequestCost): Fit {
  const uses = utilisations(config, shape, cost);
  return { uses, bottleneck: bottleneck(uses), mostRequestsPerSecond: mostLoad(uses, shape) };
}
