import type { Client } from 'pg';

/** Key of the advisory lock, "rol" and a number of ours; one a database. */
const LOCK_KEY = 0x72_6f_6c_01;

/** How a refresh ended. */
export type RefreshResult =
  | { readonly outcome: 'refreshed'; readonly rows: number }
  /** Another refresh runs; its result will do. */
  | { readonly outcome: 'skipped'; readonly reason: 'another-refresh-runs' };

/**
 * Computes `user_cost_summary` anew while readers read the old one. Never twice at once: the second would only wait
 * for the first and do the same work again. A refresh that is cut short leaves the old rows.
 * @param client connected to the server itself, for the lock is the session's
 */
export async function refreshRollup(client: Client): Promise<RefreshResult> {
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
  if (!rows[0].taken) return { outcome: 'skipped', reason: 'another-refresh-runs' };
  try {
    await client.query('REFRESH MATERIALIZED VIEW CONCURRENTLY public.user_cost_summary');
    const counted = await client.query('SELECT count(*)::int AS rows FROM public.user_cost_summary');
    return { outcome: 'refreshed', rows: counted.rows[0].rows };
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
  }
}
