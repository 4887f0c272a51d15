import type { LoadHistory } from './load-history';

/** Days of history that the seed's regression keeps. */
const HISTORY_DAYS = 7;

/** Fewest samples for a prediction of the seed. */
const MIN_SAMPLES = 10;

/**
 * The seed's model as a baseline: a straight line through the last seven days, by least squares, extrapolated to the
 * target. It ignores the time of day, so for a service with a daily pattern it is worse than repeating the last load.
 * @returns at least 0; 0 with fewer than ten samples
 */
export function linearForecast(history: LoadHistory, origin: number, ahead: number): number {
  const from = origin - HISTORY_DAYS * history.binsPerDay;
  const known = history.until(origin);
  let [count, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0];
  for (let bin = from; bin < origin; bin += 1) {
    const load = known.at(bin);
    if (Number.isNaN(load)) continue;
    const x = bin - origin;
    count += 1;
    sumX += x;
    sumY += load;
    sumXX += x * x;
    sumXY += x * load;
  }
  if (count < MIN_SAMPLES) return 0;
  const spread = count * sumXX - sumX * sumX;
  const slope = spread > 0 ? (count * sumXY - sumX * sumY) / spread : 0;
  return Math.max(0, (sumY - slope * sumX) / count + slope * ahead);
}
