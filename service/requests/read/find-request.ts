import type { Principal } from '../../access/principal';
import type { Database, Queryable } from '../../database/pools';
import { RequestError } from '../errors';
import { type ProjectScope, projectScope } from '../project-scope';
import type { StoredRequest } from '../record';
import { isRecordId, timeOfId } from '../record/record-id';
import { REQUEST_COLUMNS, type RequestColumns, toStoredRequest } from './request-columns';

/** A request with the text of its prompt. */
export interface RequestWithPrompt extends StoredRequest {
  /** Null where none is stored, or it is erased. */
  readonly prompt: string | null;
}

// The time in the id leads to one partition. Rows of older releases have other ids: their place is unknown.
const BY_ID = `SELECT ${REQUEST_COLUMNS}, r.prompt FROM llm_requests r
  WHERE r.id = $1::uuid AND ($2::uuid IS NULL OR r.project_id = $2::uuid)
    AND r."timestamp" >= $3::timestamptz AND r."timestamp" < $4::timestamptz`;

/** Rows of older releases may have a timestamp that is not their id's; writers were held to about a second. */
const SLACK_MS = 1000;

/** Last time that is a text with a year of four digits, as PostgreSQL reads it; ids can have later ones. */
const LAST_TIME = Date.UTC(9999, 0);

/** A request as it is stored, and the exact time of its row. */
export interface FoundRequest {
  readonly request: RequestWithPrompt;
  /** Start of the request with microseconds, RFC 3339 in UTC. */
  readonly exactTimestamp: string;
}

/** A request and its prompt within a scope; null where it does not exist. */
export async function findRequest(
  client: Queryable,
  { projectId }: ProjectScope,
  id: string,
): Promise<FoundRequest | null> {
  const time = isRecordId(id) ? timeOfId(id).getTime() : undefined;
  if (time !== undefined && time > LAST_TIME) return null;
  const [from, to] =
    time === undefined ? ['-infinity', 'infinity'] : [at(time - SLACK_MS), at(time + SLACK_MS)];
  const { rows } = await client.query<RequestColumns & { prompt: string }>('request-by-id', BY_ID, [
    ...[id, projectId, from, to],
  ]);
  const [row] = rows;
  if (row === undefined) return null;
  const request = { ...toStoredRequest(row), prompt: row.prompt === '' ? null : row.prompt };
  return { request, exactTimestamp: row.exact_timestamp };
}

/**
 * One request with its prompt.
 * @param id a UUID
 * @throws RequestError `not_found` also for a request of a project that the key does not see
 */
export async function getRequest(
  { reads }: Pick<Database, 'reads'>,
  principal: Principal,
  id: string,
): Promise<RequestWithPrompt> {
  const found = await findRequest(reads, projectScope(principal), id);
  if (found === null) {
    throw new RequestError('not_found', `Request ${id} does not exist in a project that this key sees.`);
  }
  return found.request;
}

function at(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
