import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { Umzug } from 'umzug';
import { sqlState } from '../connection/transient';
import type { Migration } from './migration-files';
import {
  checkHistory,
  createHistory,
  historyStorage,
  readHistory,
  recordMigration,
} from './migration-history';
import { withMigrationLock } from './migration-lock';
import { buildPartitionIndexes } from './partition-indexes';

export interface MigrateResult {
  /** Migrations that ran now. */
  readonly applied: readonly string[];
  /** Indexes of partitions that were built now. */
  readonly indexesBuilt: readonly string[];
  /** Migrations of the database without a file: a newer release's. */
  readonly unknown: readonly string[];
}

export interface MigrateOptions {
  /** How long another migration may take to end, seconds. @default 600 */
  readonly waitSeconds?: number;
  /** Told what happens. @default - nobody */
  readonly log?: (message: string) => void;
}

/** Tries of a migration that does not get its locks, for somebody uses the table. */
const LOCK_TRIES = 6;

/** Wait before the next try, ms, times the number of tries. */
const LOCK_WAIT_MS = 2000;

/** SQLSTATEs of a lost struggle for locks: lock_not_available, deadlock_detected. */
const LOCK_STATES: ReadonlySet<string | undefined> = new Set(['55P03', '40P01']);

/**
 * Brings the schema up to the last of `files`, or leaves it as one of them left it: each runs in one transaction with
 * the note that it ran, then the indexes that it asks for are built on the partitions. Safe to run again after any failure, and by several at once: they queue.
 * @param client connected to the server itself, as a user who may act as the owner of the schema
 */
export async function migrate(
  client: Client,
  files: readonly Migration[],
  { waitSeconds = 600, log = () => undefined }: MigrateOptions = {},
): Promise<MigrateResult> {
  return withMigrationLock(client, waitSeconds, async () => {
    await createHistory(client);
    const history = await readHistory(client);
    checkHistory(files, history);
    const indexesBuilt = await buildPartitionIndexes(client, log); // what a run that was killed has left
    const applied = await applyPending(client, files, log, indexesBuilt);
    const names = new Set(files.map(({ name }) => name));
    const unknown = history.map(({ name }) => name).filter((name) => !names.has(name));
    return { applied, indexesBuilt, unknown };
  });
}

async function applyPending(
  client: Client,
  files: readonly Migration[],
  log: (message: string) => void,
  indexesBuilt: string[],
): Promise<string[]> {
  const umzug = new Umzug({
    migrations: files.map((file) => ({
      name: file.name,
      up: async () => {
        log(`migration ${file.name}`);
        await untilLocked(() => applyOne(client, file));
        indexesBuilt.push(...(await buildPartitionIndexes(client, log)));
      },
    })),
    storage: historyStorage(client),
    logger: undefined,
  });
  return (await umzug.up()).map(({ name }) => name);
}

async function applyOne(client: Client, file: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(file.sql);
    await client.query('RESET ROLE');
    await recordMigration(client, file);
    await client.query('COMMIT');
  } catch (error) {
    // With the connection gone the server has rolled back already.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function untilLocked(attempt: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === LOCK_TRIES || !LOCK_STATES.has(sqlState(error))) throw error;
      await sleep(tries * LOCK_WAIT_MS);
    }
  }
}
