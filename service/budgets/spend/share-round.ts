import type { Queryable } from '../../database/pools';
import type { BudgetEventKind } from '../budget';
import { type BudgetOccurrence, kindsOf, type NoteEventsProps, noteEvents } from '../events/note-events';
import type { Account, Refusal } from './account';
import { HeldReservation } from './reservation';
import { type Share, type ShareHolder, writeShares } from './share-store';
import { decide, roomOf, shareOf } from './shares';
import type { WaitingReservation } from './waiting-reservation';
import { foldSpend, lockWindows, openWindows, readWindows, type WindowState } from './window-store';

export interface ShareRoundProps extends NoteEventsProps {
  readonly holder: ShareHolder;
  readonly now: () => Date;
  /** Learns of each new state of a reservation. */
  readonly listener: (reservation: HeldReservation) => void;
  /** Whether nothing is taken in advance any more. */
  readonly isClosing: boolean;
}

/** What a round decided, to be told after its commit. */
export interface RoundResult {
  readonly shares: ReadonlyMap<Account, bigint>;
  readonly granted: readonly { readonly call: WaitingReservation; readonly reservation: HeldReservation }[];
  readonly refused: readonly {
    readonly call: WaitingReservation;
    readonly account: Account;
    readonly left: Refusal;
  }[];
  /** What was found to have happened, new or not. */
  readonly occurred: readonly { readonly account: Account; readonly kind: BudgetEventKind }[];
  /** Events that are new. */
  readonly events: readonly BudgetEventKind[];
}

/**
 * One transaction in which a pod asks for room for its calls: it locks the windows, adds up what the ledger noted,
 * decides about the calls, and writes its shares. While it has the locks no other pod's share grows.
 */
export class ShareRound {
  private granted: RoundResult['granted'][number][] = [];

  constructor(
    private readonly props: ShareRoundProps,
    private readonly accounts: readonly Account[],
    private readonly calls: readonly WaitingReservation[],
  ) {}

  /** Runs in the caller's transaction. Only its commit makes the result valid. */
  async run(client: Queryable): Promise<RoundResult> {
    const keys = this.accounts.map(({ key }) => key);
    await openWindows(
      client,
      this.accounts.filter(({ isStored }) => !isStored).map(({ key, window }) => ({ ...key, ...window })),
    );
    await lockWindows(client, keys);
    await foldSpend(client, keys);
    const states = await readWindows(client, keys, this.props.holder.holder);
    // From here to the next statement nothing else runs in this process: what is held cannot change.
    const outcome = this.decide(states);
    await writeShares(client, outcome.written, this.props.holder);
    const occurred = this.occurrences(states, outcome);
    return { ...outcome, occurred, events: await noteEvents(client, occurred, this.props) };
  }

  /** Gives back what was granted, because the transaction has failed. */
  undo(): void {
    for (const { reservation } of this.granted) reservation.release();
  }

  private decide(states: ReadonlyMap<string, WindowState>) {
    const { now, listener } = this.props;
    const rooms = new Map(
      this.accounts.flatMap((account) => {
        const state = states.get(account.name);
        return state === undefined ? [] : [[account.name, roomOf({ ...state, held: account.held })] as const];
      }),
    );
    const { granted } = this;
    const refused: RoundResult['refused'][number][] = [];
    const byName = new Map(this.accounts.map((account) => [account.name, account]));
    const waiting = this.calls.map((call) => ({
      windows: call.accounts.map(({ name }) => name),
      cost: call.call.worstCost,
    }));
    for (const [index, decision] of decide(rooms, waiting).entries()) {
      const call = this.calls[index] as WaitingReservation;
      if (decision.fits) {
        granted.push({ call, reservation: new HeldReservation(call.call, call.accounts, listener, now) });
      } else {
        const account = byName.get(decision.window) as Account;
        refused.push({ call, account, left: refusalOf(states.get(account.name) as WindowState, account) });
      }
    }
    return { ...this.shares(states), granted, refused };
  }

  /** New shares. A share that shrinks does so at once, so that no call uses what is being given back. */
  private shares(states: ReadonlyMap<string, WindowState>) {
    const time = this.props.now().getTime();
    const shares = new Map<Account, bigint>();
    const written: Share[] = [];
    for (const account of this.accounts) {
      const state = states.get(account.name);
      if (state === undefined) continue;
      const room = roomOf({ ...state, held: account.held });
      const demand = this.props.isClosing ? 0n : account.recentDemand(time);
      const share = shareOf(room, account.held, demand);
      if (share < account.share) account.share = share;
      shares.set(account, share);
      written.push({ ...account.key, amount: share });
    }
    return { shares, written };
  }

  private occurrences(states: ReadonlyMap<string, WindowState>, { refused }: Pick<RoundResult, 'refused'>) {
    const full = new Set(refused.map(({ account }) => account));
    return this.accounts.flatMap((account) => {
      const state = states.get(account.name);
      if (state === undefined) return [];
      const kinds = new Set(kindsOf(state.spent, state));
      // Calls that do not fit are refused long before the last cent is spent.
      if (full.has(account)) kinds.add('limit');
      return [...kinds]
        .filter((kind) => !account.notedEvents.has(kind))
        .map((kind): BudgetOccurrence & { account: Account } => ({
          ...account.key,
          account,
          kind,
          spent: state.spent,
        }));
    });
  }
}

function refusalOf(state: WindowState, account: Account): Refusal {
  const { spent, others } = state;
  const limit = state.limit ?? 0n;
  const held = others + account.held;
  return { limit, spent, held, room: limit - spent - held };
}
