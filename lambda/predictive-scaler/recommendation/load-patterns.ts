import type { Calendar } from '../model/calendar';
import type { LoadHistory } from '../model/load-history';

/** Days of history for hourly patterns, like the seed's. */
const HISTORY_DAYS = 7;

const HOURS = 24;
const WEEKDAYS = 7;

/** Loads of one hour of the day. */
export interface HourlyPattern {
  /** Hour of the day, local time. */
  readonly hour: number;
  /** Mean load. */
  readonly mean: number;
  /** Population standard deviation, like the seed's. */
  readonly deviation: number;
  /** Highest load of a bin. */
  readonly max: number;
}

/** Loads of one hour of the week. */
export interface WeeklyPattern {
  /** Local day of the week; 0 is Sunday. */
  readonly weekday: number;
  /** Hour of the day, local time. */
  readonly hour: number;
  /** Mean load. */
  readonly mean: number;
  /** Highest load of a sample. */
  readonly max: number;
}

/** Whether a day of the week counts; 0 is Sunday. */
export type DayFilter = (weekday: number) => boolean;

/** Whether a day is Saturday or Sunday. */
export const isWeekend: DayFilter = (weekday) => weekday === 0 || weekday === 6;

/** Hourly patterns of weekdays and of weekends; empty before there is a week of history. */
export interface DayPatterns {
  /** Monday to Friday. */
  readonly weekdays: readonly HourlyPattern[];
  /** Saturday and Sunday. */
  readonly weekend: readonly HourlyPattern[];
}

/** Hourly patterns of weekdays and weekends. @param origin first bin that is not known */
export function dayPatterns(history: LoadHistory, calendar: Calendar, origin: number): DayPatterns {
  return {
    weekdays: hourlyPatterns(history, calendar, origin, (weekday) => !isWeekend(weekday)),
    weekend: hourlyPatterns(history, calendar, origin, isWeekend),
  };
}

/**
 * The seed's `detect_patterns`: mean, deviation and maximum of each hour of the day over the last seven days, in bins
 * of the history. Empty before there is a week of history (the seed took 168 samples for one).
 * @param origin first bin that is not known
 * @param isCounted days to include. @default - every day
 */
export function hourlyPatterns(
  history: LoadHistory,
  calendar: Calendar,
  origin: number,
  isCounted: DayFilter = () => true,
): HourlyPattern[] {
  const from = origin - HISTORY_DAYS * history.binsPerDay;
  if (!(firstKnownBin(history) <= from)) return [];
  const byHour: number[][] = Array.from({ length: HOURS }, () => []);
  const known = history.until(origin);
  for (let bin = from; bin < origin; bin += 1) {
    const load = known.at(bin);
    const minute = bin * history.binMinutes;
    if (Number.isNaN(load) || !isCounted(calendar.weekday(minute))) continue;
    byHour[hourOf(calendar, minute)]?.push(load);
  }
  return byHour.flatMap((loads, hour) => (loads.length > 0 ? [patternOf(hour, loads)] : []));
}

/** Mean and highest load of each hour of the week over a whole history; hours that were never measured are left out. */
export function weeklyPatterns(history: LoadHistory, calendar: Calendar): WeeklyPattern[] {
  const cells = Array.from({ length: WEEKDAYS * HOURS }, () => ({ sum: 0, count: 0, max: 0 }));
  for (let bin = history.first; bin < history.end; bin += 1) {
    const load = history.at(bin);
    if (Number.isNaN(load)) continue;
    const minute = bin * history.binMinutes;
    const cell = cells[calendar.weekday(minute) * HOURS + hourOf(calendar, minute)];
    if (!cell) continue;
    cell.sum += load;
    cell.count += 1;
    cell.max = Math.max(cell.max, history.peak(minute, minute + history.binMinutes));
  }
  return cells.flatMap(({ sum, count, max }, index) =>
    count > 0 ? [{ weekday: Math.floor(index / HOURS), hour: index % HOURS, mean: sum / count, max }] : [],
  );
}

/** Number of the first bin with a known load; NaN without any. */
function firstKnownBin(history: LoadHistory): number {
  for (let bin = history.first; bin < history.end; bin += 1) if (!Number.isNaN(history.at(bin))) return bin;
  return Number.NaN;
}

function hourOf(calendar: Calendar, minute: number): number {
  return Math.floor(calendar.minuteOfDay(minute) / 60);
}

function patternOf(hour: number, loads: readonly number[]): HourlyPattern {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const variance = loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length;
  return { hour, mean, deviation: Math.sqrt(variance), max: Math.max(...loads) };
}
