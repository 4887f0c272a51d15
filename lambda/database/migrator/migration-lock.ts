import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

/** Key of the advisory lock, "mig" and a number of ours; one a database. */
const LOCK_KEY = 0x6d_69_67_01;

/** Wait between two tries, ms. */
const POLL_MS = 500;

/**
 * Runs `work` while no other migration of this database runs. The lock is the session's: it ends with it, however it
 * ends.
 * @param waitSeconds how long another migration may take to end
 */
export async function withMigrationLock<T>(
  client: Client,
  waitSeconds: number,
  work: () => Promise<T>,
): Promise<T> {
  await takeLock(client, waitSeconds);
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
  }
}

/**
 * Asks again and again instead of waiting inside PostgreSQL: a statement that waits holds a snapshot, which an index
 * that the other migration builds CONCURRENTLY would wait for in turn.
 */
async function takeLock(client: Client, waitSeconds: number): Promise<void> {
  for (let waitedMs = 0; waitedMs <= waitSeconds * 1000; waitedMs += POLL_MS) {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
    if (rows[0].taken) return;
    await sleep(POLL_MS);
  }
  throw new Error(
    `another migration has run for ${waitSeconds} s: wait for its end, or end its session (pg_stat_activity, application_name 'llm-cost-ops-migrator'), then run again`,
  );
}
