import type { Queryable } from '../../database/pools';
import { type PicoUsd, parseUsd } from '../../prices/money';
import type { BudgetEventKind, BudgetPeriod, BudgetScope } from '../budget';

/** A budget with what its current window has spent. */
export interface BudgetRow {
  readonly id: string;
  readonly project_id: string;
  readonly scope: BudgetScope;
  /** Id of the user or the key; empty for the project. */
  readonly subject: string;
  readonly period: BudgetPeriod;
  readonly time_zone: string;
  /** USD, ten decimals. */
  readonly warning_usd: string | null;
  readonly limit_usd: string | null;
  readonly webhook_url: string | null;
  readonly created_at: Date;
  /** Id of the key that made it. */
  readonly created_by: string;
  /** Current window; null before it is open. */
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
  /** USD by the ledger. */
  readonly spent: string;
  /** USD held by pods for calls. */
  readonly reserved: string;
  /** Requests of the window that are not wholly priced. */
  readonly unpriced_requests: string;
  /** Whether `spent` is the ledger's sum to the last digit; otherwise the window has just been opened. */
  readonly is_final: boolean;
}

/** Something that has happened to a budget, and whether its receivers know. */
export interface BudgetEventRow {
  readonly id: string;
  readonly kind: BudgetEventKind;
  readonly at: Date;
  /** Begin of the window. */
  readonly starts_at: Date;
  readonly spent_usd: string;
  readonly deliveries: readonly {
    readonly channel: 'webhook' | 'topic';
    readonly attempts: number;
    readonly delivered_at: string | null;
    /** Null: delivered or given up. */
    readonly next_attempt_at: string | null;
    readonly last_error: string | null;
  }[];
}

/** Which budgets are read. */
export interface BudgetChoice {
  /** Project, a UUID; null: all. */
  readonly projectId: string | null;
  /** @default - any */
  readonly id?: string;
  /** The last id of the page before. @default - the first page */
  readonly cursor?: string;
  readonly limit: number;
}

const BUDGETS = `SELECT b.id, b.project_id, b.scope, b.subject, b.period, b.time_zone, b.warning_usd::text,
    b.limit_usd::text, b.webhook_url, b.created_at, b.created_by, w.starts_at, w.ends_at,
    coalesce(w.base + w.changes + s.cost, 0)::text AS spent, h.amount::text AS reserved,
    coalesce(w.base_unpriced + w.changes_unpriced + s.unpriced, 0)::text AS unpriced_requests,
    coalesce(w.is_final, false) AS is_final
  FROM budgets b
  LEFT JOIN budget_windows w ON w.budget_id = b.id AND w.starts_at <= $5 AND w.ends_at > $5
  LEFT JOIN LATERAL (SELECT coalesce(sum(cost), 0) AS cost, coalesce(sum(unpriced), 0) AS unpriced
    FROM budget_spend WHERE budget_id = w.budget_id AND starts_at = w.starts_at) s ON true
  LEFT JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM budget_shares
    WHERE budget_id = w.budget_id AND starts_at = w.starts_at AND lease_until > clock_timestamp()) h ON true
  WHERE ($1::uuid IS NULL OR b.project_id = $1) AND ($2::uuid IS NULL OR b.id = $2)
    AND ($3::uuid IS NULL OR b.id < $3)
  ORDER BY b.id DESC LIMIT $4`;

const EVENTS = `SELECT e.id, e.kind, e.at, e.starts_at, e.spent_usd::text,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('channel', d.channel, 'attempts', d.attempts,
        'delivered_at', d.delivered_at, 'next_attempt_at', d.next_attempt_at, 'last_error', d.last_error)
        ORDER BY d.channel), '[]')
      FROM budget_deliveries d WHERE d.event_id = e.id) AS deliveries
  FROM budget_events e WHERE e.budget_id = $1 ORDER BY e.id DESC LIMIT 100`;

/** Budgets with their windows of a moment, the newest first. One statement: spent and reserved are of one moment. */
export async function selectBudgets(
  client: Queryable,
  choice: BudgetChoice,
  now: Date,
): Promise<BudgetRow[]> {
  const { projectId, id = null, cursor = null, limit } = choice;
  const { rows } = await client.query<BudgetRow & Record<string, unknown>>('budget-list', BUDGETS, [
    projectId,
    id,
    cursor,
    limit,
    now,
  ]);
  return rows;
}

/** The newest 100 events of a budget. */
export async function selectEvents(client: Queryable, id: string): Promise<BudgetEventRow[]> {
  const { rows } = await client.query<BudgetEventRow & Record<string, unknown>>('budget-events', EVENTS, [
    id,
  ]);
  return rows;
}

/** Money of a row, 10^-12 USD. */
export function picoOf(text: string): PicoUsd {
  const pico = parseUsd(text);
  if (pico === undefined) throw new Error(`the database holds ${text} where money with 12 decimals belongs`);
  return pico;
}
