import rateLimit from '@fastify/rate-limit';
import { ProblemError } from '../problem';
import type { Server } from '../server-types';

export interface RateLimitProps {
  /** Requests of a key in a minute, where neither key nor project has a limit. */
  readonly requestsPerMinute: number;
  /** Client of a shared store, so that all pods count together. @default - each pod counts for itself */
  readonly store?: unknown;
}

/**
 * Limits the requests of each key. Where the shared store fails, requests pass: a limit is no reason for an outage.
 * The plugin's hooks run after the one that authenticates, because routes get them one by one.
 */
export function registerRateLimit(app: Server, { requestsPerMinute, store }: RateLimitProps): void {
  app.register(rateLimit, {
    max: (request) => request.requestsPerMinute ?? requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => request.principal?.keyId ?? request.ip,
    allowList: ({ routeOptions }) => routeOptions.config.vital === true,
    skipOnError: true,
    nameSpace: 'llm-cost-ops-rate-',
    ...(store !== undefined && { redis: store }),
    errorResponseBuilder: (_request, { max, ttl }) =>
      new ProblemError({
        status: 429,
        code: 'rate_limited',
        detail: `The key may send ${max} requests in a minute. Send the request again after the time in Retry-After.`,
        retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
      }),
  });
}
