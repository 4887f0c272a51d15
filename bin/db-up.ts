#!/usr/bin/env node
/** `npm run db:up`: a PostgreSQL on this machine with the schema of production and demo data. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deploySchema } from '../lambda/database/migrator/deploy-schema';
import { readMigrations } from '../lambda/database/migrator/migration-files';
import { monthOf } from '../lambda/database/partitions/month';
import { expectedLines, parseOptions, run, type Terminal, UsageError } from './cli/command';
import { progressBar } from './cli/progress-bar';
import { seedDemo } from './db/demo-data';
import { EmbeddedPostgres } from './db/embedded-postgres';
import {
  createLogins,
  DATABASE_NAME,
  localLogin,
  loginsFile,
  readLogins,
  writeLogins,
} from './db/local-database';
import { DEFAULT_FOLDER, withTarget } from './db/target';

const HELP = `Starts a PostgreSQL on this machine, brings it up to the schema of this repository and fills it with demo data.
Run again, it does what is missing.

Usage: npm run db:up -- [options]

  --dir <dir>          folder of data, log and log-ins (default: ${DEFAULT_FOLDER})
  --port <port>        port on 127.0.0.1, the only address it listens on (default: 54320)
  --requests <number>  demo requests, once for a folder; 0: none (default: 100000)
  --help               print this

Log-ins are in <dir>/logins.json. Stop it with npm run db:down. Exit codes: 0 it runs, 1 it does not.`;

const DEFAULT_PORT = '54320';
const DEFAULT_REQUESTS = '100000';
const MIGRATIONS = join(__dirname, '..', 'lambda', 'database', 'migrations');

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, {
      dir: { type: 'string', default: DEFAULT_FOLDER },
      port: { type: 'string', default: DEFAULT_PORT },
      requests: { type: 'string', default: DEFAULT_REQUESTS },
      help: { type: 'boolean', default: false },
    });
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const folder = resolve(options.dir);
    const requests = whole('requests', options.requests, 0, 50_000_000);
    const logins = startServer(folder, whole('port', options.port, 1024, 65_535));
    terminal.print(`PostgreSQL runs on 127.0.0.1:${logins.port}, database ${DATABASE_NAME}`);
    await withTarget(localLogin(logins, 'postgres', 'postgres'), async (client) => {
      const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
      if (rows.length === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
    });
    await bringUp(logins, terminal);
    if (requests > 0) await fill(folder, logins, requests, terminal);
    terminal.print(`Log-ins: ${loginsFile(folder)}`);
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

type Logins = ReturnType<typeof readLogins>;

function startServer(folder: string, port: number): Logins {
  const server = new EmbeddedPostgres(folder);
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
  return writeLogins(folder, { ...readLogins(folder), port });
}

async function bringUp(logins: Logins, terminal: Terminal): Promise<void> {
  const { applied, partitions } = await deploySchema({
    admin: localLogin(logins, 'postgres'),
    migrations: readMigrations(MIGRATIONS),
    api: localLogin(logins, 'api'),
    month: monthOf(new Date()),
    log: terminal.print,
  });
  terminal.print(
    `Schema is up to date: ${applied.length} migrations and ${partitions.length} partitions new`,
  );
}

async function fill(folder: string, logins: Logins, requests: number, terminal: Terminal): Promise<void> {
  const total = await withTarget(localLogin(logins, 'postgres'), (client) =>
    seedDemo(client, folder, requests, new Date(), progressBar(process.stderr, 'requests')),
  );
  terminal.print(`Demo data: ${total.toLocaleString('en')} requests`);
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, got ${text}`);
  }
  return value;
}

if (require.main === module) run(main);
