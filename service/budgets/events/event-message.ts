import type { BudgetEventKind, BudgetPeriod, BudgetScope } from '../budget';

/** What receivers of an event get. Fields are added, never changed. */
export interface EventMessage {
  /** Id of the event: the same at each attempt, so that a receiver knows one it has had. */
  readonly id: string;
  readonly type: `budget.${BudgetEventKind}`;
  /** RFC 3339. */
  readonly at: string;
  /** USD at that moment. */
  readonly spent_usd: string;
  readonly window_starts_at: string;
  readonly budget: {
    readonly id: string;
    readonly project: string;
    readonly scope: BudgetScope;
    readonly user: string | null;
    readonly key: string | null;
    readonly window: BudgetPeriod;
    readonly time_zone: string;
    readonly warning_usd: string | null;
    readonly limit_usd: string | null;
  };
}

/** An event that is due, as the database returns it. */
export interface DueRow {
  readonly event_id: string;
  readonly channel: 'webhook' | 'topic';
  /** This attempt included. */
  readonly attempts: number;
  readonly kind: BudgetEventKind;
  readonly at: Date;
  readonly starts_at: Date;
  readonly spent_usd: string;
  readonly budget_id: string;
  readonly project_id: string;
  readonly scope: BudgetScope;
  readonly subject: string;
  readonly period: BudgetPeriod;
  readonly time_zone: string;
  readonly warning_usd: string | null;
  readonly limit_usd: string | null;
  readonly webhook_url: string | null;
}

/** Message of a row. */
export function messageOf(row: DueRow): EventMessage {
  const { scope, subject, time_zone, warning_usd, limit_usd } = row;
  return {
    id: row.event_id,
    type: `budget.${row.kind}`,
    at: row.at.toISOString(),
    spent_usd: row.spent_usd,
    window_starts_at: row.starts_at.toISOString(),
    budget: {
      ...{ id: row.budget_id, project: row.project_id, scope },
      user: scope === 'user' ? subject : null,
      key: scope === 'key' ? subject : null,
      ...{ window: row.period, time_zone, warning_usd, limit_usd },
    },
  };
}
