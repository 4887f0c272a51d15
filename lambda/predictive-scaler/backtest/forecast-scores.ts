/** Levels of the quantiles that are scored. */
export const QUANTILE_LEVELS = [0.5, 0.9, 0.95] as const;

/** A forecast with the measured load. All in the unit of the load; NaN where unknown. */
export interface ForecastOutcome {
  /** Measured load. */
  readonly load: number;
  /** Forecast load. */
  readonly point: number;
  /** Quantiles in the order of QUANTILE_LEVELS; empty for forecasts without quantiles. */
  readonly quantiles: readonly number[];
  /** Forecast of the baseline `persistence` for the same bin. */
  readonly persistence: number;
  /** Forecast of the baseline `yesterday` for the same bin. */
  readonly yesterday: number;
}

/** Scores of one quantile. */
export interface QuantileScores {
  /** Probability, 0 to 1. */
  readonly level: number;
  /** Share of loads at or below the quantile, percent; ideally 100 times the level. */
  readonly coveragePercent: number;
  /** Pinball loss, percent of the mean load. */
  readonly pinballPercent: number;
}

/** Scores of the forecasts of one horizon. */
export interface ForecastScores {
  /** Number of forecasts with a measured load. */
  readonly count: number;
  /** Sum of absolute errors, percent of the sum of loads (WAPE). */
  readonly wapePercent: number;
  /** Sum of errors, percent of the sum of loads; above 0 the forecasts are too high. */
  readonly biasPercent: number;
  /** Mean absolute error relative to that of persistence; below 1 is better. */
  readonly relativeToPersistence: number;
  /** Mean absolute error relative to that of yesterday's load (MASE). */
  readonly relativeToYesterday: number;
  /** Scores by quantile; empty for forecasts without quantiles. */
  readonly quantiles: readonly QuantileScores[];
}

/**
 * Scores the forecasts of one horizon like the benchmark. A negative forecast counts as 0. Bins without a measured load
 * are left out, and so are, in a comparison, bins without a reference forecast.
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

/** Geometric mean, for ratios; NaN of an empty list. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map((value) => Math.log(Math.max(value, 1e-9)))));
}

/** Arithmetic mean; NaN of an empty list. */
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
