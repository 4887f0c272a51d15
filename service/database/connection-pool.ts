import type { ClientBase, QueryResult, QueryResultRow } from 'pg';
import { DatabaseUnavailableError, isConnectionLost } from './database-errors';
import { Lender, type LenderProps } from './lender';
import type { Pool, PoolEvents, PoolHealth, PoolStatistics, Queryable } from './pools';
import { QueryTimes } from './query-times';

/** Receives the log lines of the pools; pino's logger fits. */
export interface DatabaseLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ConnectionPoolProps extends Omit<LenderProps, 'onEvent'> {
  /** Least time of a statement that is logged as slow, ms. */
  readonly slowQueryMs: number;
  readonly log: DatabaseLog;
}

/** Longest text of a statement in the slow-query log, characters. */
const MAX_LOGGED_TEXT = 2000;

/** A pool over `pg`'s, with statistics, the slow-query log and transactions. */
export class ConnectionPool implements Pool {
  private readonly lender: Lender;
  private readonly times = new QueryTimes();
  private readonly events = { connected: 0, acquired: 0, removed: 0, errors: 0, timeouts: 0, refused: 0 };

  constructor(private readonly props: ConnectionPoolProps) {
    this.lender = new Lender({ ...props, onEvent: (event, error) => this.count(event, error) });
  }

  get statistics(): PoolStatistics {
    const { name, limits } = this.props;
    const { active, idle, waiting } = this.lender;
    const { times } = this;
    return {
      name,
      max: limits.max,
      active,
      idle,
      waiting,
      events: { ...this.events },
      // Sorting the times takes milliseconds: only for who reads them.
      get queries() {
        return times.summary();
      },
    };
  }

  async query<Row extends QueryResultRow = QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    return this.withClient((client) => client.query<Row>(name, text, values));
  }

  async transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T> {
    return this.withClient(async (client, isLost) => {
      await client.query('begin', 'BEGIN');
      try {
        const result = await work(client);
        const { command } = await client.query('commit', 'COMMIT');
        // PostgreSQL answers ROLLBACK to the COMMIT of a transaction in which a statement failed.
        if (command !== 'COMMIT') {
          throw new Error('the transaction was rolled back: a statement failed, and its error was ignored');
        }
        return result;
      } catch (error) {
        // The server rolls back where the connection is lost. A ROLLBACK behind a statement without an answer would
        // wait for another time limit.
        if (!isLost()) await client.query('rollback', 'ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** Asks the server for an answer. Never throws. */
  async health(): Promise<PoolHealth> {
    const started = performance.now();
    const outcome = await this.query('health', 'SELECT 1').then(
      () => ({ healthy: true }),
      (error: Error) => ({ healthy: false, message: error.message }),
    );
    return { ...outcome, milliseconds: performance.now() - started, statistics: this.statistics };
  }

  /** Opens the pool's least number of connections. */
  warmUp(): Promise<void> {
    return this.lender.warmUp();
  }

  /** Waits for lent connections, then closes all. */
  close(): Promise<void> {
    return this.lender.close();
  }

  private async withClient<T>(use: (client: Queryable, isLost: () => boolean) => Promise<T>): Promise<T> {
    const client = await this.lender.borrow();
    let lost: Error | undefined;
    const onLost = (error: Error) => {
      lost ??= error;
    };
    // A connection can also break between two statements of a transaction.
    client.on('error', onLost);
    try {
      const queryable: Queryable = {
        query: (name, text, values) => this.run(client, { name, text, values }, onLost),
      };
      return await use(queryable, () => lost !== undefined);
    } catch (error) {
      if (lost === undefined) throw error;
      throw new DatabaseUnavailableError(`database pool ${this.props.name}: ${lost.message}`, {
        cause: error,
      });
    } finally {
      client.removeListener('error', onLost);
      this.lender.giveBack(client, lost !== undefined);
    }
  }

  private async run<Row extends QueryResultRow>(
    client: ClientBase,
    { name, text, values = [] }: { name: string; text: string; values?: readonly unknown[] },
    onLost: (error: Error) => void,
  ): Promise<QueryResult<Row>> {
    const started = performance.now();
    let succeeded = false;
    try {
      const result = await client.query<Row>(text, [...values]);
      succeeded = true;
      return result;
    } catch (error) {
      if (isConnectionLost(error)) onLost(error as Error);
      throw error;
    } finally {
      const milliseconds = performance.now() - started;
      this.times.record(name, milliseconds, succeeded);
      if (milliseconds >= this.props.slowQueryMs) this.logSlow(name, text, milliseconds);
    }
  }

  /** Without the values, which may hold prompts. */
  private logSlow(query: string, text: string, milliseconds: number): void {
    const shown = text.replace(/\s+/g, ' ').slice(0, MAX_LOGGED_TEXT);
    this.props.log.warn(
      { pool: this.props.name, query, milliseconds: Math.round(milliseconds), text: shown },
      'slow query',
    );
  }

  private count(event: keyof PoolEvents, error?: Error): void {
    this.events[event] += 1;
    const { name, log } = this.props;
    log.debug({ pool: name, event, ...(error && { error: error.message }) }, 'database pool event');
  }
}
