/** Levels of the quantiles that are scored. */
export const QUANTILE_LEVELS = [0.5, 0.9, 0.95] as const;

/** A forecast with what came. All in the unit of the load; NaN where unknown. */
export interface ForecastOutcome {
  readonly load: number;
  readonly point: number;
  /** Quantiles, in the order of QUANTILE_LEVELS; none for forecasts without. */
  readonly quantiles: readonly number[];
  /** What `it stays as it is` forecast for the same bin. */
  readonly persistence: number;
  /** What `as yesterday` forecast for the same bin. */
  readonly yesterday: number;
}

export interface QuantileScores {
  readonly level: number;
  /** Share of loads that were not above it, percent; at best 100 times the level. */
  readonly coveragePercent: number;
  /** Pinball loss in percent of the mean load. */
  readonly pinballPercent: number;
}

export interface ForecastScores {
  /** Forecasts whose bin was measured. */
  readonly count: number;
  /** Sum of absolute errors in percent of the sum of loads. */
  readonly wapePercent: number;
  /** Sum of errors in percent of the sum of loads; above 0 is too much. */
  readonly biasPercent: number;
  /** Mean absolute error relative to that of persistence; below 1 is better than it. */
  readonly relativeToPersistence: number;
  /** Mean absolute error relative to that of yesterday's load (MASE). */
  readonly relativeToYesterday: number;
  readonly quantiles: readonly QuantileScores[];
}

/**
 * Scores of forecasts of one horizon, as the benchmark computes them. A negative forecast counts as 0; bins that were
 * not measured are left out; a comparison leaves out bins for which the reference knew nothing.
 */
export function scoreForecasts(outcomes: readonly ForecastOutcome[]): ForecastScores {
  const scored = outcomes
    .filter(({ load, point }) => !Number.isNaN(load) && !Number.isNaN(point))
    .map((outcome) => ({ ...outcome, point: Math.max(0, outcome.point) }));
  const total = sum(scored.map(({ load }) => load));
  const given = [...QUANTILE_LEVELS.keys()].filter((index) =>
    scored.every((outcome) => !Number.isNaN(quantile(outcome, index))),
  );
  return {
    count: scored.length,
    wapePercent: (100 * sum(scored.map(({ load, point }) => Math.abs(load - point)))) / total,
    biasPercent: (100 * sum(scored.map(({ load, point }) => point - load))) / total,
    relativeToPersistence: relativeError(scored, ({ persistence }) => persistence),
    relativeToYesterday: relativeError(scored, ({ yesterday }) => yesterday),
    quantiles: scored.length === 0 ? [] : given.map((index) => scoreQuantile(scored, index, total)),
  };
}

/** Geometric mean, the mean of ratios; NaN of nothing. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map((value) => Math.log(Math.max(value, 1e-9)))));
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function relativeError(
  outcomes: readonly ForecastOutcome[],
  reference: (outcome: ForecastOutcome) => number,
): number {
  const comparable = outcomes.filter((outcome) => !Number.isNaN(reference(outcome)));
  const error = sum(comparable.map(({ load, point }) => Math.abs(load - point)));
  return error / sum(comparable.map((outcome) => Math.abs(outcome.load - reference(outcome))));
}

function scoreQuantile(outcomes: readonly ForecastOutcome[], index: number, total: number): QuantileScores {
  const level = QUANTILE_LEVELS[index] as number;
  const losses = outcomes.map((outcome) => {
    const error = outcome.load - quantile(outcome, index);
    return Math.max(level * error, (level - 1) * error);
  });
  const covered = outcomes.filter((outcome) => outcome.load <= quantile(outcome, index)).length;
  return {
    level,
    coveragePercent: (100 * covered) / outcomes.length,
    pinballPercent: (100 * sum(losses)) / total,
  };
}

function quantile({ quantiles }: ForecastOutcome, index: number): number {
  return quantiles[index] ?? Number.NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
