import type { LoadSample } from '../types';

/** Nothing that a forecast reads is older, minutes; and as long as CloudWatch keeps minutes. */
export const HISTORY_MINUTES = 15 * 1440;

/** Width of a forecast's bins, minutes: that of the widest samples. */
export const BIN_MINUTES = 5;

/** Loads on a grid, from a multiple of BIN_MINUTES on; NaN where unknown. Minutes since 1970-01-01 UTC. */
export interface StoredHistory {
  /** Width of a sample, minutes. */
  readonly stepMinutes: number;
  readonly firstMinute: number;
  readonly loads: Float64Array;
}

/**
 * The last 15 days before an origin, of what was stored and what has been measured since. What is measured again counts:
 * points still grow after they have been read once. Samples of the future are dropped.
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
