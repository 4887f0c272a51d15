import type { LoadSample } from '../types';

/** Length of the history that forecasts read, minutes; CloudWatch keeps one-minute points as long. */
export const HISTORY_MINUTES = 15 * 1440;

/** Width of forecast bins, minutes: that of the widest samples. */
export const BIN_MINUTES = 5;

/** Loads on a regular grid. */
export interface StoredHistory {
  /** Width of a sample, minutes. */
  readonly stepMinutes: number;
  /** Start of the first sample, minutes since 1970-01-01 UTC; a multiple of BIN_MINUTES. */
  readonly firstMinute: number;
  /** Load of each sample, requests per second; NaN where unknown. */
  readonly loads: Float64Array;
}

/**
 * The last 15 days before an origin, from stored loads and new samples. A new sample replaces a stored load, because
 * data points may still grow after they were read. Samples after the origin are dropped.
 * @param originMinute a multiple of BIN_MINUTES
 */
export function mergeHistory(
  stored: StoredHistory | undefined,
  samples: readonly LoadSample[],
  stepMinutes: number,
  originMinute: number,
): StoredHistory {
  const firstMinute = originMinute - HISTORY_MINUTES;
  const loads = new Float64Array(HISTORY_MINUTES / stepMinutes).fill(Number.NaN);
  const put = (minute: number, load: number) => {
    const index = Math.floor((minute - firstMinute) / stepMinutes);
    if (index in loads && Number.isFinite(load) && load >= 0) loads[index] = load;
  };
  if (stored?.stepMinutes === stepMinutes) {
    stored.loads.forEach((load, index) => {
      put(stored.firstMinute + index * stepMinutes, load);
    });
  }
  for (const { minute, load } of samples) put(minute, load);
  return { stepMinutes, firstMinute, loads };
}
