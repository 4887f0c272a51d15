/** Age at which a minute of the past counts half. */
const HALF_LIFE_MINUTES = 1440;

/** Standard deviation of how far apart on the clock minutes tell of each other: nights tell little of days. */
const CLOCK_WIDTH_MINUTES = 180;

/** Least share of a minute's weight for its time of day alone, so that other hours still count. */
const LEAST_CLOCK_WEIGHT = 0.1;

/** Middle of what is decided on, minutes after now. */
const AHEAD_MINUTES = 10;

const DAY_MINUTES = 1440;

/**
 * How much each minute before now tells of the next ones, by its age and its time of day; they sum to one.
 * @param loads one a minute, the last one just before now; NaN where unknown, which counts 0
 * @param skipped first minutes, which count 0
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
  const clock = LEAST_CLOCK_WEIGHT + (1 - LEAST_CLOCK_WEIGHT) * Math.exp(-0.5 * onClock ** 2);
  return clock * 0.5 ** (age / HALF_LIFE_MINUTES);
}
