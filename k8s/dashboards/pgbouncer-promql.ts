import { DATABASE_NAME, PGBOUNCER_NAME } from '../../lib/config/names';
import { podsOf, sumOfRates } from './promql';

/** Metrics of https://github.com/prometheus-community/pgbouncer_exporter that the dashboards use. */
export const PGBOUNCER_METRICS = {
  up: 'pgbouncer_up',
  clientsActive: 'pgbouncer_pools_client_active_connections',
  clientsWaiting: 'pgbouncer_pools_client_waiting_connections',
  longestWait: 'pgbouncer_pools_client_maxwait_seconds',
  serversActive: 'pgbouncer_pools_server_active_connections',
  serversIdle: 'pgbouncer_pools_server_idle_connections',
  queries: 'pgbouncer_stats_queries_pooled_total',
  querySeconds: 'pgbouncer_stats_queries_duration_seconds_total',
  waitSeconds: 'pgbouncer_stats_client_wait_seconds_total',
} as const;

const PODS = podsOf(PGBOUNCER_NAME);

/** Matchers of the API's pool; the readiness query and the admin console have other pools. */
const POOL = `${PODS},database="${DATABASE_NAME}"`;

/** Connections of all PgBouncers, from clients or to the database. */
export function pgBouncerConnections(
  of: 'clientsActive' | 'clientsWaiting' | 'serversActive' | 'serversIdle',
): string {
  return `sum(${PGBOUNCER_METRICS[of]}{${POOL}})`;
}

/** Connections to the database of each PgBouncer. */
export function pgBouncerServersByPod(): string {
  const { serversActive, serversIdle } = PGBOUNCER_METRICS;
  return `sum by (pod) (${serversActive}{${POOL}} + ${serversIdle}{${POOL}})`;
}

/** How long the client that waits longest has waited, s. */
export function pgBouncerLongestWait(): string {
  return `max(${PGBOUNCER_METRICS.longestWait}{${POOL}})`;
}

/** Queries per second through all PgBouncers; `window` is a PromQL duration. */
export function pgBouncerQueriesPerSecond(window: string): string {
  return sumOfRates(`${PGBOUNCER_METRICS.queries}{${POOL}}`, window);
}

/** Mean time of a query, in the database or waiting for a connection to it, ms. */
export function pgBouncerMeanTime(of: 'querySeconds' | 'waitSeconds', window: string): string {
  const seconds = sumOfRates(`${PGBOUNCER_METRICS[of]}{${POOL}}`, window);
  return `1000 * ${seconds} / (${pgBouncerQueriesPerSecond(window)} > 0)`;
}

/** Number of PgBouncers that answer their exporter; 0 without any. */
export function pgBouncersUp(): string {
  return `(sum(max by (pod) (${PGBOUNCER_METRICS.up}{${PODS}})) or vector(0))`;
}
