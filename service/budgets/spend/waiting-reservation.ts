import type { Account } from './account';
import type { Reservation, ReservedCall } from './reservation';

/** A call that waits for the database to say whether there is room. */
export interface WaitingReservation {
  readonly call: ReservedCall;
  /** Accounts of all its limits. */
  readonly accounts: readonly Account[];
  /** Whether the caller has given up. */
  readonly isOver: () => boolean;
  readonly resolve: (reservation: Reservation) => void;
  readonly reject: (error: unknown) => void;
}
