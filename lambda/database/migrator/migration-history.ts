import type { Client } from 'pg';
import type { UmzugStorage } from 'umzug';
import type { Migration } from './migration-files';

/** A row of schema_migrations. */
export interface AppliedMigration {
  /** File name without extension. */
  readonly name: string;
  /** SHA-256 of the file when it was applied, hexadecimal. */
  readonly checksum: string;
}

/** Creates the table of applied migrations if it is missing. */
export async function createHistory(client: Client): Promise<void> {
  // Not CREATE … IF NOT EXISTS: PostgreSQL refuses it to a later migrator without rights on the schema.
  const { rows } = await client.query(`SELECT to_regclass('public.schema_migrations') AS history`);
  if (rows[0].history !== null) return;
  await client.query(`
    CREATE TABLE public.schema_migrations (
      name text PRIMARY KEY,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now(),
      applied_by text NOT NULL DEFAULT session_user
    )`);
}

/** Applied migrations, in order. */
export async function readHistory(client: Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query('SELECT name, checksum FROM public.schema_migrations ORDER BY name');
  return rows;
}

/** Inserts the row of an applied migration, in the migration's own transaction. */
export async function recordMigration(client: Client, { name, checksum }: Migration): Promise<void> {
  await client.query('INSERT INTO public.schema_migrations (name, checksum) VALUES ($1, $2)', [
    name,
    checksum,
  ]);
}

/** The history for the migration library, which only reads it: a migration inserts its own row. */
export function historyStorage(client: Client): UmzugStorage {
  return {
    executed: async () => (await readHistory(client)).map(({ name }) => name),
    logMigration: async () => undefined,
    unlogMigration: async () => {
      throw new Error('migrations cannot be reverted: write a new one');
    },
  };
}

/**
 * Compares files with the history. An applied file must not change, and a new file must not come before an applied one.
 * Applied migrations without a file are allowed: an older release may run on a newer schema.
 * @throws Error that lists every problem
 */
export function checkHistory(files: readonly Migration[], history: readonly AppliedMigration[]): void {
  const applied = new Map(history.map(({ name, checksum }) => [name, checksum]));
  const last = history.at(-1)?.name ?? '';
  const problems = files.flatMap(({ name, checksum }) => {
    const known = applied.get(name);
    if (known === undefined) return name < last ? [`${name} comes before ${last}, which has run`] : [];
    return known === checksum ? [] : [`${name} has changed since it ran`];
  });
  if (problems.length > 0) {
    throw new Error(
      `migrations are append-only: ${problems.join('; ')}; restore the old file and write a new migration`,
    );
  }
}
