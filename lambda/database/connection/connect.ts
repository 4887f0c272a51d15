import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { Client } from 'pg';
import { isTransient } from './transient';

/** A database, as who to log in, and how long things may take there. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Asked anew at each try, for tokens expire. @default - none: the server trusts the user */
  readonly password?: () => Promise<string>;
  /** TLS; on a machine's own loopback there is none. @default false */
  readonly tls?: ConnectionOptions | false;
  /** Seen in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Longest statement, seconds. */
  readonly statementTimeoutSeconds: number;
}

/** Longest try to connect, ms. */
const CONNECT_TIMEOUT_MS = 5000;

/** Waits between tries to connect, ms: some 30 s in all, as long as a restart takes. */
const RETRY_WAITS_MS = [500, 1000, 2000, 4000, 8000, 15_000];

/** Longest wait for a lock, seconds: whoever waits for one makes everybody behind it wait too. */
const LOCK_TIMEOUT_SECONDS = 5;

/** How much longer than the server we wait for it, seconds, before the network counts as gone. */
const NETWORK_GRACE_SECONDS = 30;

/** How often the server looks whether its client is still there, seconds; without it a killed one's work goes on. */
const CLIENT_CHECK_SECONDS = 2;

/**
 * A connected client with its time-outs set. A server that is starting gets some 30 s; anything else, such as a wrong
 * password, fails at once. A cut while nobody asks is no failure: the next statement tells.
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

/** Lends a client for the time of `use`. */
export async function withConnection<T>(
  settings: ConnectionSettings,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(settings);
  try {
    return await use(client);
  } finally {
    // A connection that is gone cannot say goodbye.
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
