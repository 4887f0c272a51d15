import { z } from 'zod';
import { BUDGET_EVENTS, BUDGET_PERIODS, BUDGET_SCOPES } from '../../budgets/budget';
import { projectedUsd } from '../../budgets/projection';
import { type BudgetEventRow, type BudgetRow, picoOf } from '../../budgets/store/budget-rows';
import { windowOf } from '../../budgets/windows';
import { formatUsd } from '../../prices/money';
import { timestampSchema } from '../schemas';

export const budgetSchema = z
  .object({
    id: z.uuid(),
    project: z.uuid(),
    scope: z.enum(BUDGET_SCOPES),
    user: z.string().nullable(),
    key: z.string().nullable(),
    window: z.enum(BUDGET_PERIODS),
    time_zone: z.string(),
    warning_usd: z.string().nullable(),
    limit_usd: z.string().nullable(),
    webhook_host: z
      .string()
      .nullable()
      .describe('Host of the webhook; its URL may hold a secret and is not shown'),
    starts_at: timestampSchema.describe('Begin of the current window'),
    resets_at: timestampSchema.describe('End of the current window'),
    spent_usd: z.string().describe('Cost of the requests that began in the window, as the ledger has it'),
    spent_is_exact: z
      .boolean()
      .describe('False for some seconds after the window was opened: requests under way may be missing'),
    unpriced_requests: z
      .int()
      .describe('Requests of the window that have no price, or not for all of their usage'),
    reserved_usd: z.string().describe('Held for calls under way, and taken in advance by pods'),
    remaining_usd: z.string().nullable().describe('What is left of the limit; null without one'),
    projected_usd: z
      .string()
      .nullable()
      .describe('Cost at the end of the window at its rate so far; null in its first 48th'),
    created_at: timestampSchema,
    created_by: z.string(),
  })
  .meta({ id: 'Budget' });

const eventSchema = z.object({
  id: z.uuid(),
  kind: z.enum(BUDGET_EVENTS).describe('`limit`: the limit is reached, or has refused a call'),
  at: timestampSchema,
  window_starts_at: timestampSchema,
  spent_usd: z.string().describe('At that moment'),
  deliveries: z.array(
    z.object({
      channel: z.enum(['webhook', 'topic']),
      state: z.enum(['waiting', 'delivered', 'failed']),
      attempts: z.int(),
      last_error: z.string().nullable(),
    }),
  ),
});

export const budgetWithEventsSchema = budgetSchema
  .extend({ events: z.array(eventSchema).describe('The newest 100') })
  .meta({ id: 'BudgetWithEvents' });

/** A budget as answers show it. @param now the moment of its projection */
export function toAnswer(row: BudgetRow, now: Date): z.output<typeof budgetSchema> {
  const { id, scope, subject, warning_usd, limit_usd, time_zone, created_at, created_by } = row;
  const window = windowOf(row.period, time_zone, now);
  const [spent, reserved] = [picoOf(row.spent), picoOf(row.reserved)];
  const projected = projectedUsd(spent, window, now);
  const left = limit_usd === null ? null : picoOf(limit_usd) - spent - reserved;
  return {
    ...{ id, project: row.project_id, scope },
    user: scope === 'user' ? subject : null,
    key: scope === 'key' ? subject : null,
    ...{ window: row.period, time_zone, warning_usd, limit_usd },
    webhook_host: row.webhook_url === null ? null : new URL(row.webhook_url).host,
    starts_at: window.startsAt.toISOString(),
    resets_at: window.endsAt.toISOString(),
    spent_usd: formatUsd(spent),
    spent_is_exact: row.is_final,
    unpriced_requests: Number(row.unpriced_requests),
    reserved_usd: formatUsd(reserved),
    remaining_usd: left === null ? null : formatUsd(left > 0n ? left : 0n),
    projected_usd: projected === null ? null : formatUsd(projected),
    ...{ created_at: created_at.toISOString(), created_by },
  };
}

/** An event as answers show it. */
export function eventAnswer(event: BudgetEventRow): z.output<typeof eventSchema> {
  const { id, kind, at, starts_at, spent_usd, deliveries } = event;
  return {
    ...{ id, kind, spent_usd },
    at: at.toISOString(),
    window_starts_at: starts_at.toISOString(),
    deliveries: deliveries.map(({ channel, attempts, last_error, delivered_at, next_attempt_at }) => ({
      ...{ channel, attempts, last_error },
      state: delivered_at !== null ? 'delivered' : next_attempt_at !== null ? 'waiting' : 'failed',
    })),
  };
}
