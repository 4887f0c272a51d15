#!/usr/bin/env node
/** `npm run db:migrate`: brings a database up to the schema of this repository. */
import { monthOf } from '../lambda/database/partitions/month';
import { command, run } from './cli/command';
import { migrateTarget } from './db/migrate-target';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin } from './db/target';

const HELP = `Brings a database up to the schema of this repository: what a deployment does, without its time limit.

Usage: npm run db:migrate -- [options]

  --dir <dir>  folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>  another database, postgres://user@host:5432/database; the server itself, never a pooler. The password
               comes from PGPASSWORD. Other hosts than this machine need TLS with RDS's certificates
  --help       print this

It is safe to run it again, and several times at once.
Exit codes: 0 up to date; 1 failed, and the schema is as it was before the failed migration.`;

export const main = command({
  help: HELP,
  options: TARGET_OPTIONS,
  run: async (options, { print }) => {
    const login = targetLogin(options, process.env['PGPASSWORD']);
    const { applied, indexesBuilt, partitions } = await migrateTarget(login, monthOf(new Date()), print);
    print(
      `Up to date: ${applied.length} migrations, ${indexesBuilt.length} indexes and ${partitions.length} partitions new`,
    );
    return 0;
  },
});

if (require.main === module) run(main);
