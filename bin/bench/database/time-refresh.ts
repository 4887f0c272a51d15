import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { refreshRollup } from '../../../lambda/database/rollups/refresh-rollup';
import { DAILY_COSTS } from '../../../service/database/requests/queries';
import { type GeneratedRequests, HEAVY_USER } from '../../db/generated-requests';
import { millisecondsOf, percentile } from '../../db/timing';

/** Times of a refresh of the roll-up and of a reader meanwhile. */
export interface RefreshTimes {
  /** Length of the refresh, ms. */
  readonly refreshMs: number;
  /** Rows of the roll-up. */
  readonly rows: number;
  /** Number of reads during the refresh. */
  readonly reads: number;
  /** Median time of a read, ms; it includes what other load on the machine costs. */
  readonly readP50Ms: number;
  /** 99th percentile of the reads, ms. */
  readonly readP99Ms: number;
  /** Slowest read, ms. */
  readonly readMaxMs: number;
  /** Longest time that the reader's session waited for a lock, ms, sampled every few milliseconds. */
  readonly lockWaitMs: number;
}

/** Connections of the measurement. */
export interface RefreshSessions {
  /** Refreshes the roll-up. */
  readonly refresher: Client;
  /** Reads the roll-up meanwhile. */
  readonly reader: Client;
  /** Watches the locks that the reader waits for. */
  readonly watcher: Client;
}

/** Reader's pause between two reads, ms: another user of the roll-up, not a load test. */
const PAUSE_MS = 5;

/** Refreshes the roll-up while another session reads it. */
export async function timeRefresh(
  { refresher, reader, watcher }: RefreshSessions,
  stock: GeneratedRequests,
): Promise<RefreshTimes> {
  const { rows } = await reader.query('SELECT pg_backend_pid() AS pid');
  let ended = false;
  const until = async <T>(each: () => Promise<T>): Promise<T[]> => {
    const results: T[] = [];
    while (!ended) {
      results.push(await each());
      await sleep(PAUSE_MS);
    }
    return results;
  };
  const values = [HEAVY_USER, stock.start.slice(0, 10), stock.end.slice(0, 10)];
  const reads = until(() => millisecondsOf(() => reader.query(DAILY_COSTS.text, values)));
  const waits = until(() => lockWait(watcher, rows[0].pid));
  let refreshed = 0;
  const refreshMs = await millisecondsOf(async () => {
    const result = await refreshRollup(refresher);
    if (result.outcome === 'refreshed') refreshed = result.rows;
  }).finally(() => {
    ended = true;
  });
  const readMs = await reads;
  return {
    refreshMs,
    rows: refreshed,
    reads: readMs.length,
    readP50Ms: percentile(readMs, 50),
    readP99Ms: percentile(readMs, 99),
    readMaxMs: Math.max(...readMs),
    lockWaitMs: Math.max(...(await waits)),
  };
}

/** How long a session has waited for a lock by now, ms. */
async function lockWait(watcher: Client, pid: number): Promise<number> {
  const { rows } = await watcher.query(
    `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)) * 1000, 0)::float8 AS waited
     FROM pg_locks WHERE pid = $1 AND NOT granted`,
    [pid],
  );
  return rows[0].waited;
}
