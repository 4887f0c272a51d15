import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig, Pool } from 'pg';
import { Pool as PgPool } from 'pg';
import { HISTORY_FIRST_PAGE } from '../../../lambda/database/requests/queries';
import { percentile } from './timing';

/** The pool of one API replica. */
export interface PoolSettings {
  readonly max: number;
  readonly min: number;
  readonly idleTimeoutSeconds: number;
  readonly connectionTimeoutSeconds: number;
  readonly maxUses: number;
}

export interface PoolFigures {
  readonly clients: number;
  /** Replicas that they are spread over. */
  readonly pools: number;
  readonly queriesPerSecond: number;
  /** Times of queries that were answered, the wait for a connection included, ms. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Queries that got no connection in time, or none at all. */
  readonly refused: number;
  /** Other failures, by message. */
  readonly failures: Readonly<Record<string, number>>;
  /** Most connections that were open on the server. */
  readonly serverConnections: number;
}

/** What a client without a connection is told: by PostgreSQL, by PgBouncer, by the pool. */
const REFUSALS =
  /too many clients|remaining connection slots|no more connections|query_wait_timeout|timeout exceeded when trying to connect|Connection terminated due to connection timeout|ECONNREFUSED|ECONNRESET/;

/** Pause of a client whose query failed, ms: a user who tries again. */
const RETRY_PAUSE_MS = 100;

/** Pause between the starts of two clients, ms: a log-in is work, for both sides. */
const RAMP_MS = 20;

/** How often the server's connections are counted, ms. */
const WATCH_MS = 500;

const PAGE = 20;
const USERS = 200;

/**
 * So many clients, each asking for a page of some user's history again and again, through the pools of as many
 * replicas as they need.
 * @param countConnections tells how many connections the server has now
 */
export async function measureClients(
  address: ClientConfig,
  settings: PoolSettings,
  clients: number,
  seconds: number,
  countConnections: () => Promise<number>,
): Promise<PoolFigures> {
  const pools = Array.from({ length: Math.ceil(clients / settings.max) }, () => poolOf(address, settings));
  const times: number[] = [];
  const failures: Record<string, number> = {};
  let refused = 0;
  let most = 0;
  // Replicas do not start at once either: connections are made one after the other, and only then it counts.
  const start = performance.now() + clients * RAMP_MS;
  const end = start + seconds * 1000;
  const counts = () => performance.now() >= start;
  const ask = async (client: number) => {
    await sleep(client * RAMP_MS);
    for (let turn = 0; performance.now() < end; turn += 1) {
      const before = performance.now();
      const user = `user-${String(1 + ((client * 7919 + turn) % USERS)).padStart(4, '0')}`;
      try {
        await (pools[client % pools.length] as Pool).query({
          name: 'history',
          text: HISTORY_FIRST_PAGE.text,
          values: [user, PAGE],
        });
        if (counts()) times.push(performance.now() - before);
      } catch (error) {
        const { message, code } = error as NodeJS.ErrnoException;
        const reason = message || String(code);
        if (counts()) {
          if (REFUSALS.test(`${reason} ${code}`)) refused += 1;
          else failures[reason] = (failures[reason] ?? 0) + 1;
        }
        await sleep(RETRY_PAUSE_MS);
      }
    }
  };
  const watch = async () => {
    while (performance.now() < end) {
      most = Math.max(most, await countConnections());
      await sleep(WATCH_MS);
    }
  };
  await Promise.all([watch(), ...Array.from({ length: clients }, (_, client) => ask(client))]);
  const tookSeconds = (performance.now() - start) / 1000;
  await Promise.all(pools.map((pool) => pool.end()));
  return {
    clients,
    pools: pools.length,
    queriesPerSecond: times.length / tookSeconds,
    p50Ms: percentile(times, 50),
    p95Ms: percentile(times, 95),
    p99Ms: percentile(times, 99),
    refused,
    failures,
    serverConnections: most,
  };
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
  // An idle connection that is cut is the pool's to replace.
  pool.on('error', () => undefined);
  return pool;
}
