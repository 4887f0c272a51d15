import type { ResolvedConfig } from '../../lib/config/environment-config';
import { DEFAULT_ASSUMPTIONS } from '../cost/assumptions';
import { unpricedLines } from '../cost/estimate';
import { DEFAULT_INSTANCE, instanceTypeOf } from '../cost/kubernetes/instance-types';
import { priceTables } from '../cost/prices/price-table';
import { type CostReport, reportOf } from '../cost/report';
import { synthesizeEnvironment } from '../cost/synthesize-environment';
import type { LoadShape } from './load-shape';

/** What a configuration costs a month with the traffic. */
export interface MonthlyCost {
  /** USD at the mean load, without lines that have no price. */
  readonly usd: number;
  /** Price keys without a price, which the sum lacks. */
  readonly unpriced: readonly string[];
  /** Whether the most replicas carry the mean load; otherwise the sum is for what they carry. */
  readonly carriesMean: boolean;
}

/** Costs beside each other. */
export interface CostComparison {
  readonly configured: MonthlyCost;
  readonly recommended: MonthlyCost;
  /** USD a month that the recommendation saves; below 0 it costs more. null: a price of what changes is missing. */
  readonly savedUsd: number | null;
}

export function compareCosts(
  configured: ResolvedConfig,
  recommended: ResolvedConfig,
  shape: LoadShape,
): CostComparison {
  const costs = { configured: monthlyCost(configured, shape), recommended: monthlyCost(recommended, shape) };
  const keys = [costs.configured.unpriced, costs.recommended.unpriced].map((list) => [...list].sort().join());
  const savedUsd = keys[0] === keys[1] ? costs.configured.usd - costs.recommended.usd : null;
  return { ...costs, savedUsd };
}

function monthlyCost(config: ResolvedConfig, { mean }: LoadShape): MonthlyCost {
  const { hpa } = config.autoscaling;
  const perReplica = hpa.requestsPerSecond ?? DEFAULT_ASSUMPTIONS['requests-per-replica'];
  const most = hpa.maxReplicas * perReplica;
  const report: CostReport = reportOf({
    ...synthesizeEnvironment(config),
    environment: config.environment,
    region: config.region,
    objectiveRequestsPerSecond: config.objectives.requestsPerSecond,
    meanRequestsPerSecond: Math.min(mean, most),
    instance: instanceTypeOf(DEFAULT_INSTANCE),
    assumptions: DEFAULT_ASSUMPTIONS,
    tables: priceTables(config.region),
  });
  return {
    usd: report.total.expected,
    unpriced: [...new Set(unpricedLines(report.lines).map(({ priceKey }) => priceKey))],
    carriesMean: mean <= most,
  };
}
