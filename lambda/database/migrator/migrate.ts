import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { Umzug } from 'umzug';
import { sqlState } from '../../../service/database/transient';
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

/** What a migration run changed. */
export interface MigrateResult {
  /** Names of the migrations applied by this run, in order. */
  readonly applied: readonly string[];
  /** Names of the partition indexes built by this run. */
  readonly indexesBuilt: readonly string[];
  /** Names of applied migrations without a file: those of a newer release. */
  readonly unknown: readonly string[];
}

/** Options of a migration run. */
export interface MigrateOptions {
  /** How long to wait for another running migration, seconds. @default 600 */
  readonly waitSeconds?: number;
  /** Receives a line for each step. @default - none */
  readonly log?: (message: string) => void;
}

/** Attempts of a migration that does not get its locks while other sessions use the table. */
const MAX_LOCK_ATTEMPTS = 6;

/** Wait before the next attempt, ms; multiplied by the number of attempts. */
const LOCK_WAIT_MS = 2000;

/** SQLSTATEs of lock conflicts: lock_not_available, deadlock_detected. */
const LOCK_STATES: ReadonlySet<string | undefined> = new Set(['55P03', '40P01']);

/**
 * Applies all pending migrations. Each file runs in one transaction together with its entry in schema_migrations; then
 * the indexes that it declares are built on the partitions. A failure leaves the schema at the last completed
 * migration. The function may run again after any failure, and concurrent runs wait for each other.
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
    const indexesBuilt = await buildPartitionIndexes(client, log); // left over by a killed run
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
        await retryOnLockConflict(() => applyOne(client, file));
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
    // If the connection is lost, the server has rolled back already.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function retryOnLockConflict(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MAX_LOCK_ATTEMPTS || !LOCK_STATES.has(sqlState(error))) throw error;
      await sleep(attempt * LOCK_WAIT_MS);
    }
  }
}
