import type { Waiting } from '../../service/shared/retry';

/** Waits that take no time but on the clock that they move, and are written down. */
export interface RecordedWaiting extends Waiting {
  /** Length of each wait, ms. */
  readonly waits: number[];
}

/** @param random what chance gives each time, from 0 to below 1 */
export function recordedWaiting(random = 0.5): RecordedWaiting {
  const waits: number[] = [];
  let now = 0;
  return {
    waits,
    random: () => random,
    elapsedMs: () => now,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      now += milliseconds;
    },
  };
}
