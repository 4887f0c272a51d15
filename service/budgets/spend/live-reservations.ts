import type { Queryable } from '../../database/pools';
import type { HeldReservation } from './reservation';
import { recordedCalls } from './share-store';

/** Most settled calls whose rows the ledger does not have yet; the oldest is given up above it. */
const MOST_SETTLED = 100_000;

/** Calls of one question to the ledger. */
const QUESTION_CALLS = 1000;

/** How long the ledger is asked for the row of a settled call, ms. */
const ROW_MS = 10 * 60_000;

/** Longest time of an open reservation, ms. No call takes that long: its end was lost. */
const OPEN_MS = 2 * 3_600_000;

/** The reservations of a pod that hold something. */
export class LiveReservations {
  private readonly open = new Set<HeldReservation>();
  private readonly settled = new Set<HeldReservation>();

  /** Calls that are under way. */
  get openCount(): number {
    return this.open.size;
  }

  /** Calls whose cost is known, and whose rows the ledger does not have yet. */
  get settledCount(): number {
    return this.settled.size;
  }

  /** Keeps a reservation until it ends. */
  track(reservation: HeldReservation): HeldReservation {
    if (reservation.state === 'open') this.open.add(reservation);
    return reservation;
  }

  /** Learns of each new state of a reservation. */
  readonly listener = (reservation: HeldReservation): void => {
    this.open.delete(reservation);
    if (reservation.state === 'settled') this.settled.add(reservation);
    else this.settled.delete(reservation);
    const [oldest] = this.settled;
    if (this.settled.size > MOST_SETTLED) oldest?.expire();
  };

  /** Settles open reservations whose end was lost. @param now ms since 1970 */
  expireOpen(now: number): void {
    for (const reservation of this.open) if (now - reservation.since >= OPEN_MS) reservation.expire();
  }

  /**
   * Ends settled reservations whose rows the ledger has. A window that is read after this has their cost.
   * @param now ms since 1970
   */
  async endRecorded(client: Queryable, now: number): Promise<void> {
    const settled = [...this.settled];
    for (let start = 0; start < settled.length; start += QUESTION_CALLS) {
      const asked = settled.slice(start, start + QUESTION_CALLS);
      const found = await recordedCalls(
        client,
        asked.map(({ call }) => call.callId),
      );
      for (const reservation of asked) {
        if (found.has(reservation.call.callId)) reservation.recorded();
        reservation.askedSince ??= now;
        if (now - reservation.askedSince >= ROW_MS) reservation.expire();
      }
    }
  }
}
