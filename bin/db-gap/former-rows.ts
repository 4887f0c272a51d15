import type { Client } from 'pg';
import type { StorableRecord } from '../../service/gateway/ledger/store-records';
import { stateOf } from '../../service/requests/record/request-states';
import { UNKNOWN_KEY } from './repair';

/** Characters of a token in an estimate. */
const CHARACTERS_A_TOKEN = 4;

// Page by page in the order of an index; a row that has not ended is worth nothing.
const PAGE = `SELECT id, "timestamp"::text AS at, project_id, key_id, user_id, provider, model, service_tier, region, prompt,
    input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, units,
    latency_ms, status, cache_hit, error_code, tags, usage_source
  FROM llm_requests
  WHERE "timestamp" >= $1 AND "timestamp" < $2 AND ("timestamp", id) > ($3::timestamptz, $4::uuid) AND status <> 'active'
  ORDER BY "timestamp", id LIMIT $5`;

interface FormerRow {
  readonly id: string;
  /** With microseconds. */
  readonly at: string;
  readonly project_id: string;
  readonly key_id: string | null;
  readonly user_id: string;
  readonly provider: string;
  readonly model: string;
  readonly service_tier: string | null;
  readonly region: string | null;
  readonly prompt: string;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly units: Readonly<Record<string, number>> | null;
  readonly latency_ms: number | null;
  readonly status: string;
  readonly cache_hit: boolean;
  readonly error_code: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly usage_source: string;
}

/** Ended rows of the database from before a restore, oldest first, as records that can be stored again. */
export async function* formerRows(
  former: Client,
  { from, to, batch }: { readonly from: Date; readonly to: Date; readonly batch: number },
): AsyncGenerator<StorableRecord[]> {
  let [at, id] = [from.toISOString(), UNKNOWN_KEY];
  for (;;) {
    const { rows } = await former.query<FormerRow>(PAGE, [from, to, at, id, batch]);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(recordOf);
    [at, id] = [last.at, last.id];
  }
}

function recordOf(row: FormerRow): StorableRecord {
  const { id, project_id: projectId, key_id, user_id: user, provider, model, service_tier, tags } = row;
  const isAbandoned = stateOf({ status: row.status, errorCode: row.error_code }) === 'abandoned';
  // The writer sets status and code of an abandoned call itself.
  const outcome = {
    ...{ status: row.status, error_code: row.error_code, latency_ms: row.latency_ms },
    ...{ cache_hit: row.cache_hit, prompt: row.prompt, region: row.region },
  };
  return {
    ...{ projectId, keyId: key_id ?? UNKNOWN_KEY, characters: null, isAbandoned },
    record: {
      id,
      user,
      provider,
      model,
      service_tier,
      tags,
      ...(isAbandoned ? {} : outcome),
      ...usageOf(row),
    },
  };
}

/** What gives the same columns again; an estimate stays one. */
function usageOf(row: FormerRow): Readonly<Record<string, unknown>> {
  const { input_tokens: input, output_tokens: output, units } = row;
  if (row.usage_source === 'estimated') {
    return { characters: { prompt: input * CHARACTERS_A_TOKEN, output: output * CHARACTERS_A_TOKEN } };
  }
  const tokens = {
    ...{ input, output, cached_input: row.cached_input_tokens, reasoning: row.reasoning_tokens },
    cache_write_5m: row.cache_write_tokens - row.cache_write_1h_tokens,
    cache_write_1h: row.cache_write_1h_tokens,
  };
  return { tokens, ...(units !== null && { units }) };
}
