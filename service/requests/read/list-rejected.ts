import type { Queryable } from '../../database/pools';

/** A record that could not be stored, without its prompt. Kept for 30 days. */
export interface RejectedRow {
  readonly id: string;
  readonly project_id: string;
  readonly received_at: Date;
  /** Where the record came from, such as `api`. */
  readonly source: string;
  readonly code: string;
  readonly message: string;
  /** What of the record is JSON; null where nothing is. */
  readonly record: unknown;
}

/** Which rejected records a list shows. */
export interface RejectedList {
  /** Project, a UUID. @default - all */
  readonly project?: string;
  /** @default - all */
  readonly code?: string;
  readonly limit: number;
  /** Id of the last row of the page before. @default - the first page */
  readonly cursor?: string;
}

/** Rejected records, the newest first; one more than the limit where there are more. */
export async function listRejected(
  database: Queryable,
  { project, code, limit, cursor }: RejectedList,
): Promise<RejectedRow[]> {
  const { rows } = await database.query<RejectedRow & Record<string, unknown>>(
    'rejected-list',
    `SELECT id, project_id, received_at, source, code, message, record FROM rejected_requests
     WHERE ($1::uuid IS NULL OR project_id = $1) AND ($2::text IS NULL OR code = $2) AND ($3::uuid IS NULL OR id < $3)
     ORDER BY id DESC LIMIT $4`,
    [project ?? null, code ?? null, cursor ?? null, limit + 1],
  );
  return rows;
}
