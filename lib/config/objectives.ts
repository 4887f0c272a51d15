import type { ResolvedConfig } from './environment-config';
import { gatewayObjectives } from './objectives/gateway-objectives';
import type { LimitObjective, Objective, RequestObjective } from './objectives/objective';

export type {
  LimitObjective,
  LimitObjectiveId,
  MetricSource,
  Objective,
  ObjectiveId,
  RequestObjective,
  RequestObjectiveId,
  Severity,
} from './objectives/objective';

/** CloudFront publishes its metrics in this region alone, and an alarm can use metrics of its own region only. */
const CDN_METRICS_REGION = 'us-east-1';

/** The objectives that apply to an environment, with its numbers. */
export function objectivesOf(config: ResolvedConfig): readonly Objective[] {
  return [
    ...requestObjectives(config),
    ...apiLimits(config),
    ...databaseLimits(config),
    ...ledgerLimits(config),
    ...cacheLimits(config),
    ...(config.cluster.containerInsights ? [...podLimits(config), ...llmLimits(config)] : []),
    ...gatewayObjectives(config),
    ...(config.region === CDN_METRICS_REGION ? cdnLimits(config) : []),
    ...scalerLimits(config),
  ];
}

/** The objectives of `objectivesOf` on a share of the load balancer's requests. */
export function requestObjectives({ objectives }: ResolvedConfig): readonly RequestObjective[] {
  const {
    errorRatePercent,
    latencyP95Milliseconds: p95,
    latencyP99Milliseconds: p99,
    uptimePercent,
  } = objectives;
  const kind = 'requests';
  const source = 'load-balancer';
  return [
    {
      kind,
      source,
      id: 'availability',
      title: `The API is there for ${uptimePercent} % of requests`,
      bad: 'Unanswered',
      // 100 - 99.9 is 0.09999999999999432.
      budgetPercent: Number((100 - uptimePercent).toFixed(6)),
      slowerThanMilliseconds: null,
    },
    {
      kind,
      source,
      id: 'errors',
      title: `At most ${errorRatePercent} % of requests fail`,
      bad: 'Failed',
      budgetPercent: errorRatePercent,
      slowerThanMilliseconds: null,
    },
    {
      kind,
      source,
      id: 'latency-p95',
      title: `95 % of requests are answered within ${p95} ms`,
      bad: `Over ${p95} ms`,
      budgetPercent: 5,
      slowerThanMilliseconds: p95,
    },
    {
      kind,
      source,
      id: 'latency-p99',
      title: `99 % of requests are answered within ${p99} ms`,
      bad: `Over ${p99} ms`,
      budgetPercent: 1,
      slowerThanMilliseconds: p99,
    },
  ];
}

/** Default of most limits: three bad samples of five minutes, so that a single peak tells nobody. */
const SUSTAINED = { kind: 'limit', periodMinutes: 5, periods: 3, badPeriods: 3, severity: 'ticket' } as const;

function apiLimits({ autoscaling, nginx, objectives }: ResolvedConfig): LimitObjective[] {
  const { capacityUsedPercent, concurrentUsers, latencyP50Milliseconds, requestsPerSecond } = objectives;
  const used = (capacity: number) => (capacity * capacityUsedPercent) / 100;
  const source = 'load-balancer';
  return [
    {
      // A median has half of all requests as its error budget; a burn rate of 2 would already mean all requests.
      ...SUSTAINED,
      source,
      id: 'latency-p50',
      title: `Half of the requests are answered within ${latencyP50Milliseconds} ms`,
      unit: 'ms',
      limit: latencyP50Milliseconds,
      missed: 'above',
      missing: 'good',
    },
    {
      ...SUSTAINED,
      source,
      id: 'healthy-hosts',
      title: nginx.enabled ? 'At least one NGINX pod is healthy' : 'At least one API pod is healthy',
      unit: 'hosts',
      limit: 1,
      missed: 'below',
      periodMinutes: 1,
      missing: 'bad',
      severity: 'page',
    },
    {
      ...SUSTAINED,
      source,
      id: 'throughput',
      title: `Load stays below ${capacityUsedPercent} % of the ${requestsPerSecond} requests per second that are promised`,
      unit: 'requests/s',
      limit: used(requestsPerSecond),
      missed: 'above',
      missing: 'good',
    },
    {
      ...SUSTAINED,
      source,
      id: 'concurrency',
      title: `Connections stay below ${capacityUsedPercent} % of the ${concurrentUsers} users that are promised`,
      unit: 'connections',
      limit: used(concurrentUsers),
      missed: 'above',
      missing: 'good',
    },
    ...(nginx.enabled ? [] : [replicasLimit(autoscaling.hpa.maxReplicas)]),
  ];
}

/** The load balancer counts its healthy targets, which are the API's pods unless NGINX is enabled. */
function replicasLimit(maxReplicas: number): LimitObjective {
  return {
    ...SUSTAINED,
    id: 'replicas-at-maximum',
    source: 'load-balancer',
    title: `The API runs fewer replicas than the ${maxReplicas} that it may`,
    unit: 'hosts',
    limit: maxReplicas,
    missed: 'at-or-above',
    missing: 'good',
  };
}

function podLimits({ objectives: { cpuPercent, memoryPercent } }: ResolvedConfig): LimitObjective[] {
  const common = {
    ...SUSTAINED,
    source: 'container-insights',
    unit: '%',
    missed: 'above',
    missing: 'unknown',
  } as const;
  return [
    {
      ...common,
      id: 'api-cpu',
      title: `API pods use at most ${cpuPercent} % of their CPU limit`,
      limit: cpuPercent,
    },
    {
      ...common,
      id: 'api-memory',
      title: `API pods use at most ${memoryPercent} % of their memory limit`,
      limit: memoryPercent,
    },
  ];
}

function databaseLimits(config: ResolvedConfig): LimitObjective[] {
  const { database, objectives } = config;
  const common = { ...SUSTAINED, source: 'database', unit: '%', missed: 'above', missing: 'bad' } as const;
  return [
    {
      ...common,
      id: 'database-cpu',
      title: `The database uses at most ${objectives.cpuPercent} % of its CPU`,
      limit: objectives.cpuPercent,
    },
    {
      ...common,
      id: 'database-memory',
      title: `The database uses at most ${objectives.memoryPercent} % of its memory`,
      limit: objectives.memoryPercent,
    },
    {
      ...common,
      id: 'database-disk-io',
      title: `The database uses at most ${objectives.diskIoPercent} % of what its disk can do`,
      limit: objectives.diskIoPercent,
    },
    {
      ...common,
      id: 'database-storage',
      title: `The database has ${objectives.freeStoragePercent} % of its first ${database.allocatedStorageGib} GiB left`,
      unit: 'GiB',
      limit: (database.allocatedStorageGib * objectives.freeStoragePercent) / 100,
      missed: 'below',
    },
    {
      ...SUSTAINED,
      id: 'slow-queries',
      source: 'database-log',
      title: `At most ${objectives.slowQueriesPer5Minutes} statements in 5 min take ${database.slowQueryMilliseconds} ms`,
      unit: 'statements',
      limit: objectives.slowQueriesPer5Minutes,
      missed: 'above',
      missing: 'good',
    },
    ...(config.cluster.containerInsights ? [poolLimit(config)] : []),
    ...(database.pooler === 'rds-proxy' ? [pinningLimit(config)] : []),
  ];
}

function poolLimit({ objectives: { poolWaiting } }: ResolvedConfig): LimitObjective {
  return {
    ...SUSTAINED,
    id: 'pool-waiting',
    source: 'api',
    title: `At most ${poolWaiting} requests wait for a connection in a replica's pool`,
    unit: 'requests',
    limit: poolWaiting,
    missed: 'above',
    missing: 'unknown',
  };
}

function pinningLimit({
  database,
  objectives: { pinnedConnectionsPercent },
}: ResolvedConfig): LimitObjective {
  const open = (database.maxConnections * database.proxy.maxConnectionsPercent) / 100;
  return {
    ...SUSTAINED,
    id: 'pinned-connections',
    source: 'proxy',
    title: `Sessions pin at most ${pinnedConnectionsPercent} % of the proxy's ${open} connections`,
    unit: 'connections',
    limit: (open * pinnedConnectionsPercent) / 100,
    missed: 'above',
    missing: 'good',
  };
}

/** The hourly function measures the ledger; `rollup-late` reports that it does not run. */
function ledgerLimits({ objectives }: ResolvedConfig): LimitObjective[] {
  const { rejectedRecordsPerHour, unpricedRequestsPerDay, requestsLeftActive } = objectives;
  const common = {
    ...SUSTAINED,
    source: 'database-function',
    periodMinutes: 60,
    periods: 1,
    badPeriods: 1,
    missed: 'above',
    missing: 'good',
  } as const;
  return [
    {
      ...common,
      id: 'rejected-records',
      title: `At most ${rejectedRecordsPerHour} records are refused in an hour`,
      unit: 'records',
      limit: rejectedRecordsPerHour,
    },
    {
      ...common,
      id: 'unpriced-requests',
      title: `At most ${unpricedRequestsPerDay} requests of a day lack a full price`,
      unit: 'requests',
      limit: unpricedRequestsPerDay,
    },
    {
      ...common,
      id: 'requests-left-active',
      title: `At most ${requestsLeftActive} requests stay active for more than 1 h`,
      unit: 'requests',
      limit: requestsLeftActive,
    },
  ];
}

function cacheLimits({ objectives: { cpuPercent, memoryPercent } }: ResolvedConfig): LimitObjective[] {
  const common = { ...SUSTAINED, source: 'cache', unit: '%', missed: 'above', missing: 'bad' } as const;
  return [
    {
      ...common,
      id: 'cache-cpu',
      title: `The cache's engines use at most ${cpuPercent} % of their core`,
      limit: cpuPercent,
    },
    {
      ...common,
      id: 'cache-memory',
      title: `The cache does without evictions, or uses at most ${memoryPercent} % of its memory`,
      limit: memoryPercent,
      missing: 'good',
    },
  ];
}

/** LLM traffic is irregular, so these limits cover half an hour, and a period without calls is good. */
function llmLimits({ objectives }: ResolvedConfig): LimitObjective[] {
  const common = { ...SUSTAINED, source: 'api', periodMinutes: 10, missing: 'good' } as const;
  return [
    {
      ...common,
      id: 'llm-cache-hits',
      title: `At least ${objectives.cacheHitPercent} % of LLM answers come from the cache`,
      unit: '%',
      limit: objectives.cacheHitPercent,
      missed: 'below',
    },
    {
      ...common,
      id: 'llm-response-time',
      title: `LLM providers answer within ${objectives.llmLatencyMilliseconds} ms on average`,
      unit: 'ms',
      limit: objectives.llmLatencyMilliseconds,
      missed: 'above',
    },
    {
      ...common,
      id: 'llm-timeouts',
      title: `At most ${objectives.llmTimeoutPercent} % of LLM calls time out`,
      unit: '%',
      limit: objectives.llmTimeoutPercent,
      missed: 'above',
    },
  ];
}

function cdnLimits({ objectives: { cdnErrorPercent } }: ResolvedConfig): LimitObjective[] {
  return [
    {
      ...SUSTAINED,
      id: 'cdn-errors',
      source: 'cdn',
      title: `At most ${cdnErrorPercent} % of CloudFront's answers are server errors`,
      unit: '%',
      limit: cdnErrorPercent,
      missed: 'above',
      missing: 'good',
    },
  ];
}

/**
 * The scaler's other alarms are about single workloads and forecasts:
 * lib/constructs/observability/scaler-alarms.ts.
 */
function scalerLimits({ predictiveScaling }: ResolvedConfig): LimitObjective[] {
  if (predictiveScaling === null) return [];
  const { alarms, intervalMinutes } = predictiveScaling;
  const periods = Math.floor(alarms.heartbeatMissingMinutes / intervalMinutes);
  return [
    {
      ...SUSTAINED,
      id: 'scaler-heartbeat',
      source: 'scaler',
      title: `The scaler completes a run within ${alarms.heartbeatMissingMinutes} min`,
      unit: 'runs',
      limit: 1,
      missed: 'below',
      periodMinutes: intervalMinutes,
      periods,
      badPeriods: periods,
      missing: 'bad',
    },
  ];
}
