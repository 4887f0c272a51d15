import type { Client } from 'pg';
import type { LlmRequest } from './llm-request';

/** Columns of a batch: name, PostgreSQL type, value of a request. */
const COLUMNS: readonly (readonly [string, string, (request: LlmRequest) => unknown])[] = [
  ['id', 'uuid', ({ id }) => id],
  ['user_id', 'text', ({ userId }) => userId],
  ['"timestamp"', 'timestamptz', ({ timestamp }) => timestamp],
  ['provider', 'text', ({ provider }) => provider],
  ['model', 'text', ({ model }) => model],
  ['prompt', 'text', ({ prompt }) => prompt],
  ['input_tokens', 'integer', ({ inputTokens }) => inputTokens],
  ['cached_input_tokens', 'integer', ({ cachedInputTokens }) => cachedInputTokens],
  ['output_tokens', 'integer', ({ outputTokens }) => outputTokens],
  ['cost', 'numeric', ({ cost }) => cost],
  ['latency_ms', 'integer', ({ latencyMilliseconds }) => latencyMilliseconds],
  ['status', 'text', ({ status }) => status],
  ['cache_hit', 'boolean', ({ cacheHit }) => cacheHit],
  ['error_code', 'text', ({ errorCode }) => errorCode],
];

const NAMES = COLUMNS.map(([name]) => name).join(', ');
const ARRAYS = COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');

/** One statement, whatever the number of rows, so that poolers and the server's cache know it by name. */
const INSERT = {
  name: 'batch-insert-requests',
  text: `INSERT INTO llm_requests (${NAMES})
    SELECT * FROM unnest(${ARRAYS})
    ON CONFLICT (id, "timestamp") DO NOTHING`,
};

/**
 * Stores requests in one statement: all or none. Those that are stored already are left alone, so a batch whose answer
 * got lost is simply sent again. One array a column: no limit of 65,535 parameters, no new plan for each size.
 * @param requests some hundreds to thousands; memory is all that limits them
 * @returns number of requests that were new
 */
export async function batchInsert(
  client: Pick<Client, 'query'>,
  requests: readonly LlmRequest[],
): Promise<number> {
  if (requests.length === 0) return 0;
  const values = COLUMNS.map(([, , toValue]) => requests.map(toValue));
  const { rowCount } = await client.query({ ...INSERT, values });
  return rowCount ?? 0;
}
