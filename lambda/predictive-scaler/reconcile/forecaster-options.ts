import { createHash } from 'node:crypto';
import type { WorkloadSettings } from '../constants';
import { ISSUE_MINUTES } from '../decision/floor-candidates';
import type { ForecasterOptions } from '../model/forecaster';
import { REPLAY_MINUTES } from '../model/training-day';
import type { Forecast } from '../types';

/** Time from the origin to the start of each forecast bin, minutes. */
const HORIZONS_MINUTES = [15, 30] as const;

/** Interval of replayed decisions, minutes: that of the models' past forecasts, however often the scaler runs. */
export const DECISION_MINUTES = REPLAY_MINUTES;

/** Options of a workload's forecaster. A change of any option retrains its models. */
export function forecasterOptions({ name, startMinutes, timeZone }: WorkloadSettings): ForecasterOptions {
  return {
    horizonsMinutes: HORIZONS_MINUTES,
    // The replicas of a decision must suffice until those of the next decision have started.
    peakWindow: { delayMinutes: ISSUE_MINUTES, lengthMinutes: DECISION_MINUTES + startMinutes },
    timeZone,
    trainingMinute: trainingMinuteOf(name),
  };
}

/** Minute of the UTC day at which a workload trains: derived from its name, so that trainings spread over the day. */
export function trainingMinuteOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % 1440;
}

/** An empty forecast, for when there is none. */
export function noForecast(originMinute: number): Forecast {
  return { originMinute, recentLoad: Number.NaN, horizons: [] };
}

/** Whether all loads of the forecast are finite numbers. */
export function isFiniteForecast({ horizons, peak }: Forecast): boolean {
  const loads = horizons.flatMap(({ point, quantile }) => [point, quantile(0.95)]);
  if (peak) loads.push(peak.quantile(0.95));
  return loads.length > 0 && loads.every(Number.isFinite);
}
