import type { QueryResultRow } from 'pg';
import type { StoredRequest } from '../record';

/** A time with microseconds, which rows of older releases may have: `2026-11-15T12:30:00.123456Z`. */
export const EXACT_TIMESTAMP = `to_char(r."timestamp" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Columns of a request in answers; money as text, so that no float touches it. */
export const REQUEST_COLUMNS = `r.id, r."timestamp", ${EXACT_TIMESTAMP} AS exact_timestamp, r.project_id, r.user_id,
  r.provider, r.model, r.service_tier, r.region, r.input_tokens, r.cached_input_tokens, r.cache_write_tokens,
  r.output_tokens, r.reasoning_tokens, r.units, r.cost::text, r.list_cost::text, r.saved_cost::text, r.pricing,
  r.usage_source, r.price_rule, r.latency_ms, r.status, r.cache_hit, r.error_code, r.tags`;

/** A row of `REQUEST_COLUMNS`. */
export interface RequestColumns extends QueryResultRow {
  readonly id: string;
  readonly timestamp: Date;
  /** For cursors. */
  readonly exact_timestamp: string;
  readonly project_id: string;
  readonly user_id: string;
  readonly provider: string;
  readonly model: string;
  readonly service_tier: string | null;
  readonly region: string | null;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly units: Record<string, number> | null;
  readonly cost: string;
  readonly list_cost: string | null;
  readonly saved_cost: string;
  readonly pricing: StoredRequest['pricing'];
  readonly usage_source: StoredRequest['usage_source'];
  readonly price_rule: string | null;
  readonly latency_ms: number | null;
  readonly status: StoredRequest['status'];
  readonly cache_hit: boolean;
  readonly error_code: string | null;
  readonly tags: Record<string, string>;
}

/** A row as answers show it. */
export function toStoredRequest(row: RequestColumns): StoredRequest {
  return {
    id: row.id,
    timestamp: row.timestamp.toISOString(),
    project: row.project_id,
    user: row.user_id,
    provider: row.provider,
    model: row.model,
    service_tier: row.service_tier,
    region: row.region,
    input_tokens: row.input_tokens,
    cached_input_tokens: row.cached_input_tokens,
    cache_write_tokens: row.cache_write_tokens,
    output_tokens: row.output_tokens,
    reasoning_tokens: row.reasoning_tokens,
    units: row.units,
    cost_usd: row.cost,
    list_cost_usd: row.list_cost,
    saved_cost_usd: row.saved_cost,
    pricing: row.pricing,
    usage_source: row.usage_source,
    price_rule: row.price_rule,
    latency_ms: row.latency_ms,
    status: row.status,
    cache_hit: row.cache_hit,
    error_code: row.error_code,
    tags: row.tags,
  };
}
