import { createHash } from 'node:crypto';
import type { WorkloadSettings } from '../constants';
import { ISSUE_MINUTES } from '../decision/floor-candidates';
import type { ForecasterOptions } from '../model/forecaster';
import { REPLAY_MINUTES } from '../model/training-day';
import type { Forecast } from '../types';

/** From the origin to the start of the forecast bins, minutes. */
const HORIZONS_MINUTES = [15, 30] as const;

/** Decisions are replayed at the grid of the models' past forecasts, however often the scaler wakes; minutes. */
export const DECISION_MINUTES = REPLAY_MINUTES;

/** What the models of a workload are made with. A change trains them afresh. */
export function forecasterOptions({ name, startMinutes, timeZone }: WorkloadSettings): ForecasterOptions {
  return {
    horizonsMinutes: HORIZONS_MINUTES,
    // What is asked for at an origin serves until the replicas of the next decision have started.
    peakWindow: { delayMinutes: ISSUE_MINUTES, lengthMinutes: DECISION_MINUTES + startMinutes },
    timeZone,
    trainingMinute: trainingMinuteOf(name),
  };
}

/** Minute of the UTC day: each workload's own, and always the same, so that a hundred do not train in one run. */
export function trainingMinuteOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % 1440;
}

/** Where nothing is forecast. */
export function noForecast(originMinute: number): Forecast {
  return { originMinute, recentLoad: Number.NaN, horizons: [] };
}

export function isKnown({ horizons, peak }: Forecast): boolean {
  const loads = horizons.flatMap(({ point, quantile }) => [point, quantile(0.95)]);
  if (peak) loads.push(peak.quantile(0.95));
  return loads.length > 0 && loads.every(Number.isFinite);
}
