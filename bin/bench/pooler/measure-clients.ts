import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig, Pool } from 'pg';
import { Pool as PgPool } from 'pg';
import { HISTORY_FIRST_PAGE } from '../../../service/database/requests/queries';
import { percentile } from '../../db/timing';

/** The pool of one API replica. */
export interface PoolSettings {
  /** Most connections. */
  readonly max: number;
  /** Connections that stay open when idle. */
  readonly min: number;
  /** Time after which an idle connection is closed, seconds. */
  readonly idleTimeoutSeconds: number;
  /** Longest wait for a connection, seconds. */
  readonly connectionTimeoutSeconds: number;
  /** Queries after which a connection is replaced. */
  readonly maxUses: number;
}

export interface MeasureClientsProps {
  /** Where clients connect, with their log-in. */
  readonly address: ClientConfig;
  /** Settings of each pool. */
  readonly pool: PoolSettings;
  /** Number of clients. */
  readonly clients: number;
  /** Length of the measurement, seconds. */
  readonly seconds: number;
  /** Connections that the server has now. */
  readonly countConnections: () => Promise<number>;
}

/** What clients measured. */
export interface PoolFigures {
  /** Number of clients. */
  readonly clients: number;
  /** Pools of replicas that the clients are spread over. */
  readonly pools: number;
  /** Answered queries a second, of all clients together. */
  readonly queriesPerSecond: number;
  /** Median time of answered queries with the wait for a connection, ms. */
  readonly p50Ms: number;
  /** 95th percentile of the same, ms. */
  readonly p95Ms: number;
  /** 99th percentile of the same, ms. */
  readonly p99Ms: number;
  /** Queries that got no connection, or none in time. */
  readonly refused: number;
  /** Other failures, by message. */
  readonly failures: Readonly<Record<string, number>>;
  /** Most connections that were open on the server. */
  readonly serverConnections: number;
}

/** Errors of queries without a connection: from PostgreSQL, from PgBouncer, from the pool. */
const REFUSALS =
  /too many clients|remaining connection slots|no more connections|query_wait_timeout|timeout exceeded when trying to connect|Connection terminated due to connection timeout|ECONNREFUSED|ECONNRESET/;

/** Pause of a client before it retries a failed query, ms. */
const RETRY_PAUSE_MS = 100;

/** Pause between the starts of two clients, ms: a log-in costs both sides CPU time. */
const RAMP_MS = 20;

/** How often the server's connections are counted, ms. */
const WATCH_MS = 500;

const PAGE = 20;
const USERS = 200;

/**
 * Measures clients that each ask for a page of a user's history again and again, through the pools of as many
 * replicas as they need.
 */
export function measureClients(props: MeasureClientsProps): Promise<PoolFigures> {
  return new ClientRun(props).run();
}

class ClientRun {
  private readonly pools: readonly Pool[];
  /** Times of answered queries, ms. */
  private readonly times: number[] = [];
  private readonly failures: Record<string, number> = {};
  private refused = 0;
  private serverConnections = 0;
  /** When the measurement starts, ms. Replicas start one after another, so it starts when all clients are connected. */
  private readonly startMs: number;
  private readonly endMs: number;

  constructor(private readonly props: MeasureClientsProps) {
    const { address, clients, pool, seconds } = props;
    this.pools = Array.from({ length: Math.ceil(clients / pool.max) }, () => poolOf(address, pool));
    this.startMs = performance.now() + clients * RAMP_MS;
    this.endMs = this.startMs + seconds * 1000;
  }

  async run(): Promise<PoolFigures> {
    const { clients } = this.props;
    await Promise.all([this.watch(), ...Array.from({ length: clients }, (_, client) => this.ask(client))]);
    const tookSeconds = (performance.now() - this.startMs) / 1000;
    await Promise.all(this.pools.map((pool) => pool.end()));
    return {
      clients,
      pools: this.pools.length,
      queriesPerSecond: this.times.length / tookSeconds,
      p50Ms: percentile(this.times, 50),
      p95Ms: percentile(this.times, 95),
      p99Ms: percentile(this.times, 99),
      refused: this.refused,
      failures: this.failures,
      serverConnections: this.serverConnections,
    };
  }

  private async ask(client: number): Promise<void> {
    await sleep(client * RAMP_MS);
    const pool = this.pools[client % this.pools.length] as Pool;
    for (let turn = 0; performance.now() < this.endMs; turn += 1) {
      const before = performance.now();
      const user = `user-${String(1 + ((client * 7919 + turn) % USERS)).padStart(4, '0')}`;
      try {
        await pool.query({ name: 'history', text: HISTORY_FIRST_PAGE.text, values: [user, PAGE] });
        if (this.isMeasuring()) this.times.push(performance.now() - before);
      } catch (error) {
        if (this.isMeasuring()) this.countFailure(error as NodeJS.ErrnoException);
        await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  private countFailure({ message, code }: NodeJS.ErrnoException): void {
    const reason = message || String(code);
    if (REFUSALS.test(`${reason} ${code}`)) this.refused += 1;
    else this.failures[reason] = (this.failures[reason] ?? 0) + 1;
  }

  private async watch(): Promise<void> {
    while (performance.now() < this.endMs) {
      this.serverConnections = Math.max(this.serverConnections, await this.props.countConnections());
      await sleep(WATCH_MS);
    }
  }

  private isMeasuring(): boolean {
    return performance.now() >= this.startMs;
  }
}

function poolOf(address: ClientConfig, settings: PoolSettings): Pool {
  const pool = new PgPool({
    ...address,
    max: settings.max,
    min: settings.min,
    idleTimeoutMillis: settings.idleTimeoutSeconds * 1000,
    connectionTimeoutMillis: settings.connectionTimeoutSeconds * 1000,
    maxUses: settings.maxUses,
  });
  // The pool replaces an idle connection that breaks; without a listener the event would end the process.
  pool.on('error', () => undefined);
  return pool;
}
