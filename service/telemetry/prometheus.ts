import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { PROMETHEUS_METRICS, REQUEST_COUNTER } from '../contract';
import { GatewayMetrics } from './gateway-metrics';

/** Route label of requests that match no route. */
export const UNKNOWN_ROUTE = 'unknown';

/** Bounds of the histogram of requests, seconds. 0.1, 0.5 and 1 are the latency objectives. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Methods that a label may hold; others are counted as OTHER, so that a caller cannot add series. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Why a pod refuses requests while it is overloaded: they waited for too long, too many wait, the event loop is late, the
 * heap is nearly full, too many callers wait for a database connection, or it holds too many bodies.
 */
export const REFUSAL_REASONS = [
  'queue_time',
  'queue_full',
  'event_loop',
  'heap',
  'database_pool',
  'bodies',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Connections of a database pool. */
export interface PoolGauge {
  /** Connections that run a query. */
  readonly active: number;
  /** Open connections without work. */
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

export interface PrometheusProps {
  /** Reads the connections of all pools of this pod when Prometheus asks. @default - no gauge of connections */
  readonly pools?: () => PoolGauge;
  /** Whether the pod has a cache. @default false: no metrics of a cache */
  readonly cache?: boolean;
  /** Names of the gateway's providers. @default - no metrics of a gateway */
  readonly providers?: readonly string[];
}

/** The Prometheus metrics of a pod. Labels are templates and codes; nothing in them comes from a caller. */
export class PrometheusMetrics {
  readonly registry = new Registry();
  /** Metrics of the gateway; undefined where the pod has none. */
  readonly gateway: GatewayMetrics | undefined;
  private readonly requests;
  private readonly responses;
  private readonly refused;
  private readonly duration;
  private readonly records;
  private readonly cacheLookups;
  private readonly logins;
  private readonly cache: CacheMetrics | undefined;

  constructor({ pools, cache = false, providers }: PrometheusProps = {}) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Counter({
      name: REQUEST_COUNTER,
      help: 'Requests that have arrived',
      labelNames: ['route', 'method'],
      registers,
    });
    this.responses = new Counter({
      name: PROMETHEUS_METRICS.responses,
      help: 'Responses that have begun',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.refused = new Counter({
      name: PROMETHEUS_METRICS.refused,
      help: 'Requests that were refused because the pod is overloaded',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of REFUSAL_REASONS) this.refused.inc({ reason }, 0);
    this.duration = new Histogram({
      name: PROMETHEUS_METRICS.requestDuration,
      help: 'Seconds until a response begins',
      labelNames: ['route', 'method'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.records = new Counter({
      name: PROMETHEUS_METRICS.ledgerRecords,
      help: 'Records that were sent to be stored',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of ['stored', 'duplicate', 'rejected'] as const) this.records.inc({ outcome }, 0);
    if (pools) registerPools(this.registry, pools);
    this.cacheLookups = new Counter({
      name: PROMETHEUS_METRICS.cacheLookups,
      help: 'Look-ups in the layers of the cache',
      labelNames: ['layer', 'result'],
      registers,
    });
    this.logins = new Counter({
      name: PROMETHEUS_METRICS.logins,
      help: 'Log-ins at the identity provider that have ended',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of ['ok', 'failed'] as const) this.logins.inc({ outcome }, 0);
    if (cache) this.cache = cacheMetrics(this.registry);
    if (providers) this.gateway = new GatewayMetrics(this.registry, { providers });
    // An idle pod without the counter looks like a pod without metrics, and prevents a scale-down.
    this.declareRoute(UNKNOWN_ROUTE, 'GET');
  }

  /** Makes the counter of a route exist with the value 0. */
  declareRoute(route: string, method: string): void {
    this.requests.inc({ route, method: methodLabel(method) }, 0);
  }

  /** Counts a request that arrives. */
  countRequest(route: string, method: string): void {
    this.requests.inc({ route, method: methodLabel(method) });
  }

  /** Counts a request that is refused because the pod is overloaded. */
  countRefused(reason: RefusalReason): void {
    this.refused.inc({ reason });
  }

  /** Counts a response that begins. */
  countResponse(route: string, method: string, status: number, seconds: number): void {
    const labels = { route, method: methodLabel(method) };
    this.responses.inc({ ...labels, status });
    this.duration.observe(labels, seconds);
  }

  /** Counts the records of a call by what became of them. */
  countRecords(counts: {
    readonly stored: number;
    readonly duplicate: number;
    readonly rejected: number;
  }): void {
    for (const [outcome, count] of Object.entries(counts)) this.records.inc({ outcome }, count);
  }

  /** Counts a log-in of a person when it ends. */
  countLogin(outcome: 'ok' | 'failed'): void {
    this.logins.inc({ outcome });
  }

  /** Counts a request by the counter that decided whether it is within its limit. */
  countRateLimitCheck(counter: 'shared' | 'pod'): void {
    this.cache?.rateLimitChecks.inc({ counter });
  }

  /** Notes whether the cache can be used. */
  setCacheConnected(isConnected: boolean): void {
    this.cache?.connected.set(isConnected ? 1 : 0);
  }

  /** Counts a failure of the cache. */
  countCacheError(): void {
    this.cache?.errors.inc();
  }

  /** Counts a look-up in a layer of the cache. */
  countCacheLookup(layer: 'memory' | 'shared', result: 'hit' | 'miss' | 'error'): void {
    this.cacheLookups.inc({ layer, result });
  }

  /** The page for Prometheus. */
  page(): Promise<string> {
    return this.registry.metrics();
  }
}

function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'OTHER';
}

interface CacheMetrics {
  readonly rateLimitChecks: Counter<'counter'>;
  readonly connected: Gauge;
  readonly errors: Counter;
}

function cacheMetrics(registry: Registry): CacheMetrics {
  const registers = [registry];
  const rateLimitChecks = new Counter({
    name: PROMETHEUS_METRICS.rateLimitChecks,
    help: 'Requests that a rate limit counted, by the counter that decided',
    labelNames: ['counter'],
    registers,
  });
  for (const counter of ['shared', 'pod'] as const) rateLimitChecks.inc({ counter }, 0);
  const connected = new Gauge({
    name: PROMETHEUS_METRICS.cacheConnected,
    help: 'Whether the pod is connected to the cache',
    registers,
  });
  const errors = new Counter({
    name: PROMETHEUS_METRICS.cacheErrors,
    help: 'Failed connections to the cache, and answers that came too late',
    registers,
  });
  return { rateLimitChecks, connected, errors };
}

function registerPools(registry: Registry, pools: () => PoolGauge): void {
  const gauge = new Gauge({
    name: PROMETHEUS_METRICS.databasePool,
    help: 'Connections of the database pools, and callers that wait for one',
    labelNames: ['state'],
    registers: [registry],
    collect: () => {
      const { active, idle, waiting } = pools();
      for (const [state, value] of Object.entries({ active, idle, waiting })) gauge.set({ state }, value);
    },
  });
}
