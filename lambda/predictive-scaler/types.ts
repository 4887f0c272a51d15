/**
 * Data that the stages of the scaler exchange. Loads have one unit throughout (requests per second, unless a caller
 * uses another one), moments are minutes since 1970-01-01 UTC.
 */

/** One measurement. */
export interface LoadSample {
  /** Start of the step. */
  readonly minute: number;
  /** Mean load of the step. */
  readonly load: number;
}

/** Forecast of one bin's load, with the knowledge at the origin. */
export interface HorizonForecast {
  /** Requested time from the origin to the start of the bin, minutes. */
  readonly horizonMinutes: number;
  /** Start of the bin. */
  readonly targetMinute: number;
  /** Width of the bin, minutes. */
  readonly binMinutes: number;
  /** Median of the forecast. */
  readonly point: number;
  /** Load that is not exceeded with probability `level`, 0 < level < 1; at least 0, and increasing with the level. */
  readonly quantile: (level: number) => number;
}

/** Forecast of the busiest minute while a decision is in force, with the knowledge at the origin. */
export interface PeakForecast {
  /** Load that no minute exceeds with probability `level`, 0 < level < 1; at least 0, and increasing with the level. */
  readonly quantile: (level: number) => number;
}

/** Forecast of one moment; past ones may have been computed afterwards. */
export interface Forecast {
  /** Moment of the forecast. */
  readonly originMinute: number;
  /** Mean load of the last 15 minutes before the origin (of the last bin, where bins are wider); NaN where unknown. */
  readonly recentLoad: number;
  /** One forecast for each horizon, in the order of the options. */
  readonly horizons: readonly HorizonForecast[];
  /** Forecast of the busiest minute. @default - not requested, or too little is known */
  readonly peak?: PeakForecast;
}
