import { DAY_MINUTES } from './calendar';
import type { LoadHistory } from './load-history';

/** Days that models learn from. With the day that a training is in force it makes the 15 that metrics are kept. */
const TRAINING_DAYS = 14;

/** Last days of them on which models prove themselves, trained on the days before. */
const PROOF_DAYS = 3;

/** Time between two forecasts of which a model keeps the outcome, minutes; that of a bin where bins are wider. */
export const REPLAY_MINUTES = 15;

/**
 * When models are trained: once a day, at the same minute of the day. Nothing that a training or a forecast reads is
 * older than 14 days before it, so that what is known is a function of the last 15 days alone.
 */
export interface TrainingDay {
  /** Bin before which everything is learned from. */
  readonly day: number;
  /** Bin from which on the models prove themselves; those that prove themselves are trained on what is before it. */
  readonly proof: number;
  /** The 14 days before `day`, and what there is from then to the origin. */
  readonly history: LoadHistory;
}

/** @param trainingMinute minute of the UTC day; workloads that share a run are trained at different ones */
export function trainingDayOf(
  wholeHistory: LoadHistory,
  origin: number,
  trainingMinute: number,
): TrainingDay {
  const { binMinutes, binsPerDay } = wholeHistory;
  const shift = Math.floor(trainingMinute / binMinutes);
  const day = Math.floor((origin - shift) / binsPerDay) * binsPerDay + shift;
  const history = wholeHistory.from(day - TRAINING_DAYS * binsPerDay).until(origin);
  return { day, proof: Math.max(history.first, day - proofDays(history, day) * binsPerDay), history };
}

/** A third of a short history, whole days; at least one. */
function proofDays({ first, binsPerDay }: LoadHistory, day: number): number {
  return Math.max(1, Math.min(PROOF_DAYS, Math.floor((day - first) / binsPerDay / 3)));
}

/** Bins between two replayed forecasts. */
export function replayBins(history: LoadHistory): number {
  return history.binsIn(REPLAY_MINUTES);
}

/** First replayed bin from `bin` on; the grid is the same every day. */
export function firstReplayed(history: LoadHistory, bin: number): number {
  return Math.ceil(bin / replayBins(history)) * replayBins(history);
}

/** Checks a setting of whoever makes models. @throws RangeError */
export function checkTrainingMinute(minute: number): void {
  if (!Number.isInteger(minute) || minute < 0 || minute >= DAY_MINUTES) {
    throw new RangeError(`'trainingMinute' must be a whole number from 0 to 1439, got ${minute}`);
  }
}
