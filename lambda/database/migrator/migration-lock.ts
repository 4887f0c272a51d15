import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

/** Key of the advisory lock: "mig" in ASCII, then 1. Advisory locks are per database. */
const LOCK_KEY = 0x6d_69_67_01;

/** Wait between two attempts, ms. */
const POLL_MS = 500;

/**
 * Runs `work` while no other migration of this database runs. The lock belongs to the session, so it is released even
 * if the connection breaks.
 * @param waitSeconds how long to wait for another running migration
 * @throws Error where the other migration takes longer
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
 * Polls instead of waiting inside PostgreSQL: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY of
 * the other migration would wait for that snapshot, a deadlock.
 */
async function takeLock(client: Client, waitSeconds: number): Promise<void> {
  for (let waitedMs = 0; waitedMs <= waitSeconds * 1000; waitedMs += POLL_MS) {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
    if (rows[0].taken) return;
    await sleep(POLL_MS);
  }
  throw new Error(
    `another migration has run for ${waitSeconds} s: wait until it ends, or end its session (pg_stat_activity, application_name 'llm-cost-ops-migrator'), then run again`,
  );
}
