import { UsageError } from '../cli/command';
import type { Assumptions } from './assumptions';
import { type PerScenario, perScenario, SECONDS_PER_MONTH } from './item';
import type { ScalingBounds } from './kubernetes/scaling-bounds';

/** What an environment carries in a scenario. */
export interface Usage {
  /** Replicas of the API, all month. */
  readonly replicas: number;
  /** Mean load of the month. */
  readonly requestsPerSecond: number;
  /** Requests of the month, millions. */
  readonly millionRequests: number;
}

export interface UsageInput {
  /** Name of the environment, for errors. */
  readonly environment: string;
  /** Replicas between which the API is scaled. */
  readonly bounds: ScalingBounds;
  /** Load that the environment promises to serve, requests per second. */
  readonly objectiveRequestsPerSecond: number;
  /** Mean load of the expected scenario. @default - a share of the objective, see `mean-load-percent` */
  readonly meanRequestsPerSecond?: number;
  /** Values for what no template says. */
  readonly assumptions: Assumptions;
}

/**
 * Low: the fewest replicas and next to no traffic. Expected: the mean load and the replicas that it needs. Peak: the
 * most replicas under the load that they are scaled for, all month.
 * @throws UsageError on a mean load that the most replicas cannot carry
 */
export function usageOf(input: UsageInput): PerScenario<Usage> {
  const { bounds, assumptions, environment } = input;
  const perReplica = bounds.requestsPerSecond ?? assumptions['requests-per-replica'];
  const most = bounds.maxReplicas * perReplica;
  const mean =
    input.meanRequestsPerSecond ??
    Math.min(most, (input.objectiveRequestsPerSecond * assumptions['mean-load-percent']) / 100);
  if (mean > most) {
    throw new UsageError(
      `--mean-rps must be at most ${most}, what ${bounds.maxReplicas} replicas of ${environment} are scaled for, got ${mean}`,
    );
  }
  const needed = Math.ceil(mean / perReplica);
  const replicas = {
    low: bounds.minReplicas,
    expected: Math.min(bounds.maxReplicas, Math.max(bounds.minReplicas, needed)),
    peak: bounds.maxReplicas,
  };
  const load = { low: (mean * assumptions['low-load-percent']) / 100, expected: mean, peak: most };
  return perScenario((scenario) => ({
    replicas: replicas[scenario],
    requestsPerSecond: load[scenario],
    millionRequests: (load[scenario] * SECONDS_PER_MONTH) / 1_000_000,
  }));
}
