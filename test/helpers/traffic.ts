import type { Trace } from '../../lambda/predictive-scaler/backtest/trace';
import type { LoadSample } from '../../lambda/predictive-scaler/types';

const DAY_MINUTES = 1440;

/** 2025-01-06, a Monday; minutes since 1970. */
export const FIRST_MINUTE = Date.UTC(2025, 0, 6) / 60_000;

/** Numbers from 0 to 1 that look random and are the same every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (1_664_525 * state + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Made-up traffic: a wave a day around 1000, a fifth less at the weekend, and a tenth of noise. */
export function exampleTraffic(days: number, stepMinutes: number, seed = 1): LoadSample[] {
  const random = randomNumbers(seed);
  return Array.from({ length: (days * DAY_MINUTES) / stepMinutes }, (_, index) => {
    const minute = index * stepMinutes;
    const weekend = Math.floor(minute / DAY_MINUTES) % 7 >= 5 ? 0.8 : 1;
    const wave = 1000 - 600 * Math.cos((2 * Math.PI * minute) / DAY_MINUTES);
    const load = Math.round(wave * weekend * (0.9 + 0.2 * random()));
    return { minute: FIRST_MINUTE + minute, load };
  });
}

/** A trace of made-up hourly traffic whose last day is scored. */
export function exampleTrace(overrides: Partial<Trace> = {}): Trace {
  return {
    name: 'example',
    samples: exampleTraffic(9, 60),
    stepMinutes: 60,
    cadenceMinutes: 60,
    horizonsMinutes: [30, 90],
    startMinute: FIRST_MINUTE + 8 * DAY_MINUTES,
    endMinute: FIRST_MINUTE + 9 * DAY_MINUTES,
    simulatesScaling: true,
    ...overrides,
  };
}

/** As a CSV of `timestamp,value`. */
export function trafficCsv(samples: readonly LoadSample[]): string {
  const rows = samples.map(({ minute, load }) => `${new Date(minute * 60_000).toISOString()},${load}`);
  return `timestamp,value\n${rows.join('\n')}\n`;
}
