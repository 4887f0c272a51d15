import type { Reading } from './readings';

/** Fewest values of which a counter can be told. */
const LEAST_VALUES = 30;

/** Part of the changes of a counter that are not down; the others are resets. */
const LEAST_SHARE_UP = 0.95;

/** Part of the changes of a counter that are up; a load that never changes is none. */
const LEAST_SHARE_RISING = 0.25;

/** A reset leaves less than this part of a counter. */
const RESET_PART = 0.5;

/** Longest time between two readings for which a rate is taken, in common differences. */
const LONGEST_STEPS = 1.5;

/** Rates of a counter. */
export interface Rates {
  /** Per second, each at the time of the earlier one of two readings. */
  readonly readings: readonly Reading[];
  readonly resets: number;
}

/** Whether values only rise, apart from resets, as a counter does and a load over days does not. */
export function looksLikeCounter(readings: readonly Reading[]): boolean {
  const values = readings.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  if (values.length < LEAST_VALUES) return false;
  const pairs = values.slice(1).map((value, index) => [values[index] as number, value] as const);
  const falls = pairs.filter(([before, after]) => after < before);
  const rises = pairs.filter(([before, after]) => after > before);
  return (
    falls.length <= (1 - LEAST_SHARE_UP) * pairs.length &&
    falls.every(([before, after]) => after < RESET_PART * before) &&
    rises.length >= LEAST_SHARE_RISING * pairs.length
  );
}

/**
 * The rate from each reading to the next one. A fall is a reset: the counter began at zero again, so that its value is
 * the rise. Across a gap there is no rate.
 * @param readings sorted by time
 * @param commonSeconds the most common difference between two times
 */
export function ratesOf(readings: readonly Reading[], commonSeconds: number): Rates {
  let resets = 0;
  const rates = readings.slice(0, -1).map((reading, index) => {
    const next = readings[index + 1] as Reading;
    const seconds = next.seconds - reading.seconds;
    if (seconds > LONGEST_STEPS * commonSeconds) return { ...reading, value: Number.NaN };
    const isReset = next.value < reading.value;
    if (isReset) resets += 1;
    return { ...reading, value: (isReset ? next.value : next.value - reading.value) / seconds };
  });
  return { readings: rates, resets };
}
