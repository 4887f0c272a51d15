import { divideHalfEven, type PicoUsd } from '../prices/money';
import type { BudgetWindow } from './windows';

/** Part of a window that has to pass before it is projected: half an hour of a day, 15 hours of a month. */
const LEAST_PART = 48;

/** 10^-12 USD in 10^-10 USD, to which money of answers is rounded. */
const PICO_PER_UNIT = 100n;

/**
 * What a window will have cost at its end if the rest costs as much an hour as it has so far. Only spending of this
 * window counts, so the end of one month does not reach into the next.
 *
 * projection = spent x (end - start) / (now - start), with the window's real length: a day of 23 hours has 23.
 * @param spent 10^-12 USD
 * @returns null in the first 48th of the window: a minute says nothing about a day
 */
export function projectedUsd(spent: PicoUsd, { startsAt, endsAt }: BudgetWindow, now: Date): PicoUsd | null {
  const length = endsAt.getTime() - startsAt.getTime();
  const passed = Math.min(now.getTime() - startsAt.getTime(), length);
  if (passed * LEAST_PART < length) return null;
  return divideHalfEven(spent * BigInt(length), BigInt(passed) * PICO_PER_UNIT) * PICO_PER_UNIT;
}
