import rateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { MemoryRateCounter } from '../../cache/memory-rate-counter';
import type { RateCounter } from '../../cache/rate-counter';
import { ProblemError } from '../problem';
import type { Server } from '../server-types';

export interface RateLimitProps {
  /** Requests of a key in a minute, where neither key nor project has a limit. */
  readonly requestsPerMinute: number;
  /** Counts the requests of keys; it never fails. */
  readonly counter: RateCounter;
  /** Clock of the counts that stay in this pod. */
  readonly now: () => Date;
}

/** Length of a window, ms. */
const MINUTE_MS = 60_000;

/** Start of a counted name that is a key's id; other names are addresses. */
const KEY_PREFIX = 'key:';

/**
 * Limits the requests of each key. The plugin's hooks run after the one that authenticates, because routes get them one
 * by one.
 */
export function registerRateLimit(app: Server, props: RateLimitProps): void {
  app.register(rateLimit, {
    max: (request) => request.requestsPerMinute ?? props.requestsPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: countedName,
    allowList: ({ routeOptions }) => routeOptions.config.vital === true,
    store: storeOf(props),
    errorResponseBuilder: (_request, { max, ttl }) =>
      new ProblemError({
        status: 429,
        code: 'rate_limited',
        detail: `The key may send ${max} requests in a minute. Send the request again after the time in Retry-After.`,
        retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
      }),
  });
}

function countedName({ principal, ip }: FastifyRequest): string {
  return principal === undefined ? ip : `${KEY_PREFIX}${principal.keyId}`;
}

/** The plugin constructs its store itself. */
function storeOf({ counter, now }: RateLimitProps) {
  return class Store implements FastifyRateLimitStore {
    /** Counts by address. They stay in the pod: callers without a key must not cause work elsewhere. */
    private readonly addresses = new MemoryRateCounter(now);

    incr(
      name: string,
      done: (error: Error | null, result?: { current: number; ttl: number }) => void,
      windowMs: number,
    ): void {
      const isKey = name.startsWith(KEY_PREFIX);
      const counted = isKey
        ? counter.count(name.slice(KEY_PREFIX.length), windowMs)
        : this.addresses.count(name, windowMs);
      counted.then(({ requests, remainingMs }) => done(null, { current: requests, ttl: remainingMs }), done);
    }

    /** Counts of another kind, such as refusals, do not add to those of requests. */
    child(): Store {
      return new Store();
    }
  };
}
