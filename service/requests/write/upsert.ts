import type { QueryResultRow } from 'pg';
import { type ArrayElement, arrayLiteral } from '../../database/array-literal';
import type { Queryable } from '../../database/pools';
import { ABANDONED } from '../record';
import type { RequestRow } from '../record/request-row';

/** Columns of a row: name, PostgreSQL type, value. */
const COLUMNS: readonly (readonly [string, string, (row: RequestRow) => ArrayElement])[] = [
  ['id', 'uuid', ({ id }) => id],
  ['"timestamp"', 'timestamptz', ({ timestamp }) => timestamp.toISOString()],
  ['project_id', 'uuid', ({ projectId }) => projectId],
  ['key_id', 'uuid', ({ keyId }) => keyId],
  ['user_id', 'text', ({ userId }) => userId],
  ['provider', 'text', ({ provider }) => provider],
  ['model', 'text', ({ model }) => model],
  ['service_tier', 'text', ({ serviceTier }) => serviceTier],
  ['region', 'text', ({ region }) => region],
  ['prompt', 'text', ({ prompt }) => prompt],
  ['input_tokens', 'integer', ({ inputTokens }) => inputTokens],
  ['cached_input_tokens', 'integer', ({ cachedInputTokens }) => cachedInputTokens],
  ['cache_write_tokens', 'integer', ({ cacheWriteTokens }) => cacheWriteTokens],
  ['cache_write_1h_tokens', 'integer', ({ cacheWrite1hTokens }) => cacheWrite1hTokens],
  ['output_tokens', 'integer', ({ outputTokens }) => outputTokens],
  ['reasoning_tokens', 'integer', ({ reasoningTokens }) => reasoningTokens],
  ['units', 'jsonb', ({ units }) => (units === null ? null : JSON.stringify(units))],
  ['cost', 'numeric', ({ cost }) => cost],
  ['list_cost', 'numeric', ({ listCost }) => listCost],
  ['saved_cost', 'numeric', ({ savedCost }) => savedCost],
  ['pricing', 'text', ({ pricing }) => pricing],
  ['usage_source', 'text', ({ usageSource }) => usageSource],
  ['price_rule', 'text', ({ priceRule }) => priceRule],
  ['latency_ms', 'integer', ({ latencyMs }) => latencyMs],
  ['status', 'text', ({ status }) => status],
  ['cache_hit', 'boolean', ({ cacheHit }) => cacheHit],
  ['error_code', 'text', ({ errorCode }) => errorCode],
  ['tags', 'jsonb', ({ tags }) => JSON.stringify(tags)],
  ['content_hash', 'bytea', ({ contentHash }) => contentHash],
];

const NAMES = COLUMNS.map(([name]) => name);

/** Not stored where the project stores no prompts, nor for requests before an erasure of the user's prompts. */
const STORED_PROMPT = `CASE WHEN coalesce(p.store_prompts, false)
    AND (pu.erased_at IS NULL OR n."timestamp" > pu.erased_at) THEN n.prompt ELSE '' END`;

/** An end may come without the prompt that the start had. */
const KEPT_PROMPT = `CASE WHEN excluded.prompt = '' THEN r.prompt ELSE excluded.prompt END`;

/** A request stays with the key that began it. */
const KEPT_KEY = 'coalesce(r.key_id, excluded.key_id)';

const KEPT: Readonly<Record<string, string>> = { prompt: KEPT_PROMPT, key_id: KEPT_KEY };

const UPDATES = NAMES.filter((name) => !['id', '"timestamp"', 'project_id'].includes(name))
  .map((name) => `${name} = ${KEPT[name] ?? `excluded.${name}`}`)
  .join(', ');

const PROMPT_OWNERS = `LEFT JOIN projects p ON p.id = n.project_id
  LEFT JOIN project_users pu ON pu.project_id = n.project_id AND pu.user_id = n.user_id`;

/**
 * Writes rows and marks their hours, in one statement whose text does not depend on their number. The condition is
 * `TRANSITIONS` in SQL. Rows are written in the order of their ids, so that two writers of the same rows wait for each
 * other instead of a deadlock. The statement has no name: RDS Proxy pins a session to its client for a prepared one.
 * So it is planned each time, and rows without prompts leave out the tables that decide which prompts are stored.
 */
const upsertText = (hasPrompts: boolean) => `WITH stored AS (
  INSERT INTO llm_requests AS r (${NAMES.join(', ')})
  SELECT ${NAMES.map((name) => (hasPrompts && name === 'prompt' ? STORED_PROMPT : `n.${name}`)).join(', ')}
  FROM unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) AS n (${NAMES.join(', ')})
  ${hasPrompts ? PROMPT_OWNERS : ''}
  ORDER BY n.id
  ON CONFLICT (id, "timestamp") DO UPDATE SET ${UPDATES}
  WHERE r.project_id = excluded.project_id AND excluded.status <> 'active'
    AND (r.status = 'active'
      OR r.error_code = '${ABANDONED}' AND excluded.error_code IS DISTINCT FROM '${ABANDONED}')
  RETURNING id, "timestamp"
), marked AS (
  INSERT INTO rollup_changes (hour) SELECT DISTINCT date_trunc('hour', "timestamp", 'UTC') FROM stored
)
SELECT id FROM stored`;

const UPSERT = upsertText(true);
const UPSERT_WITHOUT_PROMPTS = upsertText(false);

const STORED_STATES = `SELECT r.id, r.project_id, r.status, r.error_code, r.content_hash
  FROM unnest($1::uuid[], $2::timestamptz[]) AS k (id, "timestamp")
  JOIN llm_requests r ON r.id = k.id AND r."timestamp" = k."timestamp"`;

/** What is stored under an id. */
export interface StoredState extends QueryResultRow {
  readonly id: string;
  readonly project_id: string;
  readonly status: string;
  readonly error_code: string | null;
  /** Null for rows of older releases. */
  readonly content_hash: Buffer | null;
}

/**
 * Inserts rows, or ends those that are active or abandoned.
 * @param rows no id twice
 * @returns ids of the rows that were written
 */
export async function upsert(client: Queryable, rows: readonly RequestRow[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const values = COLUMNS.map(([, , toValue]) => arrayLiteral(rows, toValue));
  const text = rows.some(({ prompt }) => prompt !== '') ? UPSERT : UPSERT_WITHOUT_PROMPTS;
  const written = await client.query<{ id: string }>('requests-upsert', text, values);
  return new Set(written.rows.map(({ id }) => id));
}

/** What is stored under the ids of rows. */
export async function storedStates(
  client: Queryable,
  rows: readonly RequestRow[],
): Promise<Map<string, StoredState>> {
  if (rows.length === 0) return new Map();
  const { rows: states } = await client.query<StoredState>('requests-states', STORED_STATES, [
    rows.map(({ id }) => id),
    rows.map(({ timestamp }) => timestamp.toISOString()),
  ]);
  return new Map(states.map((state) => [state.id, state]));
}
