import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { DAILY_COSTS } from '../../../lambda/database/requests/queries';
import { refreshRollup } from '../../../lambda/database/rollups/refresh-rollup';
import { type GeneratedRequests, HEAVY_USER } from '../generated-requests';
import { millisecondsOf, percentile } from './timing';

export interface RefreshTimes {
  readonly refreshMs: number;
  /** Rows of the roll-up. */
  readonly rows: number;
  readonly reads: number;
  /** Times of a reader of the roll-up while it is refreshed, ms; machine's load included. */
  readonly readP50Ms: number;
  readonly readP99Ms: number;
  readonly readMaxMs: number;
  /** Longest time that the reader's session waited for a lock, ms, looked at every few milliseconds. */
  readonly lockWaitMs: number;
}

/** Reader's pause between two reads, ms: another user of the roll-up, not a load test. */
const PAUSE_MS = 5;

/** Refreshes the roll-up while somebody reads it. */
export async function timeRefresh(
  refresher: Client,
  reader: Client,
  watcher: Client,
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
