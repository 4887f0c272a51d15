import type { LoadHistory } from './load-history';

/** Time that counts as now: what a forecast is a change from. */
export const RECENT_MINUTES = 15;

/** How far back the recent load is looked for across a gap. */
const LONGEST_GAP_MINUTES = 360;

/** Share of the last day's mean below which a load counts as idle; keeps ratios finite over a quiet night. */
const IDLE_SHARE = 0.15;

/** Any load is divided by something above zero. */
const LEAST_SCALE = 1e-6;

/** Where a forecast starts from. */
export interface Level {
  /** Recent load. */
  readonly load: number;
  /** What changes are divided by, so that they compare between hours of different load; above zero. */
  readonly scale: number;
}

/** The level just before a bin; undefined where nothing is known of the last six hours. */
export function levelBefore(history: LoadHistory, bin: number): Level | undefined {
  const recent = history.binsIn(RECENT_MINUTES);
  const longest = Math.max(recent, history.binsIn(LONGEST_GAP_MINUTES));
  let load = Number.NaN;
  for (let bins = recent; Number.isNaN(load) && bins <= longest; bins *= 2) {
    load = history.mean(bin - bins, bin);
  }
  if (Number.isNaN(load)) return undefined;
  const day = history.mean(bin - history.binsPerDay, bin);
  return { load, scale: Math.max(load, IDLE_SHARE * day, LEAST_SCALE) };
}
