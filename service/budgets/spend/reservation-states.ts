/**
 * The life of a reservation:
 * - `open`: the call is under way, and its worst case is held;
 * - `settled`: its cost is known and held until the ledger has its row, from which on the row counts;
 * - `ended`: nothing is held.
 */
export type ReservationState = 'open' | 'settled' | 'ended';

/**
 * What happens to it: its cost is known, it never reached a provider, its row is in the ledger, or nothing was heard of
 * it for too long.
 */
export type ReservationEvent = 'settle' | 'release' | 'recorded' | 'expire';

/** Next state. A state that stays the same ignores the event, so that a second `settle` or `release` changes nothing. */
export const RESERVATION_STATES: Readonly<
  Record<ReservationState, Readonly<Record<ReservationEvent, ReservationState>>>
> = {
  // Only settled calls are looked for in the ledger. An open one that expires has an unknown cost: its worst case.
  open: { settle: 'settled', release: 'ended', recorded: 'open', expire: 'settled' },
  settled: { settle: 'settled', release: 'settled', recorded: 'ended', expire: 'ended' },
  ended: { settle: 'ended', release: 'ended', recorded: 'ended', expire: 'ended' },
};
