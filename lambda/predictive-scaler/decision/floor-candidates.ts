import type { Forecast } from '../types';

/** Share of the recent load that a floor never goes below: a forecast of a fall may be wrong. */
const KEPT_SHARE = 0.5;

/** From an origin to the minute in which its decision is in force: the run itself and the API call. */
export const ISSUE_MINUTES = 1;

/** A way to set a floor; `level` is a probability, 0 to 1. */
export type FloorCandidate =
  /** None: the HPA alone. For services whose bursts nobody foresees. */
  | { readonly kind: 'none' }
  /** What the mean load of the bins ahead does not exceed. */
  | { readonly kind: 'mean'; readonly level: number }
  /** What no minute exceeds while the decision is in force. */
  | { readonly kind: 'peak'; readonly level: number };

const candidates = (kind: 'mean' | 'peak', levels: readonly number[]) =>
  levels.map((level): FloorCandidate => ({ kind, level }));

/** From nothing to nearly the highest load that has been seen. */
export const FLOOR_CANDIDATES: readonly FloorCandidate[] = [
  { kind: 'none' },
  ...candidates('mean', [0.75, 0.85, 0.92, 0.95, 0.975, 0.99]),
  ...candidates('peak', [0.2, 0.6, 0.75, 0.85, 0.9, 0.94, 0.97, 0.995]),
];

/** Cheapest over the benchmark's traces together: for services of which too little is known to choose. */
export const DEFAULT_FLOOR: FloorCandidate = { kind: 'peak', level: 0.9 };

/**
 * Load that a candidate's floor covers. Where no peak is forecast, its quantile is that of the means.
 * @param laterShare how much of the later horizon the decision has to cover, 0 to 1
 */
export function coveredLoad(candidate: FloorCandidate, forecast: Forecast, laterShare: number): number {
  if (candidate.kind === 'none') return 0;
  const { recentLoad, peak } = forecast;
  const kept = Number.isNaN(recentLoad) ? 0 : KEPT_SHARE * recentLoad;
  const ahead =
    candidate.kind === 'peak' && peak
      ? peak.quantile(candidate.level)
      : highMean(forecast, candidate.level, laterShare);
  return Math.max(ahead, kept);
}

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

/** max(q(first), mix of q(first) and q(second)) */
function highMean({ horizons }: Forecast, level: number, laterShare: number): number {
  const [first = 0, second = first] = horizons.map(({ quantile }) => quantile(level));
  return Math.max(first, (1 - laterShare) * first + laterShare * second);
}
