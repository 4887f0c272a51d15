import type { Calendar } from '../model/calendar';
import { linearForecast } from '../model/linear-baseline';
import type { LoadHistory } from '../model/load-history';

/**
 * Forecasts without a model, for comparison: a model with larger errors has no value. All of them read only loads
 * before the origin, and return NaN where these are unknown.
 */

/** A forecast to make. */
export interface BaselineQuestion {
  /** Measured loads. */
  readonly history: LoadHistory;
  /** Local time of the load's daily pattern. */
  readonly calendar: Calendar;
  /** Number of the bin at whose start the forecast is made. */
  readonly origin: number;
  /** Number of the bin to forecast. */
  readonly target: number;
}

/** A baseline: the load of the target, or NaN. */
export type Baseline = (question: BaselineQuestion) => number;

/** Past days that are tried until one has a known load. */
const DAYS_TRIED = 7;

/** Days of the hourly profile, as in AWS predictive scaling. */
const PROFILE_DAYS = 14;

const HOUR_MINUTES = 60;

/** Repeats the last known load. */
export function persistence({ history, origin }: BaselineQuestion): number {
  for (let bin = Math.min(origin, history.end) - 1; bin >= history.first; bin -= 1) {
    if (!Number.isNaN(history.at(bin))) return history.at(bin);
  }
  return Number.NaN;
}

/** Repeats yesterday's load at this time, or that of the last day on which it is known. */
export function yesterday({ history, calendar, origin, target }: BaselineQuestion): number {
  const known = history.until(origin);
  for (let days = 1; days <= DAYS_TRIED; days += 1) {
    const load = known.at(binDaysBefore(history, calendar, target, days));
    if (!Number.isNaN(load)) return load;
  }
  return Number.NaN;
}

/** The mean of this hour of the day over the last 14 days. */
export function hourlyProfile({ history, calendar, origin, target }: BaselineQuestion): number {
  const known = history.until(origin);
  const start = target * history.binMinutes;
  const hour = start - (calendar.minuteOfDay(start) % HOUR_MINUTES);
  let [sum, count] = [0, 0];
  for (let days = 1; days <= PROFILE_DAYS; days += 1) {
    const from = Math.floor(calendar.daysBefore(hour, days) / history.binMinutes);
    const load = known.mean(from, from + history.binsIn(HOUR_MINUTES));
    if (Number.isNaN(load)) continue;
    sum += load;
    count += 1;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/** The seed's straight line through the last seven days. */
export function linearRegression({ history, origin, target }: BaselineQuestion): number {
  return linearForecast(history, origin, target - origin);
}

/** Baselines by their reported names, in the order of reports. */
export const BASELINES = {
  persistence,
  yesterday,
  'hourly profile of 14 days': hourlyProfile,
  'linear regression on 7 days': linearRegression,
} as const satisfies Readonly<Record<string, Baseline>>;

/** Reported name of a baseline. */
export type BaselineName = keyof typeof BASELINES;

/** Names in the order of reports. */
export const BASELINE_NAMES = Object.keys(BASELINES) as readonly BaselineName[];

function binDaysBefore(history: LoadHistory, calendar: Calendar, bin: number, days: number): number {
  return Math.floor(calendar.daysBefore(bin * history.binMinutes, days) / history.binMinutes);
}
