import type { Database } from '../../database/pools';
import type { PicoUsd } from '../../prices/money';
import { isRecordId } from '../../requests/record/record-id';
import type { BudgetEventKind, LimitedBudget } from '../budget';
import { windowOf } from '../windows';
import { Account } from './account';
import { BudgetSets } from './budget-sets';
import { BudgetExceededError, UnpricedModelError } from './errors';
import { LiveReservations } from './live-reservations';
import { HeldReservation, type Reservation, type ReservedCall } from './reservation';
import { RoundQueue } from './round-queue';
import { windowName } from './window-key';

/** A call that wants to spend. */
export interface SpendingCall {
  /** Id of the call's row in the ledger, a UUIDv7 whose time is `at`. */
  readonly callId: string;
  /** Project of the key, a UUID. */
  readonly project: string;
  readonly keyId: string;
  /** The row's user. */
  readonly user: string;
  /** Most that the call can cost, 10^-12 USD; null for a model without a price. */
  readonly worstCost: PicoUsd | null;
  /** Start of the call: it counts in the window of its start, whenever it ends. */
  readonly at: Date;
}

export interface SpendLimitsProps {
  readonly database: Pick<Database, 'reads' | 'writes'>;
  readonly now: () => Date;
  /** Name of the pod. */
  readonly podId: string;
  /** A UUID of this process. */
  readonly holder: string;
  /** A new UUIDv7 for each event. */
  readonly newId: () => string;
  /** Whether events also go to a topic. @default false */
  readonly hasTopic?: boolean;
  /** Learns of each event that this pod has noted. @default - nobody */
  readonly onEvents?: (kinds: readonly BudgetEventKind[]) => void;
  /** Learns of failures that no caller sees. @default - nobody */
  readonly onError?: (error: unknown) => void;
}

/** Time between two renewals of the shares, ms. */
const RENEW_MS = 5000;

/** What an unpriced call has to find room for where it is allowed: a limit that is used up refuses it, too. */
const UNPRICED_COST = 1n;

/**
 * Holds calls to the limits of their budgets.
 *
 * **What counts.** A window's spending is the ledger's: triggers note each change of `llm_requests` in the transaction
 * of the change, so requests of the gateway, records that were sent, repricing and late ends all count, each once.
 * `spent` is exact for every snapshot of the database once the window is final, some seconds after it was opened.
 *
 * **What is held.** A call holds its worst case from `reserve` on, its actual cost from `settle` on, and nothing more
 * as soon as the ledger has its row. The pod holds a share in the database that covers all of that, so a cost is never
 * in neither of the two; between the row's arrival and the pod's next renewal (5 s) it may be in both, which refuses
 * a call too many near the limit, never one too few.
 *
 * **How exact the limit is.** `spent + shares <= limit` whenever a share grows, over all pods. More can be spent only by
 * what nobody reserved: records that are sent to the ledger, calls that cost more than their worst case, a limit that
 * is lowered below what is spent (other pods keep their shares for up to 5 s), and a pod that is cut off from the
 * database for a minute while its calls go on.
 *
 * **Dead pods.** Their shares end a minute after the last renewal, by the database's clock. What they spent is in the
 * ledger then, except for calls whose rows are still in the journal of the dead pod or are not yet swept: these count
 * from the moment their rows are written.
 */
export class SpendLimits {
  private readonly sets: BudgetSets;
  private readonly accounts = new Map<string, Account>();
  private readonly reservations = new LiveReservations();
  private readonly rounds: RoundQueue;
  private renewing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly props: SpendLimitsProps) {
    const { database, now, newId, podId, holder, hasTopic = false } = props;
    this.sets = new BudgetSets({ reads: database.reads, now });
    this.rounds = new RoundQueue({
      ...{ now, newId, hasTopic, writes: database.writes, reservations: this.reservations },
      holder: { holder, podId },
      onEvents: (kinds) => props.onEvents?.(kinds),
    });
  }

  /** Begins to renew shares. */
  start(): void {
    this.timer ??= setInterval(() => void this.renew(), RENEW_MS);
    this.timer.unref();
  }

  /** Calls that are under way under a limit, and those that ended and whose rows the ledger does not have yet. */
  get counts(): { readonly open: number; readonly settled: number } {
    return { open: this.reservations.openCount, settled: this.reservations.settledCount };
  }

  /**
   * Holds the worst case of a call in all budgets that it belongs to, or in none.
   * @returns null where no limit applies; nothing was asked then
   * @throws BudgetExceededError where a budget has no room
   * @throws UnpricedModelError for a model without a price, unless the project allows it
   * @throws BudgetsUnavailableError where the database is away or takes longer than 5 s
   */
  async reserve(call: SpendingCall): Promise<Reservation | null> {
    const { limits, allowUnpriced } = await this.sets.limitsOf(call);
    const [first] = limits;
    if (first === undefined) return null;
    if (!isRecordId(call.callId)) {
      throw new TypeError(`'callId' must be the UUIDv7 of the call's row, got '${call.callId}'`);
    }
    // Read once, and only where a limit applies: it may be a getter that computes it.
    const { worstCost } = call;
    if (worstCost === null && !allowUnpriced) throw new UnpricedModelError(first);
    const accounts = limits.map((budget) => this.accountOf(budget, call.at));
    return this.hold({ callId: call.callId, worstCost: worstCost ?? UNPRICED_COST }, accounts);
  }

  /** Lets a change of a project's budgets count in this pod at once. Other pods follow within 10 s. */
  forget(project: string): void {
    this.sets.forget(project);
  }

  /**
   * Renews the shares of this pod, ends reservations whose rows the ledger has, and gives back what is not needed.
   * `start` does so every 5 s.
   */
  renew(): Promise<void> {
    this.renewing ??= this.renewAll().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  /**
   * Ends the renewals and gives back what no call holds. What is settled, but not in the ledger yet, stays held in the
   * database for a minute: close the ledger's writer first.
   */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    this.rounds.isClosing = true;
    await this.renew();
  }

  private async renewAll(): Promise<void> {
    this.reservations.expireOpen(this.props.now().getTime());
    const accounts = [...this.accounts.values()];
    try {
      await this.rounds.renew(accounts);
    } catch (error) {
      this.props.onError?.(error);
    }
    for (const account of accounts) this.dropIdle(account);
  }

  private hold(call: ReservedCall, accounts: readonly Account[]): Reservation | Promise<Reservation> {
    const now = this.props.now();
    const time = now.getTime();
    for (const account of accounts) account.noteDemand(call.worstCost, time);
    if (accounts.every((account) => account.hasRoom(call.worstCost, time))) {
      const { listener } = this.reservations;
      return this.reservations.track(new HeldReservation(call, accounts, listener, this.props.now));
    }
    for (const account of accounts) {
      const left = account.recentRefusal(call.worstCost, time);
      if (left === undefined) continue;
      const exceeded = { ...left, cost: call.worstCost, resetsAt: account.window.endsAt };
      throw new BudgetExceededError(account.budget, exceeded, now);
    }
    return this.rounds.ask(call, accounts);
  }

  private accountOf(budget: LimitedBudget, at: Date): Account {
    const window = windowOf(budget.period, budget.timeZone, at);
    const name = windowName({ budgetId: budget.id, startsAt: window.startsAt });
    let account = this.accounts.get(name);
    if (account === undefined) {
      account = new Account(budget, window);
      this.accounts.set(name, account);
    }
    return account;
  }

  private dropIdle(account: Account): void {
    if (account.held === 0n && account.share <= 0n && !account.isAsked) this.accounts.delete(account.name);
    account.isAsked = false;
  }
}
