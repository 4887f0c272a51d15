import type { Calendar } from '../model/calendar';
import { linearForecast } from '../model/linear-baseline';
import type { LoadHistory } from '../model/load-history';

/**
 * Forecasts that take no model, for comparison: whoever does worse is of no use. All of them read only what is before
 * the origin, and give NaN where they know nothing.
 */
export interface BaselineQuestion {
  readonly history: LoadHistory;
  /** By whose days the load repeats. */
  readonly calendar: Calendar;
  /** Bin at whose start the forecast is made. */
  readonly origin: number;
  /** Bin that is forecast. */
  readonly target: number;
}

export type Baseline = (question: BaselineQuestion) => number;

/** Days back that are tried until one has the bin. */
const DAYS_TRIED = 7;

/** Days of the hourly profile, as predictive scaling of clouds uses them. */
const PROFILE_DAYS = 14;

const HOUR_MINUTES = 60;

/** It stays as it is: the last known bin. */
export function persistence({ history, origin }: BaselineQuestion): number {
  for (let bin = Math.min(origin, history.end) - 1; bin >= history.first; bin -= 1) {
    if (!Number.isNaN(history.at(bin))) return history.at(bin);
  }
  return Number.NaN;
}

/** As yesterday at this time; where that is unknown, as on the day before. */
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

/** In the order in which they are reported. */
export const BASELINES = {
  persistence,
  yesterday,
  'hourly profile of 14 days': hourlyProfile,
  'linear regression on 7 days': linearRegression,
} as const satisfies Readonly<Record<string, Baseline>>;

export type BaselineName = keyof typeof BASELINES;

export const BASELINE_NAMES = Object.keys(BASELINES) as readonly BaselineName[];

function binDaysBefore(history: LoadHistory, calendar: Calendar, bin: number, days: number): number {
  return Math.floor(calendar.daysBefore(bin * history.binMinutes, days) / history.binMinutes);
}
