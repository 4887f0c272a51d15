/**
 * What the API measures of itself: the contract between its image, the manifests, dashboards and alarms
 * (docs/cluster-requirements.md). The counter that the HPA follows is in names.ts.
 */

/**
 * CloudWatch metrics in the embedded metric format, sent to the agent in the cluster. One dimension, so that the
 * replicas' values are one metric.
 */
export const API_METRICS = {
  namespace: 'LlmCostOps/Api',
  /** Name of the environment. */
  dimension: 'Environment',
  /** Look-ups of LLM answers in the cache, count. */
  llmCacheHits: 'LlmCacheHits',
  llmCacheMisses: 'LlmCacheMisses',
  /** Time that a provider took to answer, ms, a value a call. */
  llmResponseTime: 'LlmResponseTime',
  /** Calls of providers, and those of them that timed out, count. */
  llmCalls: 'LlmCalls',
  llmTimeouts: 'LlmTimeouts',
  /** Requests that wait for a connection in a replica's database pool, a value at least every minute. */
  databasePoolWaiting: 'DatabasePoolWaiting',
} as const;

/** Where the agent of the CloudWatch Observability add-on takes embedded metrics, inside the cluster. */
export const METRICS_AGENT = {
  namespace: 'amazon-cloudwatch',
  service: 'cloudwatch-agent',
  port: 25888,
} as const;

/** Log group that the agent writes the API's embedded metrics to. */
export function apiMetricsLogGroup(environment: string): string {
  return `/llm-cost-ops/${environment}/api-metrics`;
}

/** Prometheus metrics of API pods beside `http_requests_total`, which is counted when a request arrives. */
export const PROMETHEUS_METRICS = {
  /** Counter, when an answer begins; labels route, method and status (the code). */
  responses: 'http_responses_total',
  /** Histogram, seconds until an answer begins; labels route and method; has buckets at the latency objectives. */
  requestDuration: 'http_request_duration_seconds',
  /** Counter; label result: hit or miss. */
  llmCacheLookups: 'llm_cache_lookups_total',
  /** Histogram, seconds; label provider. */
  llmCallDuration: 'llm_call_duration_seconds',
  /** Counter; labels provider and outcome: ok, error or timeout. */
  llmCalls: 'llm_calls_total',
  /** Gauge; label state: active, idle or waiting. */
  databasePool: 'db_pool_connections',
} as const;
