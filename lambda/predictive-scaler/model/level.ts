import type { LoadHistory } from './load-history';

/** Length of the recent window, minutes; forecasts are changes from its mean. */
export const RECENT_MINUTES = 15;

/** How far the search for the recent load goes back across a gap, minutes. */
const LONGEST_GAP_MINUTES = 360;

/** Smallest scale, as a share of the last day's mean; it keeps ratios finite in a quiet night. */
const IDLE_SHARE = 0.15;

/** Smallest scale; it must be above zero. */
const MIN_SCALE = 1e-6;

/** Starting point of a forecast. */
export interface Level {
  /** Mean of the recent load. */
  readonly load: number;
  /** Divisor of changes, so that they are comparable between hours with different loads; above zero. */
  readonly scale: number;
}

/** Level just before a bin; undefined where the last six hours are unknown. */
export function levelBefore(history: LoadHistory, bin: number): Level | undefined {
  const recent = history.binsIn(RECENT_MINUTES);
  const longest = Math.max(recent, history.binsIn(LONGEST_GAP_MINUTES));
  let load = Number.NaN;
  for (let bins = recent; Number.isNaN(load) && bins <= longest; bins *= 2) {
    load = history.mean(bin - bins, bin);
  }
  if (Number.isNaN(load)) return undefined;
  const day = history.mean(bin - history.binsPerDay, bin);
  return { load, scale: Math.max(load, IDLE_SHARE * day, MIN_SCALE) };
}
