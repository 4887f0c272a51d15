import type { LoadHistory } from './load-history';

/** Days of history that the seed's regression keeps. */
const HISTORY_DAYS = 7;

/** Samples below which the seed predicts nothing. */
const LEAST_SAMPLES = 10;

/**
 * The seed's model as a baseline: a straight line through the last seven days, by least squares, continued to the
 * target. It knows no time of day, so on a service with days and nights it is worse than saying what was last.
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
  if (count < LEAST_SAMPLES) return 0;
  const spread = count * sumXX - sumX * sumX;
  const slope = spread > 0 ? (count * sumXY - sumX * sumY) / spread : 0;
  return Math.max(0, (sumY - slope * sumX) / count + slope * ahead);
}
