import type { Calendar } from './calendar';
import type { LoadHistory } from './load-history';

/** Days of history that the seed's regression keeps. */
const HISTORY_DAYS = 7;

/** Samples below which the seed predicts nothing. */
const LEAST_SAMPLES = 10;

const HOURS = 24;

/** Loads of one hour of the day. */
export interface HourlyPattern {
  /** Hour of the day, local time. */
  readonly hour: number;
  readonly mean: number;
  /** Standard deviation of the population, as the seed's. */
  readonly deviation: number;
  readonly max: number;
}

/**
 * The seed's model as a baseline: a straight line through the last seven days, by least squares, continued to the
 * target. It knows no time of day, so on a service with days and nights it is worse than saying what was last.
 * @returns at least 0; 0 with fewer than ten samples
 */
export function linearForecast(history: LoadHistory, origin: number, ahead: number): number {
  const from = origin - HISTORY_DAYS * history.binsPerDay;
  const known = history.until(origin);
  let [count, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0];
  for (let bin = from; bin < origin; bin += 1) {
    const load = known.at(bin);
    if (Number.isNaN(load)) continue;
    const x = bin - origin;
    count += 1;
    sumX += x;
    sumY += load;
    sumXX += x * x;
    sumXY += x * load;
  }
  if (count < LEAST_SAMPLES) return 0;
  const spread = count * sumXX - sumX * sumX;
  const slope = spread > 0 ? (count * sumXY - sumX * sumY) / spread : 0;
  return Math.max(0, (sumY - slope * sumX) / count + slope * ahead);
}

/**
 * The seed's `detect_patterns`: mean, deviation and maximum of each hour of the day over the last seven days. Empty
 * before there is a week of history (the seed took 168 samples for one).
 */
export function hourlyPatterns(history: LoadHistory, calendar: Calendar, origin: number): HourlyPattern[] {
  const from = origin - HISTORY_DAYS * history.binsPerDay;
  if (history.first > from) return [];
  const byHour: number[][] = Array.from({ length: HOURS }, () => []);
  const known = history.until(origin);
  for (let bin = from; bin < origin; bin += 1) {
    const load = known.at(bin);
    if (Number.isNaN(load)) continue;
    byHour[Math.floor(calendar.minuteOfDay(bin * history.binMinutes) / 60)]?.push(load);
  }
  return byHour.flatMap((loads, hour) => (loads.length > 0 ? [patternOf(hour, loads)] : []));
}

function patternOf(hour: number, loads: readonly number[]): HourlyPattern {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const variance = loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length;
  return { hour, mean, deviation: Math.sqrt(variance), max: Math.max(...loads) };
}
