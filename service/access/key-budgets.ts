import type { Queryable } from '../database/pools';
import { newId } from './access-props';

/** Which key's budgets are copied for which. */
export interface BudgetCopy {
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly now: Date;
}

const COPY = `INSERT INTO budgets (id, project_id, scope, subject, period, time_zone, warning_usd, limit_usd, webhook_url,
    created_at, created_by)
  SELECT k.id, b.project_id, b.scope, $3, b.period, b.time_zone, b.warning_usd, b.limit_usd, b.webhook_url, $4, $5
  FROM unnest($1::uuid[], $2::uuid[]) AS k (id, former) JOIN budgets b ON b.id = k.former`;

/**
 * Gives a key the budgets of the key that it replaces, so that a rotation ends no limit. Each key counts what it spends
 * itself; together they may spend twice the amount in the window of the rotation.
 */
export async function copyKeyBudgets(client: Queryable, copy: BudgetCopy): Promise<void> {
  const { from, to, actor, now } = copy;
  const { rows } = await client.query<{ id: string }>(
    'key-budgets',
    `SELECT id FROM budgets WHERE scope = 'key' AND subject = $1
       AND project_id = (SELECT project_id FROM api_keys WHERE id = $2)`,
    [from, to],
  );
  if (rows.length === 0) return;
  const values = [rows.map(() => newId(now)), rows.map(({ id }) => id), to, now, actor];
  await client.query('key-copy-budgets', COPY, values);
}
