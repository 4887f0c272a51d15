import type { Queryable } from '../../database/pools';

/** A call with an `Idempotency-Key`. */
export interface KeyedCall {
  readonly projectId: string;
  readonly key: string;
  /** Time of this arrival; stored if it is the first. */
  readonly arrivedAt: Date;
  /** SHA-256 of the call's records. */
  readonly bodyHash: Buffer;
}

/** First arrival of a key. */
export interface FirstArrival {
  readonly firstSeen: Date;
  readonly bodyHash: Buffer;
}

const INSERT = `INSERT INTO idempotency_keys (project_id, key, first_seen, body_hash)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bytea[]) AS n (p, k, t, h) ORDER BY p, k
  ON CONFLICT DO NOTHING`;

// A statement of its own: it sees what a concurrent transaction committed while the insert waited for it.
const SELECT = `SELECT i.project_id, i.key, i.first_seen, i.body_hash
  FROM unnest($1::uuid[], $2::text[]) AS n (p, k) JOIN idempotency_keys i ON i.project_id = n.p AND i.key = n.k`;

interface KeyRow {
  readonly project_id: string;
  readonly key: string;
  readonly first_seen: Date;
  readonly body_hash: Buffer;
}

/**
 * First arrival of each call's key, which is this one unless the key is known. Concurrent calls with the same key wait
 * for each other until the first one's transaction ends.
 */
export async function firstArrivals(client: Queryable, calls: readonly KeyedCall[]): Promise<FirstArrival[]> {
  if (calls.length === 0) return [];
  const projects = calls.map(({ projectId }) => projectId);
  const keys = calls.map(({ key }) => key);
  await client.query('idempotency-insert', INSERT, [
    ...[projects, keys],
    calls.map(({ arrivedAt }) => arrivedAt.toISOString()),
    calls.map(({ bodyHash }) => bodyHash),
  ]);
  const { rows } = await client.query<KeyRow>('idempotency-select', SELECT, [projects, keys]);
  const byKey = new Map(rows.map((row) => [`${row.project_id} ${row.key}`, row]));
  return calls.map((call) => {
    const row = byKey.get(`${call.projectId} ${call.key}`);
    return row === undefined
      ? { firstSeen: call.arrivedAt, bodyHash: call.bodyHash }
      : { firstSeen: row.first_seen, bodyHash: row.body_hash };
  });
}
