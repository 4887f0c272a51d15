import type { GateEvidence } from '../decision/gate';
import type { LoadHistory } from '../model/load-history';
import type { StoredHistory } from '../state/stored-history';
import type { Forecast } from '../types';

const DAY_MINUTES = 1440;

export type DataEvidence = Pick<GateEvidence, 'daysOfHistory' | 'staleMinutes' | 'completeness'>;

export type ForecastEvidence = Pick<GateEvidence, 'scoredForecasts' | 'skill' | 'coverageOfQ90' | 'error'>;

export const NOT_SCORED: ForecastEvidence = {
  scoredForecasts: 0,
  skill: Number.NaN,
  coverageOfQ90: Number.NaN,
  error: Number.NaN,
};

/** How much is known of the load. Without a sample: no history, infinitely stale. */
export function dataEvidence(
  { loads, firstMinute, stepMinutes }: StoredHistory,
  originMinute: number,
): DataEvidence {
  const first = loads.findIndex((load) => !Number.isNaN(load));
  const last = loads.findLastIndex((load) => !Number.isNaN(load));
  const lastDay = loads.subarray(-DAY_MINUTES / stepMinutes);
  const known = lastDay.reduce((count, load) => count + (Number.isNaN(load) ? 0 : 1), 0);
  return {
    daysOfHistory: first < 0 ? 0 : (originMinute - firstMinute - first * stepMinutes) / DAY_MINUTES,
    staleMinutes: last < 0 ? Number.POSITIVE_INFINITY : originMinute - firstMinute - (last + 1) * stepMinutes,
    completeness: known / lastDay.length,
  };
}

/**
 * What the forecasts of the last day were worth: each horizon of each of them whose load is known, beside the last load
 * that was known when it was made.
 */
export function forecastEvidence(
  past: readonly Forecast[],
  history: LoadHistory,
  originMinute: number,
): ForecastEvidence {
  let [scored, total, error, naiveError, covered] = [0, 0, 0, 0, 0];
  for (const { originMinute: then, horizons } of past) {
    if (then < originMinute - DAY_MINUTES) continue;
    const lastLoad = history.at(Math.floor(then / history.binMinutes) - 1);
    for (const { targetMinute, binMinutes, point, quantile } of horizons) {
      const load = history.at(Math.floor(targetMinute / history.binMinutes));
      if (targetMinute + binMinutes > originMinute || Number.isNaN(load) || Number.isNaN(lastLoad)) continue;
      scored += 1;
      total += load;
      error += Math.abs(load - point);
      naiveError += Math.abs(load - lastLoad);
      if (load <= quantile(0.9)) covered += 1;
    }
  }
  return {
    scoredForecasts: scored,
    // A load that never changes is forecast by anybody: no skill.
    skill: naiveError > 0 ? 1 - error / naiveError : 0,
    coverageOfQ90: covered / scored,
    error: total > 0 ? error / total : Number.NaN,
  };
}
