import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { type ConnectionSettings, connect, withConnection } from '../../../service/database/connect';
import { subfolder, withClient, writeForServer } from '../../helpers/database-servers';
import {
  freePort,
  type Program,
  type RunningServer,
  removeFolder,
  runProgram,
  serverFolder,
  startServer,
  until,
} from '../../helpers/servers';

/** What tests with a database need. */
export const DATABASE_PROGRAMS: readonly Program[] = ['initdb', 'postgres'];

/** Password of the superuser, by TCP. */
export const SUPERUSER_PASSWORD = 'superuser password';

/** A PostgreSQL of a test file that can be killed and started again. */
export class TestServer {
  private server: RunningServer | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly flags: readonly string[],
  ) {}

  /** @param flags further settings, `name=value` */
  static async start(flags: readonly string[] = []): Promise<TestServer> {
    const folder = serverFolder();
    const passwordFile = writeForServer(`${folder}/password`, SUPERUSER_PASSWORD);
    const { code, output } = await runProgram('initdb', [
      ...['-D', subfolder(folder, 'data'), '-U', 'postgres', `--pwfile=${passwordFile}`],
      ...['--auth-local=trust', '--auth-host=scram-sha-256', '--no-sync', '--no-instructions'],
      ...['--locale=C', '--encoding=UTF8'],
    ]);
    if (code !== 0) throw new Error(`initdb failed: ${output}`);
    const server = new TestServer(folder, await freePort(), flags);
    await server.resume();
    return server;
  }

  /** Starts the server that was stopped. */
  async resume(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.folder}`,
      'shared_preload_libraries=pg_stat_statements',
      // A crash of the server, which the tests do cause, loses nothing without it; one of the machine would.
      'fsync=off',
      'max_wal_size=4GB',
      ...this.flags,
    ];
    this.server = startServer('postgres', [
      ...['-D', `${this.folder}/data`],
      ...settings.flatMap((setting) => ['-c', setting]),
    ]);
    await until(() => this.administer('SELECT 1'), this.server);
  }

  /** Process id of the server. */
  get pid(): number {
    return Number(this.server?.process.pid);
  }

  /** What it has logged. */
  output(): string {
    return this.server?.output() ?? '';
  }

  /** Ends the server: SIGINT a fast shutdown, SIGQUIT like a crash. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    await this.server?.stop(signal);
  }

  /** Ends the server and removes its files. */
  async remove(): Promise<void> {
    await this.stop('SIGQUIT');
    removeFolder(this.folder);
  }

  /** Runs a statement as the superuser. */
  async administer(sql: string, database = 'postgres'): Promise<void> {
    await withClient(this.superuser(database), (client) => client.query(sql));
  }

  /** A new database, empty; its name. */
  async createDatabase(owner = 'postgres'): Promise<string> {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await this.administer(`CREATE DATABASE ${name} OWNER ${owner}`);
    return name;
  }

  /** Log-in of the superuser by Unix socket, without a password. */
  superuser(database: string): { host: string; port: number; user: string; database: string } {
    return { host: this.folder, port: this.port, user: 'postgres', database };
  }

  /** How the functions connect as the superuser. */
  settings(database: string, changes: Partial<ConnectionSettings> = {}): ConnectionSettings {
    return {
      ...this.superuser(database),
      applicationName: 'test',
      statementTimeoutSeconds: 60,
      ...changes,
    };
  }

  connect(database: string, changes: Partial<ConnectionSettings> = {}): Promise<Client> {
    return connect(this.settings(database, changes));
  }

  /** Lends a connection for the time of `use`. */
  with<T>(database: string, use: (client: Client) => Promise<T>): Promise<T> {
    return withConnection(this.settings(database), use);
  }
}

/** Rows of a query. */
export async function rowsOf(
  client: Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return (await client.query(sql, [...values])).rows;
}

/** Waits until a query has rows. */
export async function untilRows(client: Client, sql: string, values: readonly unknown[] = []): Promise<void> {
  await until(async () => {
    if ((await rowsOf(client, sql, values)).length === 0) throw new Error(`no rows yet: ${sql}`);
  });
}
