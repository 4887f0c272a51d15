import type { QueryResult, QueryResultRow } from 'pg';

/** What runs statements: a pool, or the connection of a transaction. */
export interface Queryable {
  /**
   * Runs one statement, never as a prepared one: RDS Proxy pins a session to its client for those.
   * @param name short name of the statement for statistics and the slow-query log, e.g. `history-page`
   * @param text SQL with `$1`, `$2`, … for the values
   */
  query<Row extends QueryResultRow = QueryResultRow>(
    name: string,
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
}

/** Connections of one database user that are opened when they are needed and reused. */
export interface Pool extends Queryable {
  /** Runs `work` in a transaction: commits what it did, or rolls back when it throws. */
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
  /** Counts of connections, events and statements since the start. */
  readonly statistics: PoolStatistics;
}

/** The service's database. */
export interface Database {
  /** Reads, as the API's user (or as the admin servers'). */
  readonly reads: Pool;
  /** Writes, as a user of its own: poolers share connections by user, so a flood of writes does not starve reads. */
  readonly writes: Pool;
  /** Long reads: the read replica, which may be some seconds behind; `reads` where there is no replica. */
  readonly reports: Pool;
  /** Asks each pool's server for an answer. Never throws. */
  health(): Promise<DatabaseHealth>;
  /** Waits for statements under way, then closes all connections. */
  close(): Promise<void>;
}

/** Whether the database answers. */
export interface DatabaseHealth {
  /** Whether each pool's server answered in time. */
  readonly healthy: boolean;
  /** By name of the pool: `reads`, `writes`, and `reports` where there is a replica. */
  readonly pools: Readonly<Record<string, PoolHealth>>;
}

/** Whether the server of one pool answers. */
export interface PoolHealth {
  /** Whether it answered in time. */
  readonly healthy: boolean;
  /** Time until the answer or the failure, ms. */
  readonly milliseconds: number;
  /** Why it is not healthy. @default - healthy */
  readonly message?: string;
  /** Counts of the pool at this moment. */
  readonly statistics: PoolStatistics;
}

/** Counts of one pool. */
export interface PoolStatistics {
  /** Name of the pool. */
  readonly name: string;
  /** Most connections. */
  readonly max: number;
  /** Connections that run a statement or a transaction. */
  readonly active: number;
  /** Connections that are open and free. */
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  /** Events since the start. */
  readonly events: PoolEvents;
  /** Statements since the start, by name. */
  readonly queries: Readonly<Record<string, QueryStatistics>>;
}

/** What happened in a pool since the start, counts. */
export interface PoolEvents {
  /** Connections opened. */
  readonly connected: number;
  /** Connections lent to a caller. */
  readonly acquired: number;
  /** Connections closed: idle for too long, used up, broken. */
  readonly removed: number;
  /** Connections that failed while idle. */
  readonly errors: number;
  /** Callers that got no connection in time. */
  readonly timeouts: number;
  /** Log-ins that the server refused. */
  readonly refused: number;
}

/** Time that a statement took, over the calls since the start. */
export interface QueryStatistics {
  /** Number of calls. */
  readonly count: number;
  /** Calls that failed. */
  readonly failures: number;
  /** Mean, ms. */
  readonly mean: number;
  /** Shortest, ms. */
  readonly min: number;
  /** Longest, ms. */
  readonly max: number;
  /** 95th percentile, ms, of the most recent calls. */
  readonly p95: number;
}
