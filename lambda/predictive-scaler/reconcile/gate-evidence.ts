import type { GateEvidence } from '../decision/gate';
import type { LoadHistory } from '../model/load-history';
import type { StoredHistory } from '../state/stored-history';
import type { Forecast } from '../types';

const DAY_MINUTES = 1440;

/** Evidence about the measured loads. */
export type DataEvidence = Pick<GateEvidence, 'daysOfHistory' | 'staleMinutes' | 'completeness'>;

/** Evidence about past forecasts. */
export type ForecastEvidence = Pick<GateEvidence, 'scoredForecasts' | 'skill' | 'coverageOfQ90' | 'error'>;

/** Evidence without any scored forecast. */
export const NOT_SCORED: ForecastEvidence = {
  scoredForecasts: 0,
  skill: Number.NaN,
  coverageOfQ90: Number.NaN,
  error: Number.NaN,
};

/** How complete and recent the loads are. Without a sample: 0 days of history, infinitely stale. */
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
 * Accuracy of the last day's forecasts. Every horizon whose load is known by now counts, and is compared with repeating
 * the last load that was known at the origin.
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
    // A constant load is trivial to forecast: skill 0.
    skill: naiveError > 0 ? 1 - error / naiveError : 0,
    coverageOfQ90: covered / scored,
    error: total > 0 ? error / total : Number.NaN,
  };
}
