#!/usr/bin/env node
import { command, run } from '../cli/command';
import { wholeNumber } from '../cli/option-values';
import { progressBar } from '../cli/progress-bar';
/** `npm run bench:database`: the seed's queries, batches and roll-up on a million requests, measured. */
import { formatFigures } from './database/format-figures';
import { measureDatabase } from './database/measure-database';

const HELP = `Measures the seed's queries with and without their indexes, pages by cursor and by OFFSET, batch against
row-by-row inserts, and readers during a refresh of the roll-up, on a PostgreSQL of its own with durable writes.

Usage: npm run bench:database -- [options]

  --rows <number>  requests in the table, at least 10000 (default: 1000000)
  --json           print the figures as JSON (npm run --silent bench:database -- --json)
  --help           print this

A million rows need about 1.5 GB of disk. Exit codes: 0 measured, 1 it cannot run.`;

export const main = command({
  help: HELP,
  options: {
    rows: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
  },
  run: async (options, { print }) => {
    const figures = await measureDatabase({
      rows: wholeNumber('rows', options.rows, { least: 10_000 }),
      searchPath: process.env['PATH'],
      onProgress: progressBar(process.stderr, 'requests'),
    });
    print(options.json ? JSON.stringify(figures, null, 2) : formatFigures(figures));
    return 0;
  },
});

if (require.main === module) run(main);
