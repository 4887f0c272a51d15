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

/**
 * The same text for any number of rows, and short: RDS Proxy pins a session to its client for statements above 16 kB.
 * Without a name, because a prepared statement pins the session too
 * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html).
 */
export const BATCH_INSERT = `INSERT INTO llm_requests (${NAMES})
  SELECT * FROM unnest(${ARRAYS})
  ON CONFLICT (id, "timestamp") DO NOTHING`;

/**
 * Inserts requests in one statement, all or none. Existing ones are skipped, so a batch whose response was lost can be
 * sent again. Each column is one array parameter: no limit of 65,535 parameters, and one plan for all batch sizes.
 * @param requests some hundreds to thousands; only memory limits the number
 * @returns number of inserted requests
 */
export async function batchInsert(
  client: Pick<Client, 'query'>,
  requests: readonly LlmRequest[],
): Promise<number> {
  if (requests.length === 0) return 0;
  const values = COLUMNS.map(([, , toValue]) => requests.map(toValue));
  const { rowCount } = await client.query(BATCH_INSERT, values);
  return rowCount ?? 0;
}
