import type { Client } from 'pg';
import { timeOfId } from '../../service/requests/record/record-id';
import { stateOf } from '../../service/requests/record/request-states';
import { type StoredCall, UNKNOWN_KEY } from './repair';

const STORED = `SELECT r.id, r.project_id, r.key_id, r.user_id, r.provider, r.model, r.service_tier, r.tags, r.status,
    r.error_code
  FROM unnest($1::uuid[], $2::timestamptz[]) AS k (id, "timestamp")
  JOIN llm_requests r ON r.id = k.id AND r."timestamp" = k."timestamp"`;

interface Row {
  readonly id: string;
  readonly project_id: string;
  readonly key_id: string | null;
  readonly user_id: string;
  readonly provider: string;
  readonly model: string;
  readonly service_tier: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  readonly error_code: string | null;
}

/** Rows of calls by id; a call without a row is not in it. @param ids UUIDv7s, at most some thousands */
export async function storedCalls(client: Client, ids: readonly string[]): Promise<Map<string, StoredCall>> {
  const times = ids.map((id) => timeOfId(id).toISOString());
  const { rows } = await client.query<Row>(STORED, [ids, times]);
  return new Map(rows.map((row) => [row.id, storedCall(row)]));
}

function storedCall({ id, project_id, key_id, user_id, service_tier, ...row }: Row): StoredCall {
  // A row that has not ended has one of the two.
  const state = stateOf({ status: row.status, errorCode: row.error_code });
  return {
    projectId: project_id,
    keyId: key_id ?? UNKNOWN_KEY,
    record: {
      ...{ id, user: user_id, provider: row.provider, model: row.model, service_tier, tags: row.tags },
    },
    state: state === 'absent' ? 'ended' : state,
  };
}
