import { RATIOS, type RatioName, type Ratios } from './ratios';

/** A figure now and in the baseline. */
export interface Comparison {
  readonly name: RatioName;
  /** Geometric means of the runs. */
  readonly before: number;
  readonly now: number;
  /** By how much it is slower now, percent; negative: faster. */
  readonly slowerPercent: number;
  /** Slowdown that the spread of the runs explains, percent. */
  readonly noisePercent: number;
  /** Whether it is slower by more than the noise. */
  readonly isSlower: boolean;
}

/**
 * Least slowdown that counts, as a ratio: two starts of the same build differ by some percent, in where code and heap lie
 * in memory, and the spread of the runs of one start does not show it.
 */
const LEAST_NOISE = 1.1;

/** One-sided 99 % quantiles of Student's t by degrees of freedom; the last one is the normal distribution's. */
const T_99: readonly (readonly [degrees: number, quantile: number])[] = [
  [1, 31.82],
  [2, 6.965],
  [3, 4.541],
  [4, 3.747],
  [5, 3.365],
  [6, 3.143],
  [8, 2.896],
  [10, 2.764],
  [15, 2.602],
  [20, 2.528],
  [30, 2.457],
  [100, 2.364],
  [Number.POSITIVE_INFINITY, 2.326],
];

/**
 * Compares each figure that both have, by Welch's test on logarithms: a ratio of 2 is as far from 1 as one of a half. A
 * slowdown counts where chance alone would show it in less than one comparison of a hundred.
 */
export function compareRatios(before: Ratios, now: Ratios): Comparison[] {
  return (Object.keys(RATIOS) as RatioName[]).flatMap((name) => {
    const [old, young] = [statistics(before[name]), statistics(now[name])];
    if (Number.isNaN(old.mean) || Number.isNaN(young.mean)) return [];
    const [oldError, youngError] = [old.variance / old.count, young.variance / young.count];
    const error = oldError + youngError;
    // Welch and Satterthwaite.
    const degrees =
      error === 0 ? 1 : error ** 2 / (oldError ** 2 / (old.count - 1) + youngError ** 2 / (young.count - 1));
    const noise = Math.max(Math.log(LEAST_NOISE), quantile(degrees) * Math.sqrt(error));
    const slower = young.mean - old.mean;
    return {
      name,
      before: Math.exp(old.mean),
      now: Math.exp(young.mean),
      slowerPercent: 100 * Math.expm1(slower),
      noisePercent: 100 * Math.expm1(noise),
      isSlower: slower > noise,
    };
  });
}

/** Mean and variance of logarithms. */
function statistics(values: readonly number[]) {
  const logs = values.map(Math.log);
  const count = logs.length;
  const mean = logs.reduce((sum, value) => sum + value, 0) / count;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { count, mean, variance };
}

/** The quantile of the next smaller number of degrees, which is on the safe side. */
function quantile(degrees: number): number {
  return T_99.findLast(([least]) => least <= degrees)?.[1] ?? Number.POSITIVE_INFINITY;
}
