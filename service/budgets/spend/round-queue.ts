import type { Pool } from '../../database/pools';
import { sqlState } from '../../database/transient';
import type { BudgetEventKind } from '../budget';
import type { Account } from './account';
import { BudgetExceededError, BudgetsUnavailableError } from './errors';
import type { LiveReservations } from './live-reservations';
import type { Reservation, ReservedCall } from './reservation';
import { type RoundResult, ShareRound, type ShareRoundProps } from './share-round';
import { LEASE_SECONDS } from './share-store';
import type { WaitingReservation } from './waiting-reservation';

export interface RoundQueueProps extends Omit<ShareRoundProps, 'isClosing' | 'listener'> {
  readonly writes: Pool;
  readonly reservations: LiveReservations;
  /** Learns of each event that is new. */
  readonly onEvents: (kinds: readonly BudgetEventKind[]) => void;
}

/** How long a share may be used after its renewal began, ms: 15 s less than its lease, for clocks and slow answers. */
const SHARE_MS = (LEASE_SECONDS - 15) * 1000;

/** Longest wait of a call for the database, ms. */
const PATIENCE_MS = 5000;

/** Most calls that wait for the database. */
const MOST_WAITING = 10_000;

/** Most calls and windows of one transaction. */
const ROUND_CALLS = 1000;
const ROUND_WINDOWS = 200;

/** Attempts of a transaction that the database ends because of others, or because a budget was deleted meanwhile. */
const MAX_ATTEMPTS = 3;
const RETRIED: ReadonlySet<string | undefined> = new Set(['40001', '40P01', '23503']);

/** Shortest time between two questions for rows of settled calls beside a round, ms. */
const RECORDED_MS = 200;

/** Asks the database for room, one transaction at a time: calls that come while one is under way share the next. */
export class RoundQueue {
  /** Whether nothing is taken in advance any more. */
  isClosing = false;
  private waiting: WaitingReservation[] = [];
  private turn: Promise<void> = Promise.resolve();
  private isRoundDue = false;
  private askedRecorded = 0;

  constructor(private readonly props: RoundQueueProps) {}

  /**
   * Waits for room.
   * @throws BudgetExceededError, BudgetsUnavailableError
   */
  ask(call: ReservedCall, accounts: readonly Account[]): Promise<Reservation> {
    if (this.waiting.length >= MOST_WAITING) {
      throw new BudgetsUnavailableError(`${this.waiting.length} calls wait for the database already.`);
    }
    return new Promise<Reservation>((resolve, reject) => {
      let isOver = false;
      const timer = setTimeout(() => {
        isOver = true;
        reject(new BudgetsUnavailableError(`the database did not answer within ${PATIENCE_MS} ms.`));
      }, PATIENCE_MS);
      const once = (finish: () => void) => {
        clearTimeout(timer);
        finish();
      };
      this.waiting.push({
        call,
        accounts,
        isOver: () => isOver,
        resolve: (reservation) => once(() => resolve(reservation)),
        reject: (error) => once(() => reject(error)),
      });
      this.schedule();
    });
  }

  /** Renews the shares of accounts, and ends reservations whose rows the ledger has. @throws what the database throws */
  async renew(accounts: readonly Account[]): Promise<void> {
    await this.inTurn(() => this.endRecorded());
    for (let start = 0; start < accounts.length; start += ROUND_WINDOWS) {
      await this.inTurn(() => this.round(accounts.slice(start, start + ROUND_WINDOWS), []));
    }
  }

  private schedule(): void {
    if (this.isRoundDue) return;
    this.isRoundDue = true;
    void this.inTurn(async () => {
      this.isRoundDue = false;
      const calls = this.take();
      if (this.waiting.length > 0) this.schedule();
      try {
        // What the ledger has counts there, and must not keep calls out a second time.
        if (this.props.now().getTime() - this.askedRecorded >= RECORDED_MS) await this.endRecorded();
        await this.round([...new Set(calls.flatMap((call) => call.accounts))], calls);
      } catch (cause) {
        const error = new BudgetsUnavailableError('the database does not answer.', { cause });
        for (const { reject } of calls) reject(error);
      }
    });
  }

  private take(): WaitingReservation[] {
    const taken: WaitingReservation[] = [];
    const windows = new Set<Account>();
    while (this.waiting[0] !== undefined && taken.length < ROUND_CALLS && windows.size < ROUND_WINDOWS) {
      const call = this.waiting.shift() as WaitingReservation;
      if (call.isOver()) continue;
      taken.push(call);
      for (const account of call.accounts) windows.add(account);
    }
    return taken;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  private async endRecorded(): Promise<void> {
    this.askedRecorded = this.props.now().getTime();
    await this.props.reservations.endRecorded(this.props.writes, this.askedRecorded);
  }

  private async round(accounts: readonly Account[], calls: readonly WaitingReservation[]): Promise<void> {
    if (accounts.length === 0) return;
    const since = this.props.now().getTime();
    const result = await this.transaction(accounts, calls);
    for (const account of accounts) {
      const share = result.shares.get(account);
      account.isStored = share !== undefined;
      account.leaseUntil = since + SHARE_MS;
      // A budget that was deleted has no share, and its calls need none.
      account.share = share ?? account.held;
    }
    for (const { account, kind } of result.occurred) account.notedEvents.add(kind);
    this.tell(result);
    if (result.events.length > 0) this.props.onEvents(result.events);
  }

  private async transaction(
    accounts: readonly Account[],
    calls: readonly WaitingReservation[],
  ): Promise<RoundResult> {
    const { isClosing } = this;
    const { listener } = this.props.reservations;
    for (let attempt = 1; ; attempt += 1) {
      const round = new ShareRound({ ...this.props, listener, isClosing }, accounts, calls);
      try {
        return await this.props.writes.transaction((client) => round.run(client));
      } catch (error) {
        round.undo();
        // Another pod may have removed an old window: it is opened again.
        for (const account of accounts) account.isStored = false;
        if (!RETRIED.has(sqlState(error)) || attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  }

  private tell({ granted, refused }: RoundResult): void {
    const now = this.props.now();
    for (const { call, reservation } of granted) {
      if (call.isOver()) reservation.release();
      else call.resolve(this.props.reservations.track(reservation));
    }
    for (const { call, account, left } of refused) {
      account.noteRefusal(left, now.getTime());
      const exceeded = { ...left, cost: call.call.worstCost, resetsAt: account.window.endsAt };
      call.reject(new BudgetExceededError(account.budget, exceeded, now));
    }
  }
}
