/**
 * Exponent with which errors grow with the load: between 0.5 for independent requests and 1 for clients that act
 * together.
 */
const SPREAD_POWER = 0.75;

/** Age at which a residual has half the weight, minutes. */
const HALF_LIFE_MINUTES = 2 * 1440;

/** Standard deviation of the weight by distance in time of day, minutes. */
const CLOCK_WIDTH_MINUTES = 180;

/** Smallest weight by time of day, so that other hours still count. */
const MIN_CLOCK_WEIGHT = 0.35;

const DAY_MINUTES = 1440;

/** A past forecast with its outcome. */
export interface Residual {
  /** Start of the bin, minutes since 1970-01-01 UTC. */
  readonly minute: number;
  /** Forecast load. */
  readonly forecast: number;
  /** Measured load. */
  readonly load: number;
}

/** Quantiles of the load around a forecast, from recent errors. */
export interface ResidualQuantiles {
  /** Load that is not exceeded with probability `level` for a given forecast. */
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
      // The future load counts as one more score of unknown size, so that few residuals give wider quantiles.
      const wanted = level * (total + 1);
      const index = sums.findIndex((sum) => sum >= wanted);
      if (index >= 0) return Math.max(0, forecast + (sorted[index] as number) * spread(forecast));
      const last = sorted.at(-1) ?? 0;
      return Math.max(0, forecast + Math.max(0, last) * spread(forecast));
    },
  };
}

/** Smallest divisor: a tenth of the mean load, so that a forecast near zero does not give a huge score. */
function spreadFloor(residuals: readonly Residual[]): number {
  const sum = residuals.reduce((loads, { load }) => loads + load, 0);
  return Math.max(1e-6, residuals.length > 0 ? (0.1 * sum) / residuals.length : 0);
}

function weightOf(then: number, now: number): number {
  const age = 0.5 ** ((now - then) / HALF_LIFE_MINUTES);
  const apart = Math.abs(((now - then) % DAY_MINUTES) / CLOCK_WIDTH_MINUTES);
  const aroundMidnight = (DAY_MINUTES - Math.abs((now - then) % DAY_MINUTES)) / CLOCK_WIDTH_MINUTES;
  const clock = Math.exp(-0.5 * Math.min(apart, aroundMidnight) ** 2);
  return age * (MIN_CLOCK_WEIGHT + (1 - MIN_CLOCK_WEIGHT) * clock);
}
