import { getHeapStatistics } from 'node:v8';
import type { AccessProps } from '../access/access-props';
import { Authenticator } from '../access/authenticator';
import type { TokenLimiter } from '../budgets/tokens/token-limiter';
import { ACCESS_CHANGED, type CacheChanges } from '../cache/invalidation/cache-changes';
import type { ServiceConfig } from '../config';
import { openDatabase } from '../database/open-database';
import type { Database, PoolStatistics } from '../database/pools';
import { Lifecycle } from '../http/lifecycle';
import type { PoolName } from '../http/server-types';
import { PodAgent } from '../pods/pod-agent';
import { PodStatusReader } from '../pods/pod-status';
import { EmbeddedMetrics } from '../telemetry/embedded-metrics';
import type { Logger } from '../telemetry/logger';
import { PerformanceMonitor } from '../telemetry/performance-monitor';
import { ProcessProfiler } from '../telemetry/profiler';
import { PrometheusMetrics } from '../telemetry/prometheus';
import { accessChanges, openChanges } from './cache-changes';
import { databaseSettings } from './database-settings';
import { type CacheParts, noCache, openCache } from './open-cache';
import { peopleOf } from './people';
import { openTokenLimiter } from './token-limiter';

export interface OpenServiceProps {
  readonly kind: 'api' | 'admin';
  readonly config: ServiceConfig;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** The parts that API and admin servers share. */
export interface ServiceParts extends OpenServiceProps, CacheParts {
  readonly database: Database & { warmUp(): Promise<void> };
  readonly access: AccessProps;
  readonly authenticator: Authenticator;
  /** Limits of tokens a minute. */
  readonly tokenLimiter: TokenLimiter;
  readonly metrics: PrometheusMetrics;
  readonly monitor: PerformanceMonitor;
  readonly lifecycle: Lifecycle;
  readonly agent: PodAgent;
  /** Makes known what of the caches is no longer valid. */
  readonly changes: CacheChanges;
  /** Null where there is no CloudWatch agent. */
  readonly embedded: EmbeddedMetrics | null;
  /** Callers that wait for a database connection, in each pool. */
  readonly waiting: Readonly<Record<PoolName, () => number>>;
  /** Largest heap that V8 allows, bytes. */
  readonly heapLimitBytes: number;
  /** Mean delay of the event loop above which requests are refused, ms. */
  readonly maxEventLoopDelayMs: number;
}

/** Mean delay of the event loop above which requests are refused, ms: the objective of the 99th percentile. */
const MAX_EVENT_LOOP_DELAY_MS = 1000;

/** Builds the parts. Nothing listens yet, and no connection is open. */
export function openService(props: OpenServiceProps): ServiceParts {
  const { config, logger, now, kind } = props;
  const database = openDatabase(
    databaseSettings({ config, now, log: logger, applicationName: `llm-cost-ops-${kind}` }),
  );
  const pools = () => poolsOf(database);
  const waitingOf = (name: PoolName) => () => database[name].statistics.waiting;
  const waiting = { reads: waitingOf('reads'), writes: waitingOf('writes'), reports: waitingOf('reports') };
  const metrics = new PrometheusMetrics({
    pools: () => ({
      active: sum(pools(), ({ active }) => active),
      idle: sum(pools(), ({ idle }) => idle),
      waiting: sum(pools(), ({ waiting }) => waiting),
    }),
    cache: hasCache(props),
    ...(kind === 'api' && { providers: config.gateway.providers.map(({ name }) => name) }),
  });
  const monitor = new PerformanceMonitor({ clock: () => performance.now() });
  const lifecycle = new Lifecycle();
  const heapLimitBytes = getHeapStatistics().heap_size_limit;
  const open = hasCache(props) ? openCache : noCache;
  const cacheParts = open({ config, logger, metrics, now });
  const changes = openChanges({ ...cacheParts, kind, database, config, now });
  const status = new PodStatusReader({
    ...{ pools, heapLimitBytes },
    calls: () => monitor.statistics(),
    cache: () => cacheParts.layers.statistics(),
  });
  const access = { database, now, changed: accessChanges(changes, logger) };
  const authenticator = new Authenticator({ ...access, ...peopleOf(config, now) });
  cacheParts.invalidator.onEvent(ACCESS_CHANGED, (subject) => authenticator.forget(subject));
  const agent = new PodAgent({
    database: database.reads,
    podId: config.podName,
    kind,
    status: () => status.read(),
    isDraining: () => lifecycle.draining,
    profiler: new ProcessProfiler(),
    changeCache: (change) => changes.apply(change),
    logger,
  });
  return {
    ...cacheParts,
    ...{ ...props, database, access, metrics, monitor, lifecycle, agent, waiting, heapLimitBytes },
    maxEventLoopDelayMs: MAX_EVENT_LOOP_DELAY_MS,
    authenticator,
    changes,
    tokenLimiter: openTokenLimiter({ cache: cacheParts.cache, logger, metrics, now }),
    embedded: embeddedMetrics(config, () => sum(pools(), (pool) => pool.waiting), logger),
  };
}

/** Whether the pod uses the cache. The network policies let only API pods connect to it. */
function hasCache({ kind, config }: OpenServiceProps): boolean {
  return kind === 'api' && config.cache.host !== null;
}

function embeddedMetrics(
  { environment, metricsAgent }: ServiceConfig,
  poolWaiting: () => number,
  logger: Logger,
): EmbeddedMetrics | null {
  if (metricsAgent === null) return null;
  const { endpoint, logGroup } = metricsAgent;
  return new EmbeddedMetrics({ environment, endpoint, logGroup, poolWaiting, logger });
}

/** Statistics of the pools; reports are read by the pool of reads where there is no replica. */
function poolsOf({ reads, writes, reports }: Database): PoolStatistics[] {
  return [...new Set([reads, writes, reports])].map(({ statistics }) => statistics);
}

function sum<T>(values: readonly T[], value: (one: T) => number): number {
  return values.reduce((total, one) => total + value(one), 0);
}
