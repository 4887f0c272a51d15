import type { Forecast } from '../types';

/** Share of the recent load that every floor covers, because a forecast decrease may be wrong. */
const MIN_COVERED_SHARE = 0.5;

/** Time from an origin until its decision is in force, minutes: the run itself and the API call. */
export const ISSUE_MINUTES = 1;

/** A way to compute a floor; `level` is a probability, 0 to 1. */
export type FloorCandidate =
  /** No floor, only the HPA: for services whose bursts cannot be forecast. */
  | { readonly kind: 'none' }
  /** Load that the mean of the next bins does not exceed with probability `level`. */
  | { readonly kind: 'mean'; readonly level: number }
  /** Load that no minute exceeds with probability `level` while the decision is in force. */
  | { readonly kind: 'peak'; readonly level: number };

const candidates = (kind: 'mean' | 'peak', levels: readonly number[]) =>
  levels.map((level): FloorCandidate => ({ kind, level }));

/** Candidates, from no floor to nearly the highest observed load. */
export const FLOOR_CANDIDATES: readonly FloorCandidate[] = [
  { kind: 'none' },
  ...candidates('mean', [0.75, 0.85, 0.92, 0.95, 0.975, 0.99]),
  ...candidates('peak', [0.2, 0.6, 0.75, 0.85, 0.9, 0.94, 0.97, 0.995]),
];

/** Floor until there is enough history to choose: the cheapest over all traces of the benchmark. */
export const DEFAULT_FLOOR: FloorCandidate = { kind: 'peak', level: 0.9 };

/**
 * Load that a candidate's floor covers. Without a forecast of the peak, the quantile of the means is used.
 * @param laterShare weight of the later horizon, 0 to 1; see `laterShare`
 */
export function coveredLoad(candidate: FloorCandidate, forecast: Forecast, laterShare: number): number {
  if (candidate.kind === 'none') return 0;
  const { recentLoad, peak } = forecast;
  const minCovered = Number.isNaN(recentLoad) ? 0 : MIN_COVERED_SHARE * recentLoad;
  const ahead =
    candidate.kind === 'peak' && peak
      ? peak.quantile(candidate.level)
      : highMean(forecast, candidate.level, laterShare);
  return Math.max(ahead, minCovered);
}

/**
 * Weight of the later horizon in a decision, 0.5 to 1. Replicas of a decision serve from `origin + issue + start` and
 * must suffice until those of the next decision serve, `interval` later.
 * @param startMinutes time from creating a replica to its readiness
 * @param intervalMinutes time between two decisions
 */
export function laterShare({ horizons }: Forecast, startMinutes: number, intervalMinutes: number): number {
  const [first, second] = horizons;
  if (!first || !second) return 0;
  const covered = ISSUE_MINUTES + startMinutes + intervalMinutes;
  const middle = first.horizonMinutes + first.binMinutes / 2;
  const share = (covered - middle) / (second.horizonMinutes - first.horizonMinutes);
  // At least half: at equal cost, the mix with more weight on the later horizon has the smaller error.
  return Math.min(1, Math.max(0.5, share));
}

/** max(q(first), weighted mean of q(first) and q(second)). */
function highMean({ horizons }: Forecast, level: number, laterShare: number): number {
  const [first = 0, second = first] = horizons.map(({ quantile }) => quantile(level));
  return Math.max(first, (1 - laterShare) * first + laterShare * second);
}
