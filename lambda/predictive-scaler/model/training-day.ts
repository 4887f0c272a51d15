import { DAY_MINUTES } from './calendar';
import type { LoadHistory } from './load-history';

/** Days of history for training. With the day until the next training these are the 15 days of metric retention. */
const TRAINING_DAYS = 14;

/** The last of these days validate models that were trained on the days before. */
const VALIDATION_DAYS = 3;

/** Time between two replayed forecasts, minutes; one bin where bins are wider. */
export const REPLAY_MINUTES = 15;

/**
 * The current training: once a day, at the same minute of the day. Training and forecasts read no loads from more than
 * 14 days before the training, so that results depend on the last 15 days only.
 */
export interface TrainingDay {
  /** Number of the bin of the training; the models learn from the bins before it. */
  readonly day: number;
  /** First bin of the validation; the validated models are trained on the bins before it. */
  readonly validationStart: number;
  /** Loads from 14 days before `day` up to the origin. */
  readonly history: LoadHistory;
}

/** The training for a forecast. @param trainingMinute minute of the UTC day at which the workload trains */
export function trainingDayOf(
  wholeHistory: LoadHistory,
  origin: number,
  trainingMinute: number,
): TrainingDay {
  const { binMinutes, binsPerDay } = wholeHistory;
  const shift = Math.floor(trainingMinute / binMinutes);
  const day = Math.floor((origin - shift) / binsPerDay) * binsPerDay + shift;
  const history = wholeHistory.from(day - TRAINING_DAYS * binsPerDay).until(origin);
  const validationStart = Math.max(history.first, day - validationDays(history, day) * binsPerDay);
  return { day, validationStart, history };
}

/** Days of the validation; a third of a short history, in whole days, at least one. */
function validationDays({ first, binsPerDay }: LoadHistory, day: number): number {
  return Math.max(1, Math.min(VALIDATION_DAYS, Math.floor((day - first) / binsPerDay / 3)));
}

/** Bins between two replayed forecasts. */
export function replayBins(history: LoadHistory): number {
  return history.binsIn(REPLAY_MINUTES);
}

/** First replayed bin from `bin` on. The grid is the same every day. */
export function firstReplayed(history: LoadHistory, bin: number): number {
  return Math.ceil(bin / replayBins(history)) * replayBins(history);
}

/** Checks the option `trainingMinute`. @throws {RangeError} unless it is a whole number from 0 to 1439 */
export function checkTrainingMinute(minute: number): void {
  if (!Number.isInteger(minute) || minute < 0 || minute >= DAY_MINUTES) {
    throw new RangeError(`'trainingMinute' must be a whole number from 0 to 1439, got ${minute}`);
  }
}
