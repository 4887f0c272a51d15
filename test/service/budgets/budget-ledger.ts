import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal } from '../../../service/access/principal';
import type { BudgetEventKind } from '../../../service/budgets/budget';
import { SpendLimits } from '../../../service/budgets/spend/spend-limits';
import { WindowKeeper } from '../../../service/budgets/spend/window-keeper';
import { formatUsd } from '../../../service/prices/money';
import { RequestWriter } from '../../../service/requests/write/request-writer';
import { uuidV7 } from '../../../service/shared/uuid-v7';
import type { TestServer } from '../../lambda/database/postgres';
import { type Ledger, openLedger, PRICES } from '../requests/ledger';

/** A project with a principal that may do everything in it. */
export type Project = Principal & { readonly projectId: string };

/** Columns of a budget that tests set. */
export interface TestBudget {
  readonly scope?: 'project' | 'user' | 'key';
  readonly subject?: string;
  readonly period?: 'day' | 'month';
  readonly timeZone?: string;
  readonly warning?: string | null;
  readonly limit?: string | null;
  readonly webhook?: string | null;
}

/** 1 USD in 10^-12 USD. */
export const USD = 10n ** 12n;

/** A pod with its limits and its keeper of windows. */
export interface TestPod {
  readonly limits: SpendLimits;
  readonly keeper: WindowKeeper;
  readonly events: BudgetEventKind[];
  readonly errors: unknown[];
}

/** A ledger with budgets, and a clock that tests move. */
export class BudgetLedger {
  time = new Date('2026-11-15T12:30:00.000Z');
  readonly writer: RequestWriter;

  private constructor(readonly ledger: Ledger) {
    const { database } = ledger;
    this.writer = new RequestWriter({ database, prices: () => PRICES, now: this.now });
  }

  static async open(server: TestServer): Promise<BudgetLedger> {
    return new BudgetLedger(await openLedger(server));
  }

  readonly now = (): Date => this.time;

  /** A UUIDv7 of the clock's time. */
  readonly newId = (): string => uuidV7(this.time.getTime(), randomBytes(10));

  /** A pod; several share the database. */
  pod(database = this.ledger.database): TestPod {
    const events: BudgetEventKind[] = [];
    const errors: unknown[] = [];
    const { now, newId } = this;
    const onEvents = (kinds: readonly BudgetEventKind[]) => events.push(...kinds);
    const onError = (error: unknown) => errors.push(error);
    const limits = new SpendLimits({
      ...{ database, now, newId, onEvents, onError, podId: 'pod', holder: randomUUID() },
    });
    const { writes } = database;
    const keeper = new WindowKeeper({ writes, now, newId, hasTopic: false, onEvents, onError });
    return { limits, keeper, events, errors };
  }

  async budget(project: Project, budget: TestBudget): Promise<string> {
    const { scope = 'project', subject = '', period = 'day', timeZone = 'UTC' } = budget;
    const { warning = null, limit = null, webhook = null } = budget;
    const id = this.newId();
    await this.ledger.rows(
      `INSERT INTO budgets (id, project_id, scope, subject, period, time_zone, warning_usd, limit_usd, webhook_url,
         created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'test')`,
      [id, project.projectId, scope, subject, period, timeZone, warning, limit, webhook],
    );
    return id;
  }

  /** A call of a project's key that may cost so much. @param worstCost 10^-12 USD */
  call(project: Project, worstCost: bigint | null, user = 'ann') {
    const { projectId, keyId } = project;
    return { callId: this.newId(), project: projectId, keyId, user, worstCost, at: this.time };
  }

  /** Stores a row with this cost: at the prices of the tests a token of input costs a millionth of a dollar. */
  async record(project: Project, tokens: number, change: Record<string, unknown> = {}): Promise<string> {
    const record = {
      ...{ id: this.newId(), user: 'ann', provider: 'acme', model: 'm', status: 'completed', latency_ms: 1 },
      ...{ tokens: { input: tokens, output: 0 }, ...change },
    };
    const { rejected, ids } = await this.writer.write(project, [record]);
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
    return String(ids[0]);
  }

  /** What each window of a budget has spent and holds, USD, in the order of their begins. */
  async windows(budget: string): Promise<Record<string, unknown>[]> {
    return this.ledger.rows(
      `SELECT w.starts_at, w.is_final,
         (w.base + w.changes + (SELECT coalesce(sum(s.cost), 0) FROM budget_spend s
           WHERE s.budget_id = w.budget_id AND s.starts_at = w.starts_at))::numeric(28, 10)::text AS spent,
         (SELECT coalesce(sum(s.amount), 0) FROM budget_shares s WHERE s.budget_id = w.budget_id
           AND s.starts_at = w.starts_at)::numeric(28, 12)::text AS shares
       FROM budget_windows w WHERE w.budget_id = $1 ORDER BY 1`,
      [budget],
    );
  }

  /** What the ledger itself says that a project's rows of a time cost, USD. */
  async cost(project: Project, from: string, to: string, condition = 'true'): Promise<string> {
    const [row] = await this.ledger.rows(
      `SELECT coalesce(sum(cost), 0)::numeric(28, 10)::text AS cost FROM llm_requests
       WHERE project_id = $1 AND "timestamp" >= $2 AND "timestamp" < $3 AND ${condition}`,
      [project.projectId, from, to],
    );
    return String(row?.['cost']);
  }

  async close(): Promise<void> {
    await this.writer.close();
    await this.ledger.close();
  }
}

/** Money as the database shows it. @param pico 10^-12 USD */
export function usd(pico: bigint): string {
  return formatUsd(pico);
}
