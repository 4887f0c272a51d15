/** Age at which a past minute has half the weight. */
const HALF_LIFE_MINUTES = 1440;

/** Standard deviation of the weight by distance in time of day: nights say little about days. */
const CLOCK_WIDTH_MINUTES = 180;

/** Smallest weight by time of day, so that other hours still count. */
const MIN_CLOCK_WEIGHT = 0.1;

/** Middle of the time that a decision covers, minutes from now. */
const AHEAD_MINUTES = 10;

const DAY_MINUTES = 1440;

/**
 * Weights of past minutes for the next ones, by age and time of day; they sum to one.
 * @param loads one a minute, the last one just before now; an unknown load (NaN) has weight 0
 * @param skipped number of first minutes with weight 0
 */
export function minuteWeights(loads: Float64Array, skipped: number): Float64Array {
  const weights = loads.map((load, at) =>
    Number.isNaN(load) || at < skipped ? 0 : weightAt(loads.length - at),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function weightAt(age: number): number {
  const apart = (age + AHEAD_MINUTES) % DAY_MINUTES;
  const onClock = Math.min(apart, DAY_MINUTES - apart) / CLOCK_WIDTH_MINUTES;
  const clock = MIN_CLOCK_WEIGHT + (1 - MIN_CLOCK_WEIGHT) * Math.exp(-0.5 * onClock ** 2);
  return clock * 0.5 ** (age / HALF_LIFE_MINUTES);
}
