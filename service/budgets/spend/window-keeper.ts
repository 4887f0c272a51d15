import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, Queryable } from '../../database/pools';
import type { BudgetEventKind, BudgetPeriod, BudgetScope } from '../budget';
import { kindsOf, type NoteEventsProps, noteEvents } from '../events/note-events';
import { windowOf } from '../windows';
import { foldSpend, openWindows, readWindows, setBase, toKey } from './window-store';

export interface WindowKeeperProps extends NoteEventsProps {
  readonly writes: Pool;
  readonly now: () => Date;
  /** Learns of each event that this pod has noted. */
  readonly onEvents: (kinds: readonly BudgetEventKind[]) => void;
  /** Learns of failures. */
  readonly onError: (error: unknown) => void;
}

/** Time between two rounds of a pod, ms. */
const ROUND_MS = 5000;

/** Most windows of one statement. */
const MOST_WINDOWS = 200;

/** How long windows are kept after their end, days: longer than the longest window. */
const KEPT_DAYS = 40;

/** Time between two removals of old windows, ms. */
const PRUNE_MS = 10 * 60_000;

/** No process has this id, so every share is another's. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

// Pods skip what another pod has locked, so that they share the work.
const NOT_OPEN = `SELECT id, period, time_zone FROM budgets WHERE opened_until IS NULL OR opened_until <= $1
  ORDER BY opened_until NULLS FIRST LIMIT ${MOST_WINDOWS} FOR NO KEY UPDATE SKIP LOCKED`;

const OPENED = `UPDATE budgets b SET opened_until = k.ends_at
  FROM unnest($1::uuid[], $2::timestamptz[]) AS k (id, ends_at) WHERE b.id = k.id`;

/** Marks windows that are visible, so committed: only transactions before this one may not have known of them. */
const SET_BARRIERS = `UPDATE budget_windows SET barrier = pg_current_xact_id()
  WHERE (budget_id, starts_at) IN (SELECT budget_id, starts_at FROM budget_windows
    WHERE NOT is_final AND barrier IS NULL LIMIT ${MOST_WINDOWS} FOR NO KEY UPDATE SKIP LOCKED)`;

const PASSED_BARRIERS = `SELECT budget_id, starts_at, scope FROM budget_windows
  WHERE NOT is_final AND barrier <= pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY budget_id, starts_at LIMIT ${MOST_WINDOWS} FOR NO KEY UPDATE SKIP LOCKED`;

const WITH_SPEND = `SELECT w.budget_id, w.starts_at FROM budget_windows w
  JOIN (SELECT DISTINCT budget_id, starts_at FROM budget_spend LIMIT ${MOST_WINDOWS}) s USING (budget_id, starts_at)
  ORDER BY w.budget_id, w.starts_at LIMIT ${MOST_WINDOWS} FOR NO KEY UPDATE OF w SKIP LOCKED`;

const PRUNE = `WITH windows AS (
  DELETE FROM budget_windows WHERE ends_at < $1::timestamptz - make_interval(days => ${KEPT_DAYS})
), shares AS (
  DELETE FROM budget_shares WHERE lease_until < clock_timestamp()
)
DELETE FROM budget_spend s WHERE NOT EXISTS (SELECT FROM budget_windows w
  WHERE w.budget_id = s.budget_id AND w.starts_at = s.starts_at)`;

interface KeyRow {
  readonly budget_id: string;
  readonly starts_at: Date;
}

/**
 * Keeps windows up to date beside the calls: it opens the windows of budgets that nobody calls, makes new windows exact,
 * adds up what the ledger noted, and notes warnings. Each pod runs one; they share the work.
 */
export class WindowKeeper {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private prunedAt = 0;

  constructor(private readonly props: WindowKeeperProps) {}

  /** Begins to keep windows. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends after the statement under way. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** One round of everything. @throws what the database throws */
  async keep(): Promise<void> {
    const { writes, now } = this.props;
    const { rows } = await writes.query<{ some: boolean }>(
      'budget-any',
      'SELECT EXISTS (SELECT FROM budgets) AS some',
    );
    if (rows[0]?.some) {
      await this.open();
      await writes.query('budget-barriers', SET_BARRIERS);
      await this.finalize();
      await this.fold();
    }
    const time = now();
    if (time.getTime() - this.prunedAt < PRUNE_MS) return;
    await writes.query('budget-prune', PRUNE, [time]);
    this.prunedAt = time.getTime();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.keep().catch(this.props.onError);
      await sleep(ROUND_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async open(): Promise<void> {
    const now = this.props.now();
    await this.inTransaction(async (client) => {
      const { rows } = await client.query<
        { id: string; period: BudgetPeriod; time_zone: string } & Record<string, unknown>
      >('budget-not-open', NOT_OPEN, [now]);
      const windows = rows.map(({ id, period, time_zone }) => ({
        budgetId: id,
        ...windowOf(period, time_zone, now),
      }));
      if (windows.length === 0) return [];
      await openWindows(client, windows);
      await client.query('budget-opened', OPENED, [
        windows.map(({ budgetId }) => budgetId),
        windows.map(({ endsAt }) => endsAt.toISOString()),
      ]);
      return windows;
    });
  }

  private async finalize(): Promise<void> {
    await this.inTransaction(async (client) => {
      const { rows } = await client.query<KeyRow & { scope: BudgetScope } & Record<string, unknown>>(
        'budget-passed-barriers',
        PASSED_BARRIERS,
      );
      await setBase(client, rows, true);
      return rows.map(toKey);
    });
  }

  private async fold(): Promise<void> {
    await this.inTransaction(async (client) => {
      const { rows } = await client.query<KeyRow & Record<string, unknown>>('budget-with-spend', WITH_SPEND);
      const keys = rows.map(toKey);
      if (keys.length > 0) await foldSpend(client, keys);
      return keys;
    });
  }

  /** Works on windows that it locks, and notes what has happened to them. */
  private async inTransaction(
    work: (client: Queryable) => Promise<readonly { budgetId: string; startsAt: Date }[]>,
  ): Promise<void> {
    const events = await this.props.writes.transaction(async (client) => {
      const keys = await work(client);
      if (keys.length === 0) return [];
      const states = await readWindows(client, keys, NOBODY);
      const occurred = [...states.values()].flatMap((state) =>
        kindsOf(state.spent, state).map((kind) => ({ ...state, kind })),
      );
      return noteEvents(client, occurred, this.props);
    });
    if (events.length > 0) this.props.onEvents(events);
  }
}
