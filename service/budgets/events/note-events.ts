import type { Queryable } from '../../database/pools';
import { formatUsd, type PicoUsd } from '../../prices/money';
import type { BudgetEventKind } from '../budget';

/** Something that happened to a window. */
export interface BudgetOccurrence {
  readonly budgetId: string;
  readonly startsAt: Date;
  readonly kind: BudgetEventKind;
  /** 10^-12 USD. */
  readonly spent: PicoUsd;
}

export interface NoteEventsProps {
  /** A new UUIDv7 for each event. */
  readonly newId: () => string;
  /** Whether events also go to a topic. */
  readonly hasTopic: boolean;
}

const INSERT = `WITH noted AS (
  INSERT INTO budget_events (id, budget_id, starts_at, kind, spent_usd)
  SELECT n.id, b.id, n.starts_at, n.kind, n.spent
  FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::numeric[])
    AS n (id, budget_id, starts_at, kind, spent)
  JOIN budgets b ON b.id = n.budget_id ORDER BY n.budget_id, n.starts_at, n.kind
  ON CONFLICT (budget_id, starts_at, kind) DO NOTHING
  RETURNING id, budget_id, kind
), sent AS (
  INSERT INTO budget_deliveries (event_id, channel)
  SELECT e.id, c.channel FROM noted e JOIN budgets b ON b.id = e.budget_id
  CROSS JOIN (VALUES ('webhook'), ('topic')) AS c (channel)
  WHERE c.channel = 'webhook' AND b.webhook_url IS NOT NULL OR c.channel = 'topic' AND $6
)
SELECT kind FROM noted`;

/**
 * Notes events with what has to be delivered, in the transaction that found them. Of all pods one notes each kind of a
 * window.
 * @returns kinds of the events that are new
 */
export async function noteEvents(
  client: Queryable,
  occurrences: readonly BudgetOccurrence[],
  { newId, hasTopic }: NoteEventsProps,
): Promise<BudgetEventKind[]> {
  if (occurrences.length === 0) return [];
  const { rows } = await client.query<{ kind: BudgetEventKind }>('budget-note-events', INSERT, [
    occurrences.map(newId),
    occurrences.map(({ budgetId }) => budgetId),
    occurrences.map(({ startsAt }) => startsAt.toISOString()),
    occurrences.map(({ kind }) => kind),
    occurrences.map(({ spent }) => formatUsd(spent)),
    hasTopic,
  ]);
  return rows.map(({ kind }) => kind);
}

/** Bounds of a budget, 10^-12 USD. */
export interface BudgetBounds {
  readonly warning: PicoUsd | null;
  readonly limit: PicoUsd | null;
}

/** Kinds of events that a window's spending calls for. A limit of 0 is reached at once. */
export function kindsOf(spent: PicoUsd, { warning, limit }: BudgetBounds): BudgetEventKind[] {
  return [
    ...(warning !== null && spent >= warning ? (['warning'] as const) : []),
    ...(limit !== null && spent >= limit ? (['limit'] as const) : []),
  ];
}
