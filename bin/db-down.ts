#!/usr/bin/env node
/** `npm run db:down`: stops the local PostgreSQL. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { expectedLines, parseOptions, run, type Terminal } from './cli/command';
import { EmbeddedPostgres } from './db/embedded-postgres';
import { readLogins } from './db/local-database';
import { DEFAULT_FOLDER } from './db/target';

const HELP = `Stops the PostgreSQL that npm run db:up has started. Its data stay.

Usage: npm run db:down -- [options]

  --dir <dir>  folder of the database (default: ${DEFAULT_FOLDER})
  --delete     delete its data too
  --help       print this

Exit codes: 0 it does not run any more, 1 there is none, or it would not stop.`;

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, {
      dir: { type: 'string', default: DEFAULT_FOLDER },
      delete: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const folder = resolve(options.dir);
    readLogins(folder); // nothing is deleted in a folder that is none of ours
    const server = new EmbeddedPostgres(folder);
    if (server.running) server.stop();
    if (options.delete) rmSync(folder, { recursive: true });
    terminal.print(options.delete ? `Stopped; ${folder} is deleted` : `Stopped; the data are in ${folder}`);
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

if (require.main === module) run(main);
