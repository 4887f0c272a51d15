import type { PicoUsd } from '../../prices/money';
import type { Account } from './account';
import { RESERVATION_STATES, type ReservationEvent, type ReservationState } from './reservation-states';

/** Money that is held for a call. */
export interface Reservation {
  /**
   * Says what the call has cost. Returns at once; the money stays held until the ledger has the call's row, which
   * counts from then on. A second call changes nothing.
   * @param actualCost 10^-12 USD; null where it is not known: the worst case stays held until the row tells
   */
  settle(actualCost: PicoUsd | null): void;
  /** Gives everything back: the call never reached a provider, and no row will have a cost. */
  release(): void;
}

/** A call to reserve for. */
export interface ReservedCall {
  /** Id of the call's row in the ledger, a UUIDv7 whose time is the call's start. */
  readonly callId: string;
  /** Most that the call can cost, 10^-12 USD. */
  readonly worstCost: PicoUsd;
}

/** A reservation and the accounts it is held in. */
export class HeldReservation implements Reservation {
  state: ReservationState = 'open';
  /** When the state began, ms since 1970. */
  since: number;
  /** When the ledger was first asked for the row, ms since 1970. */
  askedSince: number | undefined;
  /** What is held in each account, 10^-12 USD. */
  private amount: PicoUsd;

  constructor(
    readonly call: ReservedCall,
    readonly accounts: readonly Account[],
    private readonly listener: (reservation: HeldReservation) => void,
    private readonly now: () => Date,
  ) {
    this.amount = call.worstCost;
    this.since = now().getTime();
    for (const account of accounts) account.held += this.amount;
  }

  settle(actualCost: PicoUsd | null): void {
    if (this.state !== 'open') return;
    if (actualCost !== null) this.hold(actualCost);
    this.apply('settle');
  }

  release(): void {
    this.apply('release');
  }

  /** Ends the reservation because the ledger has the row: the share counts as spent now, so it shrinks as well. */
  recorded(): void {
    if (this.state !== 'settled') return;
    for (const account of this.accounts) account.share -= this.amount;
    this.apply('recorded');
  }

  /** Gives up waiting: for the end of an open call, or for the row of a settled one. */
  expire(): void {
    this.apply('expire');
  }

  private apply(event: ReservationEvent): void {
    const next = RESERVATION_STATES[this.state][event];
    if (next === this.state) return;
    this.state = next;
    this.since = this.now().getTime();
    if (next === 'ended') this.hold(0n);
    this.listener(this);
  }

  private hold(amount: PicoUsd): void {
    for (const account of this.accounts) account.held += amount - this.amount;
    this.amount = amount;
  }
}
