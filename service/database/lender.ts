import { Client, Pool as DriverPool, type PoolClient } from 'pg';
import { DatabaseUnavailableError, isLoginRefused } from './database-errors';
import type { DatabaseLogin } from './login';
import type { LoginTurn } from './login-turn';
import type { PoolEvents } from './pools';

/** Sizes and times of a pool. */
export interface PoolLimits {
  /** Most connections. */
  readonly max: number;
  /** Connections that stay open while idle. */
  readonly min: number;
  /** Time after which an idle connection above `min` closes, ms. */
  readonly idleTimeoutMs: number;
  /** Longest wait for a connection, ms. */
  readonly connectionTimeoutMs: number;
  /** Uses after which a connection is replaced. */
  readonly maxUses: number;
  /** Longest wait for the answer to a statement, ms; above the user's `statement_timeout`, so that the server ends it. */
  readonly queryTimeoutMs: number;
  /** Whether the process may exit while connections are idle. */
  readonly allowExitOnIdle: boolean;
}

export interface LenderProps {
  /** Name of the pool in messages, e.g. `reads`. */
  readonly name: string;
  /** Servers and user. */
  readonly login: DatabaseLogin;
  /** Sizes and times. */
  readonly limits: PoolLimits;
  /** Name in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Shared by the pools of the process. */
  readonly turn: LoginTurn;
  /** Receives each event. */
  readonly onEvent: (event: keyof PoolEvents, error?: Error) => void;
}

interface Caller {
  readonly lend: (client: PoolClient) => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Lends the connections of `pg`'s pool. Callers wait in one queue, first come, first served, and a caller that needs a
 * new connection waits for the turn to log in; a connection that is returned meanwhile goes to the first caller.
 */
export class Lender {
  private readonly pool: DriverPool;
  private readonly callers: Caller[] = [];
  /** Idle connections that are on their way to a caller. */
  private leaving = 0;
  private closing = false;
  /** Called for each caller that leaves the queue. */
  private onServed: () => void = () => undefined;
  private lastCause: unknown;

  constructor(private readonly props: LenderProps) {
    this.pool = createPool(props);
    this.pool.on('connect', () => props.onEvent('connected'));
    this.pool.on('acquire', () => props.onEvent('acquired'));
    this.pool.on('remove', () => {
      props.onEvent('removed');
      this.serve();
    });
    // Without a listener, a connection that breaks while it is idle ends the process.
    this.pool.on('error', (error) => props.onEvent('errors', error));
  }

  /** Connections that are lent or being opened. */
  get active(): number {
    return this.pool.totalCount - this.idle;
  }

  /** Connections that are open and free. */
  get idle(): number {
    return this.pool.idleCount;
  }

  /** Callers in the queue. */
  get waiting(): number {
    return this.callers.length;
  }

  /**
   * Lends a connection; the caller returns it with `giveBack`.
   * @throws DatabaseUnavailableError where there is none in time, or the server cannot be logged in to
   */
  borrow(): Promise<PoolClient> {
    if (this.closing) return Promise.reject(this.unavailable('it is closing'));
    return new Promise((lend, fail) => {
      const timer = setTimeout(() => this.timeOut(caller), this.props.limits.connectionTimeoutMs);
      const caller: Caller = { lend, fail, timer };
      this.callers.push(caller);
      this.serve();
    });
  }

  /** Takes a connection back; a broken one is closed. */
  giveBack(client: PoolClient, broken: boolean): void {
    client.release(broken);
    this.serve();
  }

  /** Opens connections, one after another, until `min` are open. Failures are left to the next caller. */
  async warmUp(): Promise<void> {
    const borrowed: PoolClient[] = [];
    try {
      while (this.pool.totalCount < this.props.limits.min) borrowed.push(await this.borrow());
    } catch {
      // The server is not there yet.
    } finally {
      for (const client of borrowed) this.giveBack(client, false);
    }
  }

  /** Takes no more callers, waits for those in the queue and for lent connections, and closes all. */
  async close(): Promise<void> {
    this.closing = true;
    while (this.callers.length > 0 || this.leaving > 0) {
      await new Promise<void>((resolve) => {
        this.onServed = resolve;
      });
    }
    await this.pool.end();
  }

  /** Gives connections to as many callers as possible. */
  private serve(): void {
    while (this.callers.length > 0 && this.idle > this.leaving) this.lendIdle();
    const mayOpen = this.callers.length > 0 && this.pool.totalCount < this.props.limits.max;
    if (mayOpen && this.props.turn.take(this.onTurnFree)) void this.lendNew();
  }

  private readonly onTurnFree = (): void => this.serve();

  private lendIdle(): void {
    const caller = this.callers.shift();
    if (caller === undefined) return;
    this.leaving += 1;
    this.pool
      .connect()
      .finally(() => {
        this.leaving -= 1;
      })
      .then(
        (client) => this.deliver(caller, client),
        (error) => this.finish(caller, this.unavailable((error as Error).message, error)),
      );
  }

  /** Opens a connection for whoever is first in the queue when it is open. */
  private async lendNew(): Promise<void> {
    try {
      const client = await this.open();
      const caller = this.callers.shift();
      if (caller) this.deliver(caller, client);
      else client.release();
    } catch (error) {
      this.lastCause = error;
      const caller = this.callers[0];
      if (caller) this.finish(caller, this.unavailable((error as Error).message || String(error), error));
    } finally {
      this.props.turn.free();
      this.serve();
    }
  }

  private async open(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      if (!isLoginRefused(error)) throw error;
      this.props.onEvent('refused', error as Error);
      if (this.props.login.password?.refused() !== true) throw error;
      return await this.pool.connect();
    }
  }

  private deliver(caller: Caller, client: PoolClient): void {
    clearTimeout(caller.timer);
    caller.lend(client);
    this.onServed();
  }

  private finish(caller: Caller, error: Error): void {
    const index = this.callers.indexOf(caller);
    if (index >= 0) this.callers.splice(index, 1);
    clearTimeout(caller.timer);
    caller.fail(error);
    this.onServed();
  }

  private timeOut(caller: Caller): void {
    if (!this.callers.includes(caller)) return;
    this.props.onEvent('timeouts');
    const { connectionTimeoutMs, max } = this.props.limits;
    const why = `no connection within ${connectionTimeoutMs} ms; ${this.active} of ${max} are in use`;
    this.finish(caller, this.unavailable(why, this.lastCause));
  }

  private unavailable(why: string, cause?: unknown): DatabaseUnavailableError {
    const { name, login } = this.props;
    const server = `${login.hosts.join(',')}:${login.port}/${login.database}`;
    return new DatabaseUnavailableError(`database pool ${name} (${server} as ${login.user}): ${why}`, {
      cause,
    });
  }
}

function createPool({ login, limits, applicationName }: LenderProps): DriverPool {
  let opened = 0;
  /** The next host in turn, with its password. */
  class LoginClient extends Client {
    constructor() {
      const host = login.hosts[opened % login.hosts.length];
      opened += 1;
      super({
        host,
        port: login.port,
        database: login.database,
        user: login.user,
        password: login.password && (() => login.password?.current(String(host)) ?? ''),
        ssl: login.tls,
        application_name: applicationName,
        connectionTimeoutMillis: limits.connectionTimeoutMs,
        query_timeout: limits.queryTimeoutMs,
        keepAlive: true,
      });
      // Between the log-in and its use nobody listens. The server may end the connection then, and tell so in the packet
      // that says that it is ready; an error without a listener ends the process. The next statement fails instead.
      this.on('error', () => undefined);
    }
  }
  return new DriverPool({
    max: limits.max,
    min: limits.min,
    idleTimeoutMillis: limits.idleTimeoutMs,
    connectionTimeoutMillis: limits.connectionTimeoutMs,
    maxUses: limits.maxUses,
    allowExitOnIdle: limits.allowExitOnIdle,
    Client: LoginClient,
  });
}
