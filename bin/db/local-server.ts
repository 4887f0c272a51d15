import { mkdirSync, rmSync } from 'node:fs';
import type { DeployedSchema } from '../../lambda/database/migrator/deploy-schema';
import { deploySchema } from '../../lambda/database/migrator/deploy-schema';
import type { Month } from '../../lambda/database/partitions/month';
import { UsageError } from '../cli/command';
import { EmbeddedPostgres } from './embedded-postgres';
import {
  createLogins,
  DATABASE_NAME,
  type Logins,
  localLogin,
  newPasswords,
  readLogins,
  writeLogins,
} from './local-database';
import { repositoryMigrations } from './repository-migrations';
import { withTarget } from './target';

export interface LocalServerProps {
  /** Folder of data, log and log-ins, an absolute path. */
  readonly folder: string;
  /** `PATH` of the caller's environment, for the programs of PostgreSQL. */
  readonly searchPath: string | undefined;
}

/**
 * Starts the PostgreSQL of a folder, which it creates where there is none, with an empty database.
 * @param port on 127.0.0.1
 * @throws UsageError where it runs on another port
 */
export async function startLocalServer(props: LocalServerProps, port: number): Promise<Logins> {
  const logins = startServer(props, port);
  await withTarget(localLogin(logins, 'postgres', 'postgres'), async (client) => {
    const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
    if (rows.length === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
  });
  return logins;
}

/** Brings the local database up to the schema of this repository, with partitions from `month` on. */
export function deployLocally(
  logins: Logins,
  month: Month,
  log: (line: string) => void,
): Promise<DeployedSchema> {
  return deploySchema({
    admin: localLogin(logins, 'postgres'),
    migrations: repositoryMigrations(),
    logins: [localLogin(logins, 'api'), localLogin(logins, 'writer'), localLogin(logins, 'admin')],
    month,
    log,
  });
}

/**
 * Stops the PostgreSQL of a folder where it runs.
 * @param deletesData whether the folder is removed too
 * @throws UsageError where the folder holds no database; then nothing is deleted
 */
export function stopLocalServer({ folder, searchPath }: LocalServerProps, deletesData: boolean): void {
  readLogins(folder);
  const server = new EmbeddedPostgres(folder, searchPath);
  if (server.running) server.stop();
  if (deletesData) rmSync(folder, { recursive: true });
}

function startServer({ folder, searchPath }: LocalServerProps, port: number): Logins {
  const server = new EmbeddedPostgres(folder, searchPath);
  if (server.running) {
    if (server.port === port) return readLogins(folder);
    throw new UsageError(
      `--port must be ${server.port}, where the database of ${folder} runs, got ${port}; or stop it with npm run db:down`,
    );
  }
  if (!server.exists) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    server.create(createLogins(folder, port).postgres);
  }
  server.start(port);
  // The log-ins of a database from an older release have fewer users.
  return writeLogins(folder, { ...newPasswords(), ...readLogins(folder), port });
}
