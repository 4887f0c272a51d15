import { REPORT_POOL_MAX } from '../../service/contract';
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

/** Client connections to the pooler, and the sum that they come from. */
export interface ConnectionSum {
  /** Number of connections. */
  readonly total: number;
  /** The sum for messages, e.g. `63 x (20 + 4) + 3 x (5 + 2)`. */
  readonly sum: string;
}

/**
 * Most client connections that the API and the admin servers open together: the pools for reads and for writes of all
 * replicas during a roll-out at full scale.
 */
export function clientConnections({ autoscaling, database, admin }: ResolvedConfig): ConnectionSum {
  const api = peakReplicas(autoscaling.hpa.maxReplicas);
  const admins = peakReplicas(admin.replicas);
  const { max, writeMax } = database.clientPool;
  const { databasePoolMax, databaseWritePoolMax } = admin;
  return {
    total: api * (max + writeMax) + admins * (databasePoolMax + databaseWritePoolMax),
    sum: `${api} x (${max} + ${writeMax}) + ${admins} x (${databasePoolMax} + ${databaseWritePoolMax})`,
  };
}

/**
 * Most connections to one read replica, which has no pooler: the report pools of all replicas of the API and the admin
 * servers. New connections take the replicas in turn, but the last one that is left has to take all of them.
 */
export function replicaConnections({ autoscaling, admin }: ResolvedConfig): ConnectionSum {
  const api = peakReplicas(autoscaling.hpa.maxReplicas);
  const admins = peakReplicas(admin.replicas);
  return {
    total: (api + admins) * REPORT_POOL_MAX,
    sum: `(${api} + ${admins}) x ${REPORT_POOL_MAX}`,
  };
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
