/**
 * How long a floor is kept without new data, minutes. Most outages of metrics end in that time, and so do surges;
 * waiting longer does not help.
 */
export const HOLD_MINUTES = 120;

/** What is known in a run about data and events. */
export interface HoldInput {
  /** Whether recent loads or the forecast are unknown. */
  readonly isDataMissing: boolean;
  /** Whether there are enough data, but the models are not trained yet. */
  readonly isWaitingForTraining: boolean;
  /** Whether a planned event sets the floor, which needs no data. */
  readonly isEventAhead: boolean;
  /** Last run with known loads and a forecast, minutes since 1970-01-01 UTC. */
  readonly lastDataMinute: number;
  /** Current run, minutes since 1970-01-01 UTC. */
  readonly nowMinute: number;
}

/**
 * What happens to the floor in force.
 * - `none`: data are known, and the floor follows the decision and its ramps.
 * - `held`: the floor stays at least as high, and its lease is renewed.
 * - `lapsing`: the lease is not renewed, and the floor is released at its end.
 */
export type Hold = 'none' | 'held' | 'lapsing';

/** Missing data do not lower a floor, but they do not keep it for more than HOLD_MINUTES either. */
export function holdOf(input: HoldInput): Hold {
  if (input.isWaitingForTraining) return 'held';
  if (!input.isDataMissing) return 'none';
  if (input.nowMinute - input.lastDataMinute <= HOLD_MINUTES) return 'held';
  return input.isEventAhead ? 'none' : 'lapsing';
}
