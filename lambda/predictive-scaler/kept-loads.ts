import type { EventWindow } from './decision/planned-events';
import { isExcludedFromTraining } from './decision/planned-events';
import { LoadHistory } from './model/load-history';
import { trainingDayOf } from './model/training-day';
import type { LoadSample } from './types';

/** Nothing that a forecast reads is older, minutes; and as long as CloudWatch keeps minutes. */
export const KEPT_MINUTES = 15 * 1440;

/** Width of a forecast's bins, minutes: that of the widest samples. */
export const BIN_MINUTES = 5;

/** Loads on a grid, from a multiple of BIN_MINUTES on; NaN where unknown. Minutes since 1970-01-01 UTC. */
export interface KeptLoads {
  /** Width of a sample, minutes. */
  readonly stepMinutes: number;
  readonly firstMinute: number;
  readonly loads: Float64Array;
}

/**
 * The last 15 days before an origin, of what was kept and what has been measured since. What is measured again counts:
 * points still grow after they have been read once. Samples of the future are dropped.
 * @param originMinute a multiple of BIN_MINUTES
 */
export function mergeLoads(
  kept: KeptLoads | undefined,
  samples: readonly LoadSample[],
  stepMinutes: number,
  originMinute: number,
): KeptLoads {
  const firstMinute = originMinute - KEPT_MINUTES;
  const loads = new Float64Array(KEPT_MINUTES / stepMinutes).fill(Number.NaN);
  const put = (minute: number, load: number) => {
    const index = Math.floor((minute - firstMinute) / stepMinutes);
    if (index in loads && Number.isFinite(load) && load >= 0) loads[index] = load;
  };
  if (kept?.stepMinutes === stepMinutes) {
    kept.loads.forEach((load, index) => {
      put(kept.firstMinute + index * stepMinutes, load);
    });
  }
  for (const { minute, load } of samples) put(minute, load);
  return { stepMinutes, firstMinute, loads };
}

/**
 * What models see. Windows that they are not to learn from are left out up to their last training: what came after it
 * is what a forecast starts from, and they would be blind in the middle of an event.
 * @param trainingMinute minute of the UTC day
 */
export function historyOf(
  kept: KeptLoads,
  events: readonly EventWindow[],
  originMinute: number,
  trainingMinute: number,
): LoadHistory {
  const { firstMinute, stepMinutes } = kept;
  const history = LoadHistory.of(BIN_MINUTES, firstMinute / BIN_MINUTES, stepMinutes, kept.loads);
  if (!events.some(({ excludeFromTraining }) => excludeFromTraining)) return history;
  const trained = trainingDayOf(history, originMinute / BIN_MINUTES, trainingMinute).day * BIN_MINUTES;
  const loads = kept.loads.map((load, index) => {
    const minute = firstMinute + index * stepMinutes;
    return minute < trained && isExcludedFromTraining(events, minute) ? Number.NaN : load;
  });
  return LoadHistory.of(BIN_MINUTES, firstMinute / BIN_MINUTES, stepMinutes, loads);
}
