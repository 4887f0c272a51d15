import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_ROLES } from '../../lambda/database/constants';
import type { ConnectionSettings } from '../../service/database/connect';
import { UsageError } from '../cli/command';

/** Name of the database, as on RDS. */
export const DATABASE_NAME = 'llm_cost_ops';

/** Longest statement of a command, seconds. */
const STATEMENT_TIMEOUT_SECONDS = 3600;

/** Log-ins of a local database; only the owner of their file can read it. */
export interface Logins {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Password of the superuser `postgres`. */
  readonly postgres: string;
  /** Password of the API's user for reads. */
  readonly api: string;
  /** Password of the API's user for writes. */
  readonly writer: string;
  /** Password of the admin servers' user. */
  readonly admin: string;
}

/** Users of a local database. */
const USERS = {
  postgres: 'postgres',
  api: DATABASE_ROLES.api,
  writer: DATABASE_ROLES.writer,
  admin: DATABASE_ROLES.admin,
} as const;

/** The file with the log-ins of the database in a folder. */
export function loginsFile(folder: string): string {
  return join(folder, 'logins.json');
}

/** New passwords, written to the folder. */
export function createLogins(folder: string, port: number): Logins {
  return writeLogins(folder, { port, ...newPasswords() });
}

/** A new password for each user. */
export function newPasswords(): Omit<Logins, 'port'> {
  const password = () => randomBytes(18).toString('base64url');
  return { postgres: password(), api: password(), writer: password(), admin: password() };
}

/** Notes the port that the database listens on now. */
export function writeLogins(folder: string, logins: Logins): Logins {
  writeFileSync(loginsFile(folder), `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 });
  return logins;
}

/** @throws UsageError where there is no database */
export function readLogins(folder: string): Logins {
  const file = loginsFile(folder);
  if (!existsSync(file)) throw new UsageError(`no database in ${folder}: start one with npm run db:up`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Address of the local database with its superuser and password, as psql and other clients take it. */
export function localUrl({ port, postgres }: Logins): string {
  return `postgres://${USERS.postgres}:${encodeURIComponent(postgres)}@127.0.0.1:${port}/${DATABASE_NAME}`;
}

/** How to log in to the local database as its superuser, or as a user of the service. */
export function localLogin(
  { port, ...passwords }: Logins,
  who: keyof typeof USERS,
  database = DATABASE_NAME,
): ConnectionSettings & { readonly password: () => Promise<string> } {
  return {
    host: '127.0.0.1',
    port,
    database,
    user: USERS[who],
    password: async () => passwords[who],
    applicationName: 'llm-cost-ops-cli',
    statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
  };
}
