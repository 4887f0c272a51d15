import { FEATURE_COUNT, type Question, writeFeatures } from './features';
import type { LoadHistory } from './load-history';

/** Past days whose window at the same time is a feature. */
const DAYS_BACK = [1, 2, 3, 7];
/** Past days whose windows are summarized by maximum and mean. */
const DAYS_TOGETHER = 7;

/** Periods of pulses, minutes. */
const PULSE_MINUTES = [30, 60, 120, 180];
/** Periods whose repetitions are averaged, minutes. */
const AVERAGED_PULSE_MINUTES = [60, 120];
/** Number of averaged repetitions. */
const REPETITIONS = 8;

/** Periods whose phase is a feature, minutes. */
const CLOCK_MINUTES = [120, 180, 1440];

/** Number of features of a window's peak. */
export const PEAK_FEATURE_COUNT =
  FEATURE_COUNT +
  DAYS_BACK.length +
  PULSE_MINUTES.length +
  CLOCK_MINUTES.length +
  2 +
  AVERAGED_PULSE_MINUTES.length;

/** A span of minutes after an origin. */
export interface PeakWindow {
  /** Time from the origin to its first minute, minutes. */
  readonly delayMinutes: number;
  /** Length, minutes. */
  readonly lengthMinutes: number;
}

/** Load of the busiest step in the window after a bin; NaN where it is unknown. */
export function peakAfter(history: LoadHistory, bin: number, window: PeakWindow): number {
  const from = bin * history.binMinutes + window.delayMinutes;
  return history.peak(from, from + window.lengthMinutes);
}

/** Minute from which the whole window after a bin is known. */
export function peakKnownAt({ binMinutes, stepMinutes }: LoadHistory, bin: number, window: PeakWindow) {
  const end = bin * binMinutes + window.delayMinutes + window.lengthMinutes;
  return Math.ceil(end / stepMinutes) * stepMinutes;
}

/**
 * Writes PEAK_FEATURE_COUNT numbers: the features of the bin at the origin, the peaks of such windows on other days and
 * at the same phase of pulses, and the time.
 */
export function writePeakFeatures(
  question: Question,
  window: PeakWindow,
  out: Float64Array,
  offset: number,
): void {
  writeFeatures(question, out, offset);
  const { history, calendar, origin, level } = question;
  const { binMinutes } = history;
  const change = (bin: number) => (peakAfter(history, bin, window) - level.load) / level.scale;
  const peaks = Array.from({ length: DAYS_TOGETHER }, (_, day) =>
    change(Math.round(calendar.daysBefore(origin * binMinutes, day + 1) / binMinutes)),
  );
  const minute = calendar.minuteOfDay(origin * binMinutes);
  const added = [
    ...DAYS_BACK.map((day) => peaks[day - 1] as number),
    ...PULSE_MINUTES.map((period) => repetitions(question, window, period, 1).map(change)[0] ?? Number.NaN),
    ...CLOCK_MINUTES.map((period) => minute % period),
    highest(peaks),
    mean(peaks),
    ...AVERAGED_PULSE_MINUTES.map((period) =>
      mean(repetitions(question, window, period, REPETITIONS).map(change)),
    ),
  ];
  out.set(added, offset + FEATURE_COUNT);
}

/** Earlier bins at the same phase of a period with complete windows, the latest first. */
function repetitions(
  { history, origin }: Question,
  window: PeakWindow,
  period: number,
  count: number,
): number[] {
  const bins = period / history.binMinutes;
  if (!Number.isInteger(bins)) return [];
  const over = peakKnownAt(history, 0, window) / period;
  return Array.from({ length: count }, (_, index) => origin - (Math.ceil(over) + index) * bins);
}

function known(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}

function highest(values: readonly number[]): number {
  const some = known(values);
  return some.length > 0 ? Math.max(...some) : Number.NaN;
}

function mean(values: readonly number[]): number {
  const some = known(values);
  return some.reduce((sum, value) => sum + value, 0) / some.length;
}
