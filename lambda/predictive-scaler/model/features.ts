import type { Calendar } from './calendar';
import { type Level, RECENT_MINUTES } from './level';
import type { LoadHistory } from './load-history';

/** Bins before the origin whose loads are features. */
const RECENT_BINS = [1, 2, 3, 4, 6, 9, 12];

/** Windows before the origin whose mean loads are features, minutes. */
const WINDOWS_MINUTES = [30, 60, 120, 180, 360, 720, 1440];

/** Past days whose load at the same time of day is a feature. */
const DAYS_BACK = [1, 2, 3, 7];

/** Periods of clients' scheduled jobs, minutes. */
const PULSE_MINUTES = [30, 60, 120, 180];

/** Number of repetitions of a pulse that are averaged. */
const PULSES = 6;

const FEATURES_OF_DAY = 5;
const FEATURES_OF_TIME = 8;
const FEATURES_OF_PULSE = 2;
const FEATURES_OF_END = 4;

/** Number of features of one forecast. */
export const FEATURE_COUNT =
  RECENT_BINS.length +
  WINDOWS_MINUTES.length +
  DAYS_BACK.length * FEATURES_OF_DAY +
  2 +
  FEATURES_OF_TIME +
  PULSE_MINUTES.length * FEATURES_OF_PULSE +
  FEATURES_OF_END;

/** A forecast to make: the load of the bin `target`, with the knowledge before the bin `origin`. */
export interface Question {
  /** Measured loads. */
  readonly history: LoadHistory;
  /** Local time of the load's daily pattern. */
  readonly calendar: Calendar;
  /** Number of the first bin whose load is not known. */
  readonly origin: number;
  /** Number of the bin to forecast. */
  readonly target: number;
  /** Level before the origin. */
  readonly level: Level;
}

/**
 * Writes FEATURE_COUNT numbers to `out`: recent loads, loads at this time on other days, the time, pulses and the
 * trend. Loads are changes from the recent level, divided by the scale; unknown values are NaN.
 */
export function writeFeatures(question: Question, out: Float64Array, offset: number): void {
  let next = offset;
  const push = (value: number) => {
    out[next] = value;
    next += 1;
  };
  writeRecent(question, push);
  writeDays(question, push);
  writeTime(question, push);
  for (const period of PULSE_MINUTES) writePulse(question, period, push);
  writeEnd(question, push);
}

type Push = (value: number) => void;

function change(load: number, { load: recent, scale }: Level): number {
  return (load - recent) / scale;
}

function writeRecent({ history, origin, level }: Question, push: Push): void {
  for (const back of RECENT_BINS) push(change(history.at(origin - back), level));
  for (const minutes of WINDOWS_MINUTES) {
    push(change(history.mean(origin - history.binsIn(minutes), origin), level));
  }
}

/** The same time on earlier days: the load, and its growth from the level at that time. */
function writeDays({ history, calendar, origin, target, level }: Question, push: Push): void {
  const { binMinutes } = history;
  const near = history.binsIn(RECENT_MINUTES);
  const half = Math.round(30 / binMinutes);
  let growths = 0;
  let loads = 0;
  let days = 0;
  for (const back of DAYS_BACK) {
    const then = Math.round(calendar.daysBefore(target * binMinutes, back) / binMinutes);
    const originThen = then - (target - origin);
    const around = history.mean(then - 1, then + 2);
    const levelThen = history.mean(originThen - near, originThen);
    const growth = (around - levelThen) / Math.max(levelThen, 0.15 * level.scale);
    push(change(history.at(then), level));
    push(change(around, level));
    push(growth);
    push((around - levelThen) / level.scale);
    push(change(history.mean(then - half, then + half + 1), level));
    if (Number.isNaN(growth)) continue;
    growths += growth;
    loads += change(around, level);
    days += 1;
  }
  push(days > 0 ? growths / days : Number.NaN);
  push(days > 0 ? loads / days : Number.NaN);
}

function writeTime({ history, calendar, target }: Question, push: Push): void {
  const minute = target * history.binMinutes;
  const ofDay = calendar.minuteOfDay(minute);
  const weekday = calendar.weekday(minute);
  const angle = (2 * Math.PI * ofDay) / 1440;
  push(Math.sin(angle));
  push(Math.cos(angle));
  push(Math.sin(2 * angle));
  push(Math.cos(2 * angle));
  push(weekday === 0 || weekday === 6 ? 1 : 0);
  push(ofDay % 60);
  push(ofDay % 30);
  push(Math.floor(ofDay / 60));
}

/** Load at the last repetition of the same phase of a period, and the phase's mean excess over its surroundings. */
function writePulse({ history, origin, target, level }: Question, period: number, push: Push): void {
  const bins = period / history.binMinutes;
  if (bins < 2 || !Number.isInteger(bins)) {
    push(Number.NaN);
    push(Number.NaN);
    return;
  }
  const last = target - Math.ceil((target - origin + 1) / bins) * bins;
  let sum = 0;
  let count = 0;
  for (let repetition = 0; repetition < PULSES; repetition += 1) {
    const bin = last - repetition * bins;
    const mean = history.mean(bin - Math.floor(bins / 2), Math.min(bin + Math.ceil(bins / 2), origin));
    const excess = history.at(bin) - mean;
    if (Number.isNaN(excess)) continue;
    sum += excess;
    count += 1;
  }
  push(change(history.at(last), level));
  push(count > 0 ? sum / count / level.scale : Number.NaN);
}

/** Trend of the last minutes, variability of the last hour, and size of the service. */
function writeEnd({ history, origin, level }: Question, push: Push): void {
  const isFine = history.stepMinutes * 5 <= history.binMinutes;
  push(isFine ? change(history.lastMinutes(origin, 1), level) : Number.NaN);
  push(isFine ? change(history.lastMinutes(origin, 3), level) : Number.NaN);
  let sum = 0;
  let count = 0;
  for (let back = 1; back <= Math.max(2, history.binsIn(60)); back += 1) {
    const step = Math.abs(history.at(origin - back) - history.at(origin - back - 1));
    if (Number.isNaN(step)) continue;
    sum += step;
    count += 1;
  }
  push(count > 0 ? sum / count / level.scale : Number.NaN);
  push(Math.log(level.scale));
}
