#!/usr/bin/env node
/** `npm run db:down`: stops the local PostgreSQL. */
import { resolve } from 'node:path';
import { command, run } from './cli/command';
import { stopLocalServer } from './db/local-server';
import { DEFAULT_FOLDER } from './db/target';

const HELP = `Stops the PostgreSQL that npm run db:up has started. Its data stay.

Usage: npm run db:down -- [options]

  --dir <dir>  folder of the database (default: ${DEFAULT_FOLDER})
  --delete     delete the folder with its data too
  --help       print this

Exit codes: 0 it does not run any more, 1 the folder has no database or the server does not stop.`;

export const main = command({
  help: HELP,
  options: {
    dir: { type: 'string', default: DEFAULT_FOLDER },
    delete: { type: 'boolean', default: false },
  },
  run: (options, { print }) => {
    const folder = resolve(options.dir);
    stopLocalServer({ folder, searchPath: process.env['PATH'] }, options.delete);
    print(options.delete ? `Stopped; ${folder} is deleted` : `Stopped; the data are in ${folder}`);
    return 0;
  },
});

if (require.main === module) run(main);
