import type { Queryable } from '../../database/pools';
import { newRecordId } from '../record/record-id';

/** A record that is kept for 30 days, so that its sender can find the mistake. */
export interface RefusedRecord {
  readonly projectId: string;
  readonly receivedAt: Date;
  /** Where it came from, such as `api`. */
  readonly source: string;
  readonly code: string;
  readonly message: string;
  /** JSON without the prompt. */
  readonly record: string;
}

const INSERT = `INSERT INTO rejected_requests (id, project_id, received_at, source, code, message, record)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::jsonb[])`;

/** Stores refused records. */
export async function insertRefused(client: Queryable, refused: readonly RefusedRecord[]): Promise<void> {
  if (refused.length === 0) return;
  await client.query('rejected-insert', INSERT, [
    refused.map(({ receivedAt }) => newRecordId(receivedAt)),
    refused.map(({ projectId }) => projectId),
    refused.map(({ receivedAt }) => receivedAt.toISOString()),
    refused.map(({ source }) => source),
    refused.map(({ code }) => code),
    refused.map(({ message }) => message),
    refused.map(({ record }) => record),
  ]);
}
