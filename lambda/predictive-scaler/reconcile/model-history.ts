import { type EventWindow, isExcludedFromTraining } from '../decision/planned-events';
import { LoadHistory } from '../model/load-history';
import { trainingDayOf } from '../model/training-day';
import { BIN_MINUTES, type StoredHistory } from '../state/stored-history';

/**
 * The load history for the models. Loads of events that are excluded from training are removed up to the last training.
 * Later loads stay, because a forecast starts from them, also in the middle of an event.
 * @param trainingMinute minute of the UTC day at which the workload trains
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
  const trainedUntilMinute =
    trainingDayOf(history, originMinute / BIN_MINUTES, trainingMinute).day * BIN_MINUTES;
  const loads = stored.loads.map((load, index) => {
    const minute = firstMinute + index * stepMinutes;
    return minute < trainedUntilMinute && isExcludedFromTraining(events, minute) ? Number.NaN : load;
  });
  return LoadHistory.of(BIN_MINUTES, firstMinute / BIN_MINUTES, stepMinutes, loads);
}
