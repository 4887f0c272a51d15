/**
 * How errors grow with the load: between the square root, of independent requests, and the load itself, of a service
 * whose clients move together.
 */
const SPREAD_POWER = 0.75;

/** Age at which a residual counts half, minutes. */
const HALF_LIFE_MINUTES = 2 * 1440;

/** How far apart, on the clock, residuals still tell of each other, minutes. */
const CLOCK_WIDTH_MINUTES = 180;

/** Least weight of a residual for its time of day alone, so that other hours still count. */
const LEAST_CLOCK_WEIGHT = 0.35;

const DAY_MINUTES = 1440;

/** An error of the past. */
export interface Residual {
  readonly minute: number;
  readonly forecast: number;
  readonly load: number;
}

/** Quantiles of what may come, from how far recent forecasts were off. */
export interface ResidualQuantiles {
  /** Load not exceeded with the probability `level` where `forecast` is forecast. */
  quantile(forecast: number, level: number): number;
}

/**
 * Weighted split-conformal quantiles: residuals divided by forecast^0.75, weighted by age and time of day.
 * https://arxiv.org/abs/2202.13415 (Barber et al., weights for data that drift)
 */
export function residualQuantiles(residuals: readonly Residual[], minute: number): ResidualQuantiles {
  const floor = spreadFloor(residuals);
  const spread = (forecast: number) => Math.max(forecast, floor) ** SPREAD_POWER;
  const scores = residuals
    .map((residual) => ({
      score: (residual.load - residual.forecast) / spread(residual.forecast),
      weight: weightOf(residual.minute, minute),
    }))
    .sort((a, b) => a.score - b.score);
  const sorted = Float64Array.from(scores, ({ score }) => score);
  const sums = new Float64Array(scores.length);
  let total = 0;
  for (const [index, { weight }] of scores.entries()) {
    total += weight;
    sums[index] = total;
  }
  return {
    quantile(forecast, level) {
      // The load to come is one more score of the set, as large as any: with few residuals quantiles move outwards.
      const wanted = level * (total + 1);
      const index = sums.findIndex((sum) => sum >= wanted);
      if (index >= 0) return Math.max(0, forecast + (sorted[index] as number) * spread(forecast));
      const last = sorted.at(-1) ?? 0;
      return Math.max(0, forecast + Math.max(0, last) * spread(forecast));
    },
  };
}

/** A tenth of the mean load: a forecast of nearly zero does not make its error enormous. */
function spreadFloor(residuals: readonly Residual[]): number {
  const sum = residuals.reduce((loads, { load }) => loads + load, 0);
  return Math.max(1e-6, residuals.length > 0 ? (0.1 * sum) / residuals.length : 0);
}

function weightOf(then: number, now: number): number {
  const age = 0.5 ** ((now - then) / HALF_LIFE_MINUTES);
  const apart = Math.abs(((now - then) % DAY_MINUTES) / CLOCK_WIDTH_MINUTES);
  const aroundMidnight = (DAY_MINUTES - Math.abs((now - then) % DAY_MINUTES)) / CLOCK_WIDTH_MINUTES;
  const clock = Math.exp(-0.5 * Math.min(apart, aroundMidnight) ** 2);
  return age * (LEAST_CLOCK_WEIGHT + (1 - LEAST_CLOCK_WEIGHT) * clock);
}
