import type { ResolvedConfig } from './environment-config';
import { peakReplicas } from './replicas';

/** PgBouncers beside the configured ones while they are rolled out: one that joins and one that still drains. */
const ROLLING_PGBOUNCERS = 2;

/** Share of a PgBouncer's connections kept back for clients that have waited too long, percent. */
const RESERVE_PERCENT = 10;

/** Client connections of each PgBouncer that are not the workloads': readiness queries, people. */
const OPERATOR_CONNECTIONS = 10;

/** Limits of one PgBouncer, in connections. */
export interface PgBouncerLimits {
  /** Clients: all of them, for one replica may be left alone with them. */
  readonly maxClientConnections: number;
  /** Server connections in all. */
  readonly maxServerConnections: number;
  /** Server connections of the API's user. */
  readonly defaultPoolSize: number;
  /** Further ones when a client has waited too long. */
  readonly reservePoolSize: number;
}

/** Most client connections that the API and the admin servers open together, during a roll-out at full scale. */
export function clientConnections({ autoscaling, database, admin }: ResolvedConfig): number {
  return (
    peakReplicas(autoscaling.hpa.maxReplicas) * database.clientPool.max +
    peakReplicas(admin.replicas) * admin.databasePoolMax
  );
}

/** The PgBouncers' share of `max_connections`, divided among as many of them as may run at once. */
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
