import type { Client } from 'pg';
import { DATABASE_ROLES } from '../constants';

/** Rows of one statement. */
const SLICE_ROWS = 10_000;

/** Rows that are kept for a time only: table, and which of its rows have expired. */
const EXPIRED: readonly (readonly [table: string, condition: string])[] = [
  // Clients retry within minutes; a week also covers a queue that stood still over a weekend.
  ['idempotency_keys', `first_seen < now() - interval '7 days'`],
  // Long enough to see and repair what a sender does wrong.
  ['rejected_requests', `received_at < now() - interval '30 days'`],
  ['sessions', 'expires_at < now()'],
  ['used_logins', 'expires_at < now()'],
  // A pod writes its status every 10 s.
  ['pods', `seen_at < now() - interval '1 day'`],
  ['pod_commands', `created_at < now() - interval '7 days'`],
  // The gateway deletes what is gone within minutes; these are left where no gateway runs any more.
  [
    'gateway_instances',
    `renewed_at < now() - interval '1 day' AND NOT EXISTS (
       SELECT FROM public.calls_under_way c WHERE c.instance_id = gateway_instances.instance_id)`,
  ],
];

/**
 * Deletes the rows whose time is over, in slices.
 * @param hasTime whether there is time for another slice; the next run goes on
 * @returns number of deleted rows by table
 */
export async function deleteExpired(client: Client, hasTime: () => boolean): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {};
  await client.query(`SET ROLE ${DATABASE_ROLES.owner}`);
  try {
    for (const [table, condition] of EXPIRED) {
      let total = 0;
      for (let rows = SLICE_ROWS; rows === SLICE_ROWS && hasTime(); total += rows) {
        const { rowCount } = await client.query(
          `DELETE FROM public.${table} WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM public.${table} WHERE ${condition} LIMIT ${SLICE_ROWS}))`,
        );
        rows = rowCount ?? 0;
      }
      deleted[table] = total;
    }
    return deleted;
  } finally {
    await client.query('RESET ROLE').catch(() => undefined);
  }
}
