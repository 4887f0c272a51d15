import type { Parameters } from './parameters.ts';

/** Options that all tests share. */
export function commonOptions(test: string, { sticky }: Parameters) {
  return {
    userAgent: 'llm-cost-ops-load-test',
    tags: { test },
    // Kept where a cursor is read from it.
    discardResponseBodies: true,
    // Each iteration is a new client, whom the load balancer may send to a new replica. With cookies kept, clients
    // stay with the replicas that were there before the load, and those that it brings have nothing to do.
    noCookiesReset: sticky,
    // A load balancer that grows changes its addresses; k6 would keep the first for five minutes.
    dns: { ttl: '30s', select: 'roundRobin' as const, policy: 'preferIPv4' as const },
    summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
  };
}
