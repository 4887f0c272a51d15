import { randomUUID } from 'node:crypto';
import { SharedDeduplicator } from '../cache/deduplication/shared-deduplicator';
import { FailureLog } from '../cache/failure-log';
import { FallbackRateCounter } from '../cache/fallback-rate-counter';
import { cacheToken } from '../cache/iam-token';
import { CacheInvalidator } from '../cache/invalidation/cache-invalidator';
import { MultiLayerCache } from '../cache/layers/multi-layer-cache';
import { MemoryRateCounter } from '../cache/memory-rate-counter';
import type { RateCounter } from '../cache/rate-counter';
import { CacheBus } from '../cache/shared/cache-bus';
import { GuardedSharedCache } from '../cache/shared/guarded-shared-cache';
import { MemorySharedCache } from '../cache/shared/memory-shared-cache';
import type { SharedCache, SharedMessages } from '../cache/shared/shared-cache';
import { ValkeyMessages } from '../cache/shared/valkey-messages';
import { ValkeySharedCache } from '../cache/shared/valkey-shared-cache';
import { SteppedRateCounter } from '../cache/stepped-rate-counter';
import { ValkeyClient } from '../cache/valkey-client';
import type { ValkeyLogin } from '../cache/valkey-connector';
import { ValkeyRateCounter } from '../cache/valkey-rate-counter';
import type { ServiceConfig } from '../config';
import type { Logger } from '../telemetry/logger';
import type { PrometheusMetrics } from '../telemetry/prometheus';
import { podCredentials } from './outgoing';

export interface OpenCacheProps {
  readonly config: ServiceConfig;
  readonly logger: Logger;
  readonly metrics: PrometheusMetrics;
  readonly now: () => Date;
}

/** What a pod has of the cache. */
export interface CacheParts {
  /** Null where there is no cache, and on admin pods. */
  readonly cache: ValkeyClient | null;
  /** Counts the requests of keys. */
  readonly rateCounter: RateCounter;
  /** L1 and L2; L1 only where there is no shared cache. */
  readonly layers: MultiLayerCache;
  readonly invalidator: CacheInvalidator;
  /** Shares works between callers and pods. */
  readonly deduplicator: SharedDeduplicator;
  /** The shared cache with its deadline; null where there is none. */
  readonly shared: SharedCache | null;
  /** Messages between pods; within this pod where there is no shared cache. */
  readonly messages: SharedMessages & Pick<SharedCache, 'publish'>;
  /** Connections to the shared cache. */
  readonly connections: { open(): void; close(): Promise<void> };
}

/** Longest wait of a shared work for Valkey, ms: results are long, and a lost one costs a second call of a provider. */
const DEDUPLICATION_MS = 250;

/** Time between two tries to tell the shared cache of invalidations that it has missed, ms. */
const RETRY_MS = 1000;

/** Parts of a pod without a shared cache. */
export function noCache(props: OpenCacheProps): CacheParts {
  const { now } = props;
  const messages = new MemorySharedCache(now);
  return {
    ...layersOf(props, null, null),
    cache: null,
    rateCounter: new MemoryRateCounter(now),
    deduplicator: new SharedDeduplicator({ shared: null, messages: null }),
    shared: null,
    messages,
    connections: { open: () => undefined, close: async () => undefined },
  };
}

/** The parts that the service's variables describe. Nothing connects yet. */
export function openCache(props: OpenCacheProps): CacheParts {
  const { logger, metrics, now } = props;
  const { host, tls: hasTls, authentication, ...settings } = props.config.cache;
  if (host === null) return noCache(props);
  const failures = new FailureLog({ logger, now, onFailure: () => metrics.countCacheError() });
  const onFailure = (error: Error) => failures.note(error);
  const connection = {
    ...settings,
    tls: hasTls ? {} : (false as const),
    login: authentication === 'iam' ? iamLogin(props) : undefined,
  };
  const events = {
    connected: (isConnected: boolean) => metrics.setCacheConnected(isConnected),
    failed: onFailure,
  };
  const cache = new ValkeyClient({ ...connection, host, events });
  const shared = new GuardedSharedCache({ cache: new ValkeySharedCache(cache), now, onFailure });
  const patient = new GuardedSharedCache({
    ...{ cache: new ValkeySharedCache(cache), now, onFailure },
    deadlineMs: DEDUPLICATION_MS,
  });
  const heard = new ValkeyMessages({ ...connection, client: cache, onFailure });
  const sender = `${props.config.podName} ${randomUUID()}`;
  const layers = layersOf(props, shared, new CacheBus({ shared, messages: heard, sender, onFailure }));
  return {
    ...layers,
    ...{ cache, shared },
    rateCounter: sharedRateCounter(cache, props, onFailure),
    deduplicator: new SharedDeduplicator({ shared: patient, messages: heard }),
    messages: {
      subscribe: (channel, listener) => heard.subscribe(channel, listener),
      onGap: (listener) => heard.onGap(listener),
      publish: (channel, message) => shared.publish(channel, message),
    },
    connections: connectionsOf(cache, heard, layers.layers),
  };
}

function layersOf(
  { config, metrics, now }: OpenCacheProps,
  shared: SharedCache | null,
  bus: CacheBus | null,
) {
  const names = { l1: 'memory', l2: 'shared' } as const;
  const cache = new MultiLayerCache({
    ...{ maxBytes: config.cache.l1MaxBytes, shared, bus, now, random: Math.random },
    // A caller who changes a value of the cache is to be found before production.
    freeze: config.environment === 'dev',
    observer: { lookup: (layer, result) => metrics.countCacheLookup(names[layer], result) },
  });
  return { layers: cache, invalidator: new CacheInvalidator({ cache, bus }) };
}

function sharedRateCounter(
  cache: ValkeyClient,
  { metrics, now }: OpenCacheProps,
  onFailure: (error: Error) => void,
): RateCounter {
  const counter = new FallbackRateCounter({
    shared: new ValkeyRateCounter(cache),
    isConnected: () => cache.isConnected,
    own: new MemoryRateCounter(now),
    now,
    onDecision: (decided) => metrics.countRateLimitCheck(decided),
    onFailure,
  });
  return new SteppedRateCounter({ counter, now });
}

function connectionsOf(cache: ValkeyClient, messages: ValkeyMessages, layers: MultiLayerCache) {
  let timer: NodeJS.Timeout | undefined;
  return {
    open: () => {
      cache.open();
      messages.open();
      timer = setInterval(() => void layers.retryInvalidations(), RETRY_MS).unref();
    },
    close: async () => {
      clearInterval(timer);
      messages.close();
      await cache.close();
    },
  };
}

/** Signs a token for each connection with the pod's credentials of that moment. */
function iamLogin({ config, now }: OpenCacheProps): ValkeyLogin {
  const { region } = config;
  const { name: cacheName, user } = config.cache;
  const credentials = podCredentials(config);
  return {
    user,
    password: async () => cacheToken({ cacheName, user, region, credentials: await credentials() }, now()),
  };
}
