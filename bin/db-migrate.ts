#!/usr/bin/env node
/** `npm run db:migrate`: brings a database up to the schema of this repository. */
import { join } from 'node:path';
import { MONTHS_AHEAD } from '../lambda/database/constants';
import { migrate } from '../lambda/database/migrator/migrate';
import { readMigrations } from '../lambda/database/migrator/migration-files';
import { createPartitions } from '../lambda/database/partitions/create-partitions';
import { monthOf } from '../lambda/database/partitions/month';
import { expectedLines, parseOptions, run, type Terminal } from './cli/command';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin, withTarget } from './db/target';

const HELP = `Brings a database up to the schema of this repository: what a deployment does, without its time limit.

Usage: npm run db:migrate -- [options]

  --dir <dir>  folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>  another database, postgres://user@host:5432/database; the server itself, never a pooler. The password
               comes from PGPASSWORD. Beyond this machine with TLS, by RDS's certificates
  --help       print this

Safe to run again, and by several at once. Exit codes: 0 up to date, 1 not, with the schema that was there.`;

const MIGRATIONS = join(__dirname, '..', 'lambda', 'database', 'migrations');

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, TARGET_OPTIONS);
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const login = targetLogin(options, process.env['PGPASSWORD']);
    const month = monthOf(new Date());
    const { applied, indexesBuilt, partitions } = await withTarget(login, async (client) => ({
      ...(await migrate(client, readMigrations(MIGRATIONS), { log: terminal.print })),
      partitions: await createPartitions(client, month, month + MONTHS_AHEAD),
    }));
    terminal.print(
      `Up to date: ${applied.length} migrations, ${indexesBuilt.length} indexes and ${partitions.length} partitions new`,
    );
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

if (require.main === module) run(main);
