import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { Client } from 'pg';
import { isTransient } from './transient';

/** A database, the user to log in, and time limits. */
export interface ConnectionSettings {
  /** Host name or address of the PostgreSQL server. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Name of the database. */
  readonly database: string;
  /** PostgreSQL role to log in as. */
  readonly user: string;
  /** Called before each attempt to connect, because tokens expire. @default - none: the server trusts the user */
  readonly password?: () => Promise<string>;
  /** TLS options; false connects without TLS, as on loopback. @default false */
  readonly tls?: ConnectionOptions | false;
  /** Name in `pg_stat_activity`. */
  readonly applicationName: string;
  /** `statement_timeout`, seconds. */
  readonly statementTimeoutSeconds: number;
}

/** Time limit of one attempt to connect, ms. */
const CONNECT_TIMEOUT_MS = 5000;

/** Waits between attempts to connect, ms: some 30 s in all, as long as a restart takes. */
const RETRY_WAITS_MS = [500, 1000, 2000, 4000, 8000, 15_000];

/** `lock_timeout`, seconds: a session that waits for a lock also blocks the sessions queued behind it. */
const LOCK_TIMEOUT_SECONDS = 5;

/** How much longer than `statement_timeout` the client waits for an answer, seconds; then the network has failed. */
const NETWORK_GRACE_SECONDS = 30;

/** How often the server checks that its client is connected, seconds; otherwise the work of a killed client goes on. */
const CLIENT_CHECK_SECONDS = 2;

/**
 * Returns a connected client with its timeouts set. It retries for some 30 s while the server is starting; other
 * errors, such as a wrong password, fail at once. A connection lost while idle raises no error until the next
 * statement.
 * @throws Error that names the server and the user
 */
export async function connect(settings: ConnectionSettings): Promise<Client> {
  for (const wait of [...RETRY_WAITS_MS, undefined]) {
    try {
      return await connectOnce(settings);
    } catch (error) {
      if (wait === undefined || !isTransient(error)) throw connectionError(settings, error);
      await sleep(wait);
    }
  }
  throw new Error('unreachable');
}

/** Runs `use` with a connected client, and disconnects afterwards. */
export async function withConnection<T>(
  settings: ConnectionSettings,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(settings);
  try {
    return await use(client);
  } finally {
    // Closing a lost connection fails; that does not matter.
    await client.end().catch(() => undefined);
  }
}

async function connectOnce(settings: ConnectionSettings): Promise<Client> {
  const client = new Client({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: await settings.password?.(),
    ssl: settings.tls ?? false,
    application_name: settings.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    query_timeout: (settings.statementTimeoutSeconds + NETWORK_GRACE_SECONDS) * 1000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`
      SET statement_timeout = '${settings.statementTimeoutSeconds}s';
      SET lock_timeout = '${LOCK_TIMEOUT_SECONDS}s';
      SET client_connection_check_interval = '${CLIENT_CHECK_SECONDS}s';
      SET client_min_messages = warning`);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function connectionError({ user, database, host, port }: ConnectionSettings, cause: unknown): Error {
  const why = (cause as Error).message || (cause as { code?: string }).code;
  return new Error(`cannot log in to ${host}:${port}/${database} as ${user}: ${why}`, { cause });
}
