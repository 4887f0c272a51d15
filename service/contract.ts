/**
 * The contract between the service and its infrastructure: names that `lib/`, `k8s/` and the service share. It has no
 * imports: `lib/` and `k8s/` may import only this file of the folder.
 */

/** Port on which the servers listen; the seed's target groups point at it. */
export const API_PORT = 8080;

/** Port and path of the Prometheus metrics of API and admin pods; no load balancer routes to them. */
export const METRICS_PORT = 9464;
export const METRICS_PATH = '/metrics';

/** HTTP path that answers with 2xx while the process runs: the ALB and the liveness probe. */
export const HEALTH_PATH = '/health';

/** HTTP path that answers with 2xx while the pod may get new requests: the readiness probe. */
export const READY_PATH = '/ready';

/** Paths of admin routes. The load balancer sends them to the admin servers on the host of the web application too. */
export const ADMIN_PATHS = '/api/admin/*';

/**
 * Paths of the gateway: OpenAI's and Anthropic's APIs. A load balancer matches them without the method; both base URLs,
 * `https://<host>/api/v1` and `https://<host>/api`, lead to them.
 */
export const GATEWAY_PATHS = [
  '/api/v1/chat/completions',
  '/api/v1/responses',
  '/api/v1/embeddings',
  '/api/v1/models',
  '/api/v1/models/*',
  '/api/v1/messages',
  '/api/v1/messages/count_tokens',
] as const;

/**
 * Patterns that match exactly these paths, for load balancer, web ACL and NGINX. `*` stands for any characters: a rule of
 * a load balancer has room for five patterns and hosts.
 */
export const GATEWAY_PATH_PATTERNS = [
  '/api/v1/chat/completions',
  '/api/v1/responses',
  '/api/v1/embeddings',
  '/api/v1/models*',
  '/api/v1/messages*',
] as const;

/** Paths on which programs send records and traces. */
export const INGEST_PATH_PATTERNS = ['/api/v1/requests*', '/api/v1/otlp/*'] as const;

/** Folder of the gateway's journal in an API pod; a volume of its own, so that nothing else fills it. */
export const JOURNAL_FOLDER = '/var/lib/llm-cost-ops/journal';

/** Counter of requests when they arrive; its rate is the HPA's metric. */
export const REQUEST_COUNTER = 'http_requests_total';

/** Files of the image that Node runs: the API and the admin servers. */
export const ENTRY_POINTS = { api: 'api.js', admin: 'admin.js' } as const;

/**
 * Memory of a pod, MiB. The bounds of V8's heap keep a pod within `resident`: code, buffers and threads of the servers
 * take about 105 MiB beside it (measured with a full heap). Without bounds V8 would size its heap by the container's
 * limit, and garbage alone would make the HPA add replicas.
 */
export const NODE_MEMORY = {
  /** Most resident memory under usual load; the HPA's share of the memory request must hold it. */
  resident: 256,
  /** Most resident memory for a moment: 80 ingest calls of 4.6 MB at once took 341 MiB. The limit must hold it. */
  peak: 384,
  /** `--max-old-space-size`: objects that live long. */
  oldSpace: 128,
  /**
   * `--max-semi-space-size`: each of the three spaces of new objects. With 8 a pod at 1,000 requests per second collects
   * them 30 times a second, and what calls under way hold survives; garbage then takes a quarter of the processor time.
   */
  semiSpace: 16,
} as const;

/**
 * Length of the secret with the first key of the organisation: letters and digits, of which 43 are 256 random bits. The
 * key is `lco_` followed by the secret, because Secrets Manager cannot make a text with a start of its own.
 */
export const FIRST_ADMIN_KEY_CHARACTERS = 43;

/**
 * CloudWatch metrics in the embedded metric format, sent to the agent in the cluster. They have one dimension, so that
 * the values of all replicas make one metric.
 */
export const API_METRICS = {
  namespace: 'LlmCostOps/Api',
  /** Dimension whose value is the environment's name. */
  dimension: 'Environment',
  /** Look-ups of LLM answers in the cache that hit or miss, count. */
  llmCacheHits: 'LlmCacheHits',
  llmCacheMisses: 'LlmCacheMisses',
  /** Time that a provider took to answer, ms; one value per call. */
  llmResponseTime: 'LlmResponseTime',
  /** Calls of providers, and calls that timed out, count. */
  llmCalls: 'LlmCalls',
  llmTimeouts: 'LlmTimeouts',
  /** Requests that wait for a connection in a replica's database pool; one value at least every minute. */
  databasePoolWaiting: 'DatabasePoolWaiting',
  /** Calls of the gateway that have ended, and those of them that failed by its own fault, count. */
  gatewayCalls: 'GatewayCalls',
  gatewayErrors: 'GatewayErrors',
  /** Time of a call without its provider's, ms; one value per call. */
  gatewayOverhead: 'GatewayOverhead',
  /** Failed attempts to call a provider, count. */
  providerErrors: 'ProviderErrors',
  /** Breakers of a replica that are open; one value at least every minute. */
  breakerOpen: 'BreakerOpen',
  /** Share of the journal of a replica that is in use, percent; one value at least every minute. */
  journalUsed: 'JournalUsed',
  /** Calls whose pod ended before they did: another pod ended their rows with an estimated cost, count. */
  callsAbandoned: 'CallsAbandoned',
  /** Budgets that reached their warning, and their limit, count. */
  budgetWarnings: 'BudgetWarnings',
  budgetLimits: 'BudgetLimits',
} as const;

/** Service of the CloudWatch Observability add-on's agent, which receives embedded metrics inside the cluster. */
export const METRICS_AGENT = {
  namespace: 'amazon-cloudwatch',
  service: 'cloudwatch-agent',
  port: 25888,
} as const;

/** Log group that the agent writes the API's embedded metrics to. */
export function apiMetricsLogGroup(environment: string): string {
  return `/llm-cost-ops/${environment}/api-metrics`;
}

/** Prometheus metrics of API pods besides `http_requests_total`, which counts a request when it arrives. */
export const PROMETHEUS_METRICS = {
  /** Counter of responses, when one begins; labels route, method and status (the code). */
  responses: 'http_responses_total',
  /** Counter of requests that were refused because the pod is overloaded; label reason. */
  refused: 'http_requests_refused_total',
  /** Histogram, seconds until a response begins; labels route and method; has buckets at the latency objectives. */
  requestDuration: 'http_request_duration_seconds',
  /** Counter of cache look-ups for LLM answers; label result: hit or miss. */
  llmCacheLookups: 'llm_cache_lookups_total',
  /** Histogram of LLM calls, seconds; label provider. */
  llmCallDuration: 'llm_call_duration_seconds',
  /** Counter of LLM calls; labels provider and outcome: ok, error or timeout. */
  llmCalls: 'llm_calls_total',
  /** Counter of records that were sent to be stored; label outcome: stored, duplicate or rejected. */
  ledgerRecords: 'ledger_records_total',
  /** Counter of log-ins at the identity provider when they end; label outcome: ok or failed. */
  logins: 'oidc_logins_total',
  /** Gauge of connections in a replica's database pool; label state: active, idle or waiting. */
  databasePool: 'db_pool_connections',
  /** Counter of requests that a rate limit counted; label counter: shared (all pods) or pod (while Valkey fails). */
  rateLimitChecks: 'rate_limit_checks_total',
  /** Gauge: 1 while the API is connected to Valkey, else 0. */
  cacheConnected: 'cache_connected',
  /** Counter of failed connections to Valkey and of answers that came too late. */
  cacheErrors: 'cache_errors_total',
  /** Counter of look-ups in the layers of the cache; labels layer (memory or shared) and result (hit, miss or error). */
  cacheLookups: 'cache_lookups_total',
  /** Gauge of the gateway's calls under way and in the queue; the HPA's metric for a service that is mostly gateway. */
  gatewayCallsInFlight: 'gateway_calls_in_flight',
  /** Counter of calls of the gateway when they end; labels route and outcome. */
  gatewayCalls: 'gateway_calls_total',
  /** Histogram of a call's seconds without its provider's; label route. */
  gatewayOverhead: 'gateway_call_overhead_seconds',
  /** Counter of failed attempts to call a provider; labels provider and kind. */
  providerErrors: 'gateway_provider_errors_total',
  /** Gauge of a provider's open breakers; label provider. */
  breakerOpen: 'gateway_breaker_open',
  /** Gauge of the journal's size, bytes. */
  journalBytes: 'gateway_journal_bytes',
  /** Gauge of ended calls whose rows are not in the database yet. */
  unsettledCalls: 'gateway_unsettled_calls',
  /** Counter of warnings and limits that budgets reached; label kind: warning or limit. */
  budgetEvents: 'budget_events_total',
} as const;

/**
 * Most connections of a pod to the read replicas. Clients connect to a replica without a pooler, so all pods together
 * must fit into its `max_connections`.
 */
export const REPORT_POOL_MAX = 4;
