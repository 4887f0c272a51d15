import type { Calibration } from './calibrate';

/** What one run took, ms; NaN where it is not known. */
export interface RunCost {
  /** Processor time of the pods a request. */
  readonly processorMs: number;
  /** Times of the API's answers. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Median time of answers from the cache: what a provider takes says nothing about the build. */
  readonly cachedP50Ms: number;
}

/** The figures that are compared, with what people call them. */
export const RATIOS = {
  processor: "processor time of a request, in the bare route's",
  p50: "API's median, in the bare route's time",
  p95: "API's 95th percentile, in the bare route's time",
  cachedP50: "cached answers' median, in the bare route's time",
} as const;
export type RatioName = keyof typeof RATIOS;

/** What the runs measured, by the figure; a value for each run. */
export type Ratios = Readonly<Record<RatioName, readonly number[]>>;

/** A run with the calibrations before and after it. */
export interface PairedRun {
  readonly before: Calibration;
  readonly cost: RunCost;
  readonly after: Calibration;
}

/** Runs in units of the calibrations around them: what makes the machine slow for a while makes both slow. */
export function ratiosOf(runs: readonly PairedRun[]): Ratios {
  const ratio = (value: (cost: RunCost) => number, unit: (calibration: Calibration) => number) =>
    runs.map(({ before, cost, after }) => value(cost) / Math.sqrt(unit(before) * unit(after)));
  const time = ({ requestMs }: Calibration) => requestMs;
  return {
    processor: ratio(
      ({ processorMs }) => processorMs,
      ({ processorMs }) => processorMs,
    ),
    p50: ratio(({ p50Ms }) => p50Ms, time),
    p95: ratio(({ p95Ms }) => p95Ms, time),
    cachedP50: ratio(({ cachedP50Ms }) => cachedP50Ms, time),
  };
}
