import type { Forecast } from '../types';

/** Share of the load of the last 15 minutes that a floor never goes below: a forecast of a fall may be wrong. */
const KEPT_SHARE = 0.9;

/** From an origin to the minute in which its decision is in force: the run itself and the API call. */
export const ISSUE_MINUTES = 1;

/**
 * How much of the later horizon a decision has to cover. What is asked for serves from `origin + issue + start` and has
 * to last until the next decision's replicas do: the last minute covered lies `interval` further on.
 * @param startMinutes from asking for a replica to its serving
 * @param intervalMinutes between decisions
 */
export function laterShare({ horizons }: Forecast, startMinutes: number, intervalMinutes: number): number {
  const [first, second] = horizons;
  if (!first || !second) return 0;
  const covered = ISSUE_MINUTES + startMinutes + intervalMinutes;
  const middle = first.horizonMinutes + first.binMinutes / 2;
  const share = (covered - middle) / (second.horizonMinutes - first.horizonMinutes);
  // At least half: of levels that cost alike, the mix that looks further ahead has the lesser error of its own.
  return Math.min(1, Math.max(0.5, share));
}

/** Load that a floor covers before headroom: max(q(first), mix of q(first) and q(second), 0.9 x recent load). */
export function coveredLoad({ horizons, recentLoad }: Forecast, level: number, laterShare: number): number {
  const [first = 0, second = first] = horizons.map(({ quantile }) => quantile(level));
  const mixed = (1 - laterShare) * first + laterShare * second;
  const kept = Number.isNaN(recentLoad) ? 0 : KEPT_SHARE * recentLoad;
  return Math.max(first, mixed, kept);
}
