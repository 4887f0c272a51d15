import { FailureLog } from '../cache/failure-log';
import { FallbackRateCounter } from '../cache/fallback-rate-counter';
import { cacheToken } from '../cache/iam-token';
import { MemoryRateCounter } from '../cache/memory-rate-counter';
import type { RateCounter } from '../cache/rate-counter';
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
}

/** Parts of a pod without a cache. */
export function noCache(now: () => Date): CacheParts {
  return { cache: null, rateCounter: new MemoryRateCounter(now) };
}

/** The client and the counter that the service's variables describe. The client does not connect yet. */
export function openCache(props: OpenCacheProps): CacheParts {
  const { logger, metrics, now } = props;
  const { host, tls, authentication, ...settings } = props.config.cache;
  if (host === null) return noCache(now);
  const failures = new FailureLog({ logger, now, onFailure: () => metrics.countCacheError() });
  const cache = new ValkeyClient({
    ...settings,
    host,
    tls: tls ? {} : false,
    login: authentication === 'iam' ? iamLogin(props) : undefined,
    events: {
      connected: (isConnected) => metrics.setCacheConnected(isConnected),
      failed: (error) => failures.note(error),
    },
  });
  const rateCounter = new FallbackRateCounter({
    shared: new ValkeyRateCounter(cache),
    isConnected: () => cache.isConnected,
    own: new MemoryRateCounter(now),
    now,
    onDecision: (counter) => metrics.countRateLimitCheck(counter),
    onFailure: (error) => failures.note(error),
  });
  return { cache, rateCounter };
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
