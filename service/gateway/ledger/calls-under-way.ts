import type { QueryResultRow } from 'pg';
import type { Queryable } from '../../database/pools';
import type { CallRecord, LedgerRecord } from './journal-entry';

/** A process of the gateway, by whose lease others see that it is alive. */
export interface Instance {
  /** Random UUID. */
  readonly id: string;
  readonly podName: string;
}

/** Calls of one statement. */
export const MAX_CALLS = 500;

const RENEWAL = `INSERT INTO gateway_instances (instance_id, pod_id) VALUES ($1, $2)
  ON CONFLICT (instance_id) DO UPDATE SET renewed_at = now()`;

// Calls refer to their instance, which another process may have deleted while this one could not renew its lease.
const INSERT = `WITH instance AS (${RENEWAL})
  INSERT INTO calls_under_way (call_id, instance_id, project_id, key_id, record)
  SELECT call_id, $1::uuid, project_id, key_id, record
  FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::jsonb[]) AS n (call_id, project_id, key_id, record)
  ORDER BY call_id
  ON CONFLICT DO NOTHING`;

const DELETE = 'DELETE FROM calls_under_way WHERE call_id = ANY ($1::uuid[])';

const IS_GONE = `i.renewed_at < now() - $1::double precision * interval '1 millisecond'`;

const GONE = `SELECT c.project_id, c.key_id, c.record
  FROM gateway_instances i JOIN calls_under_way c ON c.instance_id = i.instance_id
  WHERE ${IS_GONE} ORDER BY c.call_id LIMIT ${MAX_CALLS}`;

const HAS_NO_CALL = 'NOT EXISTS (SELECT FROM calls_under_way c WHERE c.instance_id = i.instance_id)';

const DELETE_GONE = `DELETE FROM gateway_instances i WHERE ${IS_GONE} AND ${HAS_NO_CALL}`;

const DELETE_INSTANCE = `DELETE FROM gateway_instances i WHERE i.instance_id = $1 AND ${HAS_NO_CALL}`;

interface GoneRow extends QueryResultRow {
  readonly project_id: string;
  readonly key_id: string;
  /** What a process of this service wrote; whoever stores it checks it again. */
  readonly record: LedgerRecord;
}

/** Renews the lease of a process by the database's clock, or begins it. */
export async function renewInstance(database: Queryable, { id, podName }: Instance): Promise<void> {
  await database.query('gateway-instance-renew', RENEWAL, [id, podName]);
}

/** Deletes a process that ends, unless a call of it is under way. */
export async function deleteInstance(database: Queryable, { id }: Instance): Promise<void> {
  await database.query('gateway-instance-delete', DELETE_INSTANCE, [id]);
}

/**
 * Notes that a process has calls under way.
 * @param calls with the records that end them if the process is gone
 */
export async function insertCalls(
  database: Queryable,
  { id, podName }: Instance,
  calls: readonly CallRecord[],
): Promise<void> {
  await database.query('calls-under-way-insert', INSERT, [
    ...[id, podName, calls.map(({ record }) => record.id)],
    ...[calls.map(({ projectId }) => projectId), calls.map(({ keyId }) => keyId)],
    calls.map(({ record }) => JSON.stringify(record)),
  ]);
}

/** Forgets calls that have ended; ids without a row are no error. */
export async function deleteCalls(database: Queryable, callIds: readonly string[]): Promise<void> {
  if (callIds.length > 0) await database.query('calls-under-way-delete', DELETE, [callIds]);
}

/** Calls of processes whose lease is older than `leaseMs`, at most 500. */
export async function goneCalls(database: Queryable, leaseMs: number): Promise<CallRecord[]> {
  const { rows } = await database.query<GoneRow>('calls-under-way-gone', GONE, [leaseMs]);
  return rows.map(({ project_id: projectId, key_id: keyId, record }) => ({ projectId, keyId, record }));
}

/** Deletes processes whose lease is older than `leaseMs` and that have no call under way. */
export async function deleteGoneInstances(database: Queryable, leaseMs: number): Promise<void> {
  await database.query('gateway-instances-delete', DELETE_GONE, [leaseMs]);
}
