import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deploySchema } from '../../../../lambda/database/migrator/deploy-schema';
import { monthOf } from '../../../../lambda/database/partitions/month';
import { withConnection } from '../../../../service/database/connect';
import { EmbeddedPostgres } from '../../../db/embedded-postgres';
import {
  DATABASE_NAME,
  type Logins,
  localLogin,
  loginsFile,
  newPasswords,
  readLogins,
  writeLogins,
} from '../../../db/local-database';
import { repositoryMigrations } from '../../../db/repository-migrations';

/** What the server has beside PostgreSQL's defaults: room for several pods, and memory of a small laptop. */
const PARAMETERS = { max_connections: '300', shared_buffers: '256MB', max_wal_size: '2GB' };

/** Months before the current one that requests can have. */
const MONTHS_BACK = 2;

export interface LocalDatabaseProps {
  /** Folder of the platform. */
  readonly folder: string;
  /** Chooses the port on 127.0.0.1. */
  readonly port: () => Promise<number>;
  /** Parameters of PostgreSQL that win over the platform's, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `PATH` of the caller's environment. */
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Is given the server as soon as it runs, so that it can be ended while its schema is made. */
  readonly onServer: (database: LocalDatabase) => void;
}

/** The platform's PostgreSQL with its schema. */
export interface LocalDatabase {
  readonly postgres: EmbeddedPostgres;
  readonly logins: Logins;
  /** The superuser's log-in. */
  readonly login: ReturnType<typeof localLogin>;
}

/** Starts the PostgreSQL of a folder, which it creates where there is none, with the schema of this repository. */
export async function startDatabase(props: LocalDatabaseProps): Promise<LocalDatabase> {
  const folder = join(props.folder, 'database');
  const postgres = new EmbeddedPostgres(folder, props.searchPath);
  // A start that was killed leaves a server that nobody owns.
  if (postgres.running) postgres.stop();
  const logins = prepare(postgres, await props.port());
  postgres.configure({ ...PARAMETERS, ...props.parameters });
  props.signal.throwIfAborted();
  await postgres.startAside(logins.port);
  const database = { postgres, logins, login: localLogin(logins, 'postgres') };
  props.onServer(database);
  await withConnection(localLogin(logins, 'postgres', 'postgres'), async (client) => {
    const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
    if (rows.length === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
  });
  const month = monthOf(props.now());
  await deploySchema(
    {
      admin: localLogin(logins, 'postgres'),
      migrations: repositoryMigrations(),
      logins: [localLogin(logins, 'api'), localLogin(logins, 'writer'), localLogin(logins, 'admin')],
      ...{ month, oldestMonth: month - MONTHS_BACK },
    },
    props.signal,
  );
  return database;
}

/** One password for all users: the service takes it from PGPASSWORD. */
function prepare(postgres: EmbeddedPostgres, port: number): Logins {
  const { folder } = postgres;
  if (postgres.exists && existsSync(loginsFile(folder))) {
    return writeLogins(folder, { ...readLogins(folder), port });
  }
  const { postgres: password } = newPasswords();
  mkdirSync(folder, { recursive: true });
  const logins = { port, postgres: password, api: password, writer: password, admin: password };
  writeLogins(folder, logins);
  postgres.create(password);
  return logins;
}

/** Lets the server's user reach its folder: root starts it as another user. */
export function openFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  chmodSync(folder, 0o755);
}
