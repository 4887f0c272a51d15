import type { ResolvedConfig } from './environment-config';
import { peakReplicas } from './replicas';

/** PgBouncers in addition to the configured ones during a roll-out: one that starts and one that still drains. */
const ROLLING_PGBOUNCERS = 2;

/** Share of a PgBouncer's connections reserved for clients that have waited too long, percent. */
const RESERVE_PERCENT = 10;

/** Client connections of each PgBouncer for others than the workloads: readiness queries, people. */
const OPERATOR_CONNECTIONS = 10;

/** Limits of one PgBouncer, in connections. */
export interface PgBouncerLimits {
  /**
   * Most client connections (`max_client_conn`): all clients, because one replica may have to serve all of
   * them.
   */
  readonly maxClientConnections: number;
  /** Most server connections in total (`max_db_connections`). */
  readonly maxServerConnections: number;
  /** Server connections of the API's user (`default_pool_size`). */
  readonly defaultPoolSize: number;
  /** Further server connections when a client has waited too long (`reserve_pool_size`). */
  readonly reservePoolSize: number;
}

/** Most client connections that the API and the admin servers open together: during a roll-out at full scale. */
export function clientConnections({ autoscaling, database, admin }: ResolvedConfig): number {
  return (
    peakReplicas(autoscaling.hpa.maxReplicas) * database.clientPool.max +
    peakReplicas(admin.replicas) * admin.databasePoolMax
  );
}

/** Limits of each PgBouncer: their share of `max_connections`, divided by the most that may run at the same time. */
export function pgBouncerLimits({ database }: Pick<ResolvedConfig, 'database'>): PgBouncerLimits {
  const { maxConnections, maxClientConnections, pgbouncer } = database;
  const budget = Math.floor((maxConnections * pgbouncer.maxConnectionsPercent) / 100);
  const maxServerConnections = Math.floor(budget / (pgbouncer.replicas + ROLLING_PGBOUNCERS));
  const reservePoolSize = Math.ceil((maxServerConnections * RESERVE_PERCENT) / 100);
  return {
    maxClientConnections: maxClientConnections + OPERATOR_CONNECTIONS,
    maxServerConnections,
    defaultPoolSize: maxServerConnections - reservePoolSize,
    reservePoolSize,
  };
}
