#!/usr/bin/env node
/** `npm run db:up`: a PostgreSQL on this machine with the schema of production and demo data. */
import { resolve } from 'node:path';
import { monthOf } from '../lambda/database/partitions/month';
import { command, run } from './cli/command';
import { wholeNumber } from './cli/option-values';
import { progressBar } from './cli/progress-bar';
import { seedDemo } from './db/demo-data';
import { DATABASE_NAME, localLogin, loginsFile } from './db/local-database';
import { deployLocally, startLocalServer } from './db/local-server';
import { DEFAULT_FOLDER, withTarget } from './db/target';

const HELP = `Starts a PostgreSQL on this machine, brings it up to the schema of this repository and fills it with demo data.
Another run does only what is missing.

Usage: npm run db:up -- [options]

  --dir <dir>          folder of data, log and log-ins (default: ${DEFAULT_FOLDER})
  --port <port>        port on 127.0.0.1, the only address it listens on (default: 54320)
  --requests <number>  demo requests, once for a folder; 0: none (default: 100000)
  --help               print this

Log-ins are in <dir>/logins.json. Stop it with npm run db:down.
Exit codes: 0 it runs with the schema and the data, 1 it does not.`;

export const main = command({
  help: HELP,
  options: {
    dir: { type: 'string', default: DEFAULT_FOLDER },
    port: { type: 'string', default: '54320' },
    requests: { type: 'string', default: '100000' },
  },
  run: async (options, { print }) => {
    const folder = resolve(options.dir);
    const requests = wholeNumber('requests', options.requests, { least: 0, most: 50_000_000 });
    const port = wholeNumber('port', options.port, { least: 1024, most: 65_535 });
    const now = new Date();
    const logins = await startLocalServer({ folder, searchPath: process.env['PATH'] }, port);
    print(`PostgreSQL runs on 127.0.0.1:${logins.port}, database ${DATABASE_NAME}`);
    const { applied, partitions } = await deployLocally(logins, monthOf(now), print);
    print(`Schema is up to date: ${applied.length} migrations and ${partitions.length} partitions new`);
    if (requests > 0) {
      const total = await withTarget(localLogin(logins, 'postgres'), (client) =>
        seedDemo(client, { folder, requests, now, onProgress: progressBar(process.stderr, 'requests') }),
      );
      print(`Demo data: ${total.toLocaleString('en')} requests`);
    }
    print(`Log-ins: ${loginsFile(folder)}`);
    return 0;
  },
});

if (require.main === module) run(main);
