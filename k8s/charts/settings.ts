import type { ResolvedConfig } from '../../lib/config/environment-config';
import { serverKeepAliveSeconds } from '../../lib/config/keep-alive';
import {
  API_DATABASE_USER,
  API_PORT,
  apiCacheUser,
  CACHE_PORT,
  cacheName,
  DATABASE_NAME,
  DATABASE_PORT,
  METRICS_PORT,
  WRITER_DATABASE_USER,
} from '../../lib/config/names';
import { API_METRICS, apiMetricsLogGroup, JOURNAL_FOLDER, METRICS_AGENT } from '../../service/contract';

type Settings = Readonly<Record<string, string | number | boolean>>;

/**
 * Environment variables of the API that are known before anything is deployed: the seed's connection pools and
 * objectives, and their clients' settings. The unit is in each name. None is a secret.
 */
export function settingsOf(config: ResolvedConfig): Record<string, string> {
  const settings: Settings = {
    ENVIRONMENT: config.environment,
    AWS_REGION: config.region,
    PORT: API_PORT,
    METRICS_PORT,
    SERVER_KEEP_ALIVE_TIMEOUT_MS: serverKeepAliveSeconds(config) * 1000,
    LOG_LEVEL: config.workload.logLevel,
    STREAM_PING_SECONDS: config.workload.streamPingSeconds,
    ...databaseSettings(config.database),
    ...cacheSettings(config),
    ...gatewaySettings(config.gateway),
    ...loginSettings(config),
    ...httpSettings(config.workload.httpPool),
    ...objectiveSettings(config.objectives),
    ...(config.cluster.containerInsights && metricsAgentSettings(config.environment)),
  };
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
}

function databaseSettings(database: ResolvedConfig['database']): Settings {
  const { authentication, clientPool: pool, pooler, pgbouncer, slowQueryMilliseconds } = database;
  const plain = pooler === 'pgbouncer' && pgbouncer.tlsSecretName === null;
  return {
    DATABASE_PORT,
    DATABASE_NAME,
    DATABASE_USER: API_DATABASE_USER,
    DATABASE_WRITER_USER: WRITER_DATABASE_USER,
    DATABASE_AUTHENTICATION: authentication,
    // Inside the cluster PgBouncer may be unencrypted; connections that leave it are always encrypted and verified.
    DATABASE_SSLMODE: plain ? 'disable' : 'verify-full',
    ...(database.readReplicas > 0 && { DATABASE_READER_SSLMODE: 'verify-full' }),
    DB_POOL_MAX: pool.max,
    DB_POOL_MIN: pool.min,
    DB_WRITE_POOL_MAX: pool.writeMax,
    DB_POOL_IDLE_TIMEOUT_MS: pool.idleTimeoutSeconds * 1000,
    DB_POOL_CONNECTION_TIMEOUT_MS: pool.connectionTimeoutSeconds * 1000,
    DB_POOL_MAX_USES: pool.maxUses,
    // A server must not exit while its pool is idle (seed: allowExitOnIdle false).
    DB_POOL_ALLOW_EXIT_ON_IDLE: false,
    DB_SLOW_QUERY_MS: slowQueryMilliseconds,
  };
}

function cacheSettings({ environment, cache: { client } }: ResolvedConfig): Settings {
  return {
    CACHE_NAME: cacheName(environment),
    CACHE_PORT,
    CACHE_USER: apiCacheUser(environment),
    CACHE_AUTHENTICATION: 'iam',
    CACHE_TLS: true,
    CACHE_CLUSTER_MODE: true,
    CACHE_MAX_RETRIES_PER_REQUEST: client.maxRetriesPerRequest,
    CACHE_RETRY_STEP_MS: client.retryStepMilliseconds,
    CACHE_RETRY_MAX_MS: client.retryMaxMilliseconds,
    CACHE_OFFLINE_QUEUE: client.offlineQueue,
  };
}

const MIB = 1024 * 1024;

function gatewaySettings(gateway: ResolvedConfig['gateway']): Settings {
  return {
    GATEWAY_PROVIDERS: JSON.stringify(gateway.providers.map(withoutNulls)),
    GATEWAY_MODELS: JSON.stringify(gateway.models.map(withoutNulls)),
    GATEWAY_LONGEST_CALL_SECONDS: gateway.longestCallSeconds,
    GATEWAY_DRAIN_SECONDS: gateway.drainSeconds,
    GATEWAY_MAX_CONNECTIONS: gateway.maxConnections,
    GATEWAY_MAX_QUEUED: gateway.maxQueued,
    GATEWAY_MAX_ATTEMPTS: gateway.maxAttempts,
    GATEWAY_MAX_BODY_BYTES: gateway.maxBodyMebibytes * MIB,
    GATEWAY_CONNECT_TIMEOUT_MS: gateway.connectTimeoutMilliseconds,
    GATEWAY_SILENCE_TIMEOUT_MS: gateway.silenceTimeoutSeconds * 1000,
    GATEWAY_JOURNAL_FOLDER: JOURNAL_FOLDER,
    GATEWAY_JOURNAL_MAX_BYTES: gateway.journalMebibytes * MIB,
    GATEWAY_CACHE_TTL_SECONDS: gateway.cacheTtlSeconds,
    CACHE_L1_MAX_BYTES: gateway.memoryCacheMebibytes * MIB,
  };
}

/** An entry as the service reads it: what is null or empty is absent. */
function withoutNulls(entry: object): object {
  return Object.fromEntries(
    Object.entries(entry).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

/** Log-in of people: the same for API and admin servers, whose sessions are the same. */
function loginSettings({ authentication: { oidc }, domain }: ResolvedConfig): Settings {
  if (oidc === null || domain === null) return {};
  return {
    OIDC_ISSUER: oidc.issuer,
    OIDC_CLIENT_ID: oidc.clientId,
    OIDC_CLIENT_SECRET_ARN: oidc.clientSecretArn,
    OIDC_EXTERNAL_URL: `https://${domain.app}`,
    OIDC_SCOPE: oidc.scope,
    OIDC_SESSION_SECONDS: oidc.sessionSeconds,
    OIDC_GROUPS_CLAIM: oidc.groupsClaim,
    OIDC_PEOPLE: JSON.stringify(oidc.people.map(withoutNulls)),
  };
}

function httpSettings(pool: ResolvedConfig['workload']['httpPool']): Settings {
  return {
    HTTP_KEEP_ALIVE: pool.keepAlive,
    HTTP_KEEP_ALIVE_MS: pool.keepAliveMilliseconds,
    HTTP_MAX_SOCKETS: pool.maxSockets,
    HTTP_MAX_FREE_SOCKETS: pool.maxFreeSockets,
    HTTP_TIMEOUT_MS: pool.timeoutSeconds * 1000,
    HTTP_SCHEDULING: pool.scheduling,
  };
}

/** Environment variables that AWS's libraries for the embedded metric format read. */
function metricsAgentSettings(environment: string): Settings {
  const { namespace, port, service } = METRICS_AGENT;
  return {
    AWS_EMF_ENVIRONMENT: 'Agent',
    AWS_EMF_AGENT_ENDPOINT: `tcp://${service}.${namespace}:${port}`,
    AWS_EMF_LOG_GROUP_NAME: apiMetricsLogGroup(environment),
    AWS_EMF_NAMESPACE: API_METRICS.namespace,
  };
}

function objectiveSettings(objectives: ResolvedConfig['objectives']): Settings {
  return {
    OBJECTIVE_LATENCY_P50_MS: objectives.latencyP50Milliseconds,
    OBJECTIVE_LATENCY_P95_MS: objectives.latencyP95Milliseconds,
    OBJECTIVE_LATENCY_P99_MS: objectives.latencyP99Milliseconds,
    OBJECTIVE_REQUESTS_PER_SECOND: objectives.requestsPerSecond,
    OBJECTIVE_CONCURRENT_USERS: objectives.concurrentUsers,
    OBJECTIVE_CPU_PERCENT: objectives.cpuPercent,
    OBJECTIVE_MEMORY_PERCENT: objectives.memoryPercent,
    OBJECTIVE_DISK_IO_PERCENT: objectives.diskIoPercent,
    OBJECTIVE_UPTIME_PERCENT: objectives.uptimePercent,
    OBJECTIVE_ERROR_RATE_PERCENT: objectives.errorRatePercent,
    OBJECTIVE_CACHE_HIT_PERCENT: objectives.cacheHitPercent,
    OBJECTIVE_LLM_LATENCY_MS: objectives.llmLatencyMilliseconds,
    OBJECTIVE_LLM_TIMEOUT_PERCENT: objectives.llmTimeoutPercent,
  };
}
