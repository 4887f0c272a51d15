/**
 * What the stages of the scaler hand on to each other. Loads are in one unit throughout (requests per second, unless
 * a caller says otherwise), times are minutes since 1970-01-01 UTC.
 */

/** One measurement: the mean load of the step that begins at `minute`. */
export interface LoadSample {
  readonly minute: number;
  readonly load: number;
}

/** What the load of one bin may be, as known at the origin. */
export interface HorizonForecast {
  /** From the origin to the start of the bin, minutes, as it was asked for. */
  readonly horizonMinutes: number;
  /** Start of the bin. */
  readonly targetMinute: number;
  /** Width of the bin, minutes. */
  readonly binMinutes: number;
  /** Most likely load: the median of what may come. */
  readonly point: number;
  /** Load that is not exceeded with the probability `level`, 0 < level < 1; at least 0, and rising with the level. */
  readonly quantile: (level: number) => number;
}

/** How high the load may go at its busiest while a decision is in force, as known at the origin. */
export interface PeakForecast {
  /** Load that no minute exceeds with the probability `level`, 0 < level < 1; at least 0, and rising with the level. */
  readonly quantile: (level: number) => number;
}

/** What was, or would have been, forecast at one moment. */
export interface Forecast {
  readonly originMinute: number;
  /** Mean load of the last 15 minutes before the origin (of the last bin, where bins are wider); NaN where unknown. */
  readonly recentLoad: number;
  /** One for each horizon, in their order. */
  readonly horizons: readonly HorizonForecast[];
  /** Absent where it was not asked for, or too little is known for one. */
  readonly peak?: PeakForecast;
}
