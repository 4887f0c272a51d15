import type { StoredRequest } from '../record';
import type { RequestRow } from '../record/request-row';

/** A row as lists show it; without its prompt. */
export function feedRecord(row: RequestRow): StoredRequest {
  return {
    id: row.id,
    timestamp: row.timestamp.toISOString(),
    project: row.projectId,
    user: row.userId,
    provider: row.provider,
    model: row.model,
    service_tier: row.serviceTier,
    region: row.region,
    input_tokens: row.inputTokens,
    cached_input_tokens: row.cachedInputTokens,
    cache_write_tokens: row.cacheWriteTokens,
    output_tokens: row.outputTokens,
    reasoning_tokens: row.reasoningTokens,
    units: row.units === null ? null : { ...row.units },
    cost_usd: row.cost,
    list_cost_usd: row.listCost,
    saved_cost_usd: row.savedCost,
    pricing: row.pricing,
    usage_source: row.usageSource,
    price_rule: row.priceRule,
    latency_ms: row.latencyMs,
    status: row.status,
    cache_hit: row.cacheHit,
    error_code: row.errorCode,
    tags: { ...row.tags },
  };
}
