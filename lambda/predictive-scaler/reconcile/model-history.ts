import { type EventWindow, isExcludedFromTraining } from '../decision/planned-events';
import { LoadHistory } from '../model/load-history';
import { trainingDayOf } from '../model/training-day';
import { BIN_MINUTES, type StoredHistory } from '../state/stored-history';

/**
 * What models see. Windows that they are not to learn from are left out up to their last training: what came after it
 * is what a forecast starts from, and they would be blind in the middle of an event.
 * @param trainingMinute minute of the UTC day
 */
export function modelHistory(
  stored: StoredHistory,
  events: readonly EventWindow[],
  originMinute: number,
  trainingMinute: number,
): LoadHistory {
  const { firstMinute, stepMinutes } = stored;
  const history = LoadHistory.of(BIN_MINUTES, firstMinute / BIN_MINUTES, stepMinutes, stored.loads);
  if (!events.some(({ excludeFromTraining }) => excludeFromTraining)) return history;
  const trained = trainingDayOf(history, originMinute / BIN_MINUTES, trainingMinute).day * BIN_MINUTES;
  const loads = stored.loads.map((load, index) => {
    const minute = firstMinute + index * stepMinutes;
    return minute < trained && isExcludedFromTraining(events, minute) ? Number.NaN : load;
  });
  return LoadHistory.of(BIN_MINUTES, firstMinute / BIN_MINUTES, stepMinutes, loads);
}
