import type { CapacityLimits } from '../../../../lambda/predictive-scaler/decision/capacity';
import type { GateEvidence } from '../../../../lambda/predictive-scaler/decision/gate';
import type { Forecast } from '../../../../lambda/predictive-scaler/types';

export const LIMITS: CapacityLimits = { loadPerReplica: 100, minReplicas: 3, maxReplicas: 50 };

export const GOOD: GateEvidence = {
  daysOfHistory: 15,
  staleMinutes: 1,
  completeness: 1,
  scoredForecasts: 200,
  skill: 0.4,
  coverageOfQ90: 0.9,
  error: 0.1,
};

/** Uniform between 0.8 and 1.2 times the points. */
export function forecastAt(originMinute: number, points: readonly number[], recentLoad = 0): Forecast {
  const horizons = points.map((point, at) => ({
    horizonMinutes: 15 * (at + 1),
    targetMinute: originMinute + 15 * (at + 1),
    binMinutes: 5,
    point,
    quantile: (level: number) => point * (0.8 + 0.4 * level),
  }));
  return { originMinute, recentLoad, horizons };
}
