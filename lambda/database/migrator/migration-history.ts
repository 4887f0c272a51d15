import type { Client } from 'pg';
import type { UmzugStorage } from 'umzug';
import type { Migration } from './migration-files';

/** A migration that the database has. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

/** Makes the table of applied migrations. */
export async function createHistory(client: Client): Promise<void> {
  // Not CREATE … IF NOT EXISTS, for which a later migrator without rights on the schema would be refused.
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

/** Notes a migration as applied; part of its own transaction. */
export async function recordMigration(client: Client, { name, checksum }: Migration): Promise<void> {
  await client.query('INSERT INTO public.schema_migrations (name, checksum) VALUES ($1, $2)', [
    name,
    checksum,
  ]);
}

/** The history as the migration library sees it: it reads here; a migration writes for itself. */
export function historyStorage(client: Client): UmzugStorage {
  return {
    executed: async () => (await readHistory(client)).map(({ name }) => name),
    logMigration: async () => undefined,
    unlogMigration: async () => {
      throw new Error('migrations are not taken back: write a new one');
    },
  };
}

/**
 * Files against history: nothing that ran may have changed, nothing may come before it. Migrations without a file are
 * fine: an older release, deployed or rolled back to, meets a newer schema.
 * @throws listing everything that is wrong
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
      `migrations are append-only: ${problems.join('; ')}; put the old file back and write a new one`,
    );
  }
}
