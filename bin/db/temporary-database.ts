import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { type ConnectionSettings, withConnection } from '../../service/database/connect';
import { EmbeddedPostgres } from './embedded-postgres';
import { createLogins, DATABASE_NAME, localLogin } from './local-database';

/** A database of a benchmark. */
export interface TemporaryDatabase {
  /** Folder of the benchmark's files, removed with the database. */
  readonly folder: string;
  /** The superuser's log-in. */
  readonly login: ReturnType<typeof localLogin>;
  /** The API's log-in. */
  readonly apiLogin: ReturnType<typeof localLogin>;
}

export interface TemporaryDatabaseProps {
  /** Server parameters that differ from PostgreSQL's defaults, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `PATH` of the caller's environment, for the programs of PostgreSQL. */
  readonly searchPath: string | undefined;
}

/** Lends an empty database on a server of its own, and removes both afterwards. */
export async function withTemporaryDatabase<T>(
  { parameters, searchPath }: TemporaryDatabaseProps,
  use: (database: TemporaryDatabase) => Promise<T>,
): Promise<T> {
  const parent = mkdtempSync(join(tmpdir(), 'bench-'));
  // When root runs the benchmark, the server runs as another user.
  chmodSync(parent, 0o755);
  const folder = join(parent, 'database');
  const server = new EmbeddedPostgres(folder, searchPath);
  try {
    const port = await freePort();
    const password = 'benchmark';
    server.create(password);
    server.start(port);
    const logins = { ...createLogins(folder, port), postgres: password };
    const maintenance = localLogin(logins, 'postgres', 'postgres');
    await withConnection(maintenance, (client) => createDatabase(client, parameters));
    // max_connections and shared memory take effect at a start.
    server.stop();
    server.start(port);
    return await use({
      folder,
      login: localLogin(logins, 'postgres'),
      apiLogin: localLogin(logins, 'api'),
    });
  } finally {
    if (server.running) server.stop();
    rmSync(parent, { recursive: true, force: true });
  }
}

/** Lends a number of connections at the same time. */
export async function withConnections<T>(
  login: ConnectionSettings,
  number: number,
  use: (...clients: Client[]) => Promise<T>,
): Promise<T> {
  const lend = (clients: Client[]): Promise<T> =>
    clients.length === number
      ? use(...clients)
      : withConnection(login, (client) => lend([...clients, client]));
  return lend([]);
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

async function createDatabase(client: Client, parameters: Readonly<Record<string, string>>): Promise<void> {
  await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
  for (const [name, value] of Object.entries(parameters)) {
    await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  }
}
