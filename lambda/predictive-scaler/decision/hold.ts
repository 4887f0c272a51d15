/**
 * How long a floor outlives the data that it was decided on, minutes. An outage of metrics is over in that time or is
 * not a matter of waiting; a surge that the floor was for is over too.
 */
export const HOLD_MINUTES = 120;

export interface HoldInput {
  /** Whether loads of late are unknown, or the forecast is. */
  readonly isDataMissing: boolean;
  /** Whether there are data, and no models yet. */
  readonly isWaitingForTraining: boolean;
  /** Whether a planned event sets the floor: an operator's word needs no data. */
  readonly isEventAhead: boolean;
  /** Last moment with data, and now; minutes since 1970-01-01 UTC. */
  readonly goodMinute: number;
  readonly nowMinute: number;
}

/**
 * What becomes of the floor in force where no forecast says.
 * - `none`: data are there, and the floor follows the decision, down by its ramps.
 * - `held`: the floor stays, and its lease is renewed.
 * - `lapsing`: the lease is not renewed any more, and the floor goes with its end.
 */
export type Hold = 'none' | 'held' | 'lapsing';

/** Nothing is lowered because data are missing; and nothing stays up for ever because they are. */
export function holdOf(input: HoldInput): Hold {
  if (input.isWaitingForTraining) return 'held';
  if (!input.isDataMissing) return 'none';
  if (input.nowMinute - input.goodMinute <= HOLD_MINUTES) return 'held';
  return input.isEventAhead ? 'none' : 'lapsing';
}
