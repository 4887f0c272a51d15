import { FallbackTokenCounter } from '../budgets/tokens/fallback-token-counter';
import { MemoryTokenCounter } from '../budgets/tokens/memory-token-counter';
import { TokenLimiter } from '../budgets/tokens/token-limiter';
import { ValkeyTokenCounter } from '../budgets/tokens/valkey-token-counter';
import { FailureLog } from '../cache/failure-log';
import type { ValkeyClient } from '../cache/valkey-client';
import type { Logger } from '../telemetry/logger';
import type { PrometheusMetrics } from '../telemetry/prometheus';

export interface TokenLimiterParts {
  /** Null where pods share no cache: each counts for itself. */
  readonly cache: ValkeyClient | null;
  readonly logger: Logger;
  readonly metrics: PrometheusMetrics;
  readonly now: () => Date;
}

/** Limits of tokens a minute, counted in Valkey where there is one. */
export function openTokenLimiter({ cache, logger, metrics, now }: TokenLimiterParts): TokenLimiter {
  const own = new MemoryTokenCounter();
  if (cache === null) return new TokenLimiter({ counter: own, now });
  const failures = new FailureLog({ logger, now, onFailure: () => metrics.countCacheError() });
  const counter = new FallbackTokenCounter({
    shared: new ValkeyTokenCounter(cache),
    isConnected: () => cache.isConnected,
    own,
    now,
    onFailure: (error) => failures.note(error),
  });
  return new TokenLimiter({ counter, now });
}
