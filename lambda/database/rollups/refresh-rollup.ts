import type { Client } from 'pg';

/** Key of the advisory lock: "rol" in ASCII, then 1. Advisory locks are per database. */
const LOCK_KEY = 0x72_6f_6c_01;

/** Result of a refresh. */
export type RefreshResult =
  | { readonly outcome: 'refreshed'; readonly rows: number }
  /** Another refresh is running; its result is recent enough. */
  | { readonly outcome: 'skipped'; readonly reason: 'another-refresh-runs' };

/**
 * Refreshes `user_cost_summary` while readers still read the old rows. Two refreshes never run at once: the second
 * would wait for the first and repeat its work. An interrupted refresh leaves the old rows.
 * @param client connected to the server itself, not to a pooler, because the lock belongs to the session
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
