#!/usr/bin/env node
/** `npm run bench:service`: how fast the API stores records and answers questions. */
import { resolve } from 'node:path';
import { command, run } from '../cli/command';
import { wholeNumber } from '../cli/option-values';
import { progressBar } from '../cli/progress-bar';
import { untilInterrupted } from '../local/interrupt';
import { figureLines } from './service/format-figures';
import { measureService } from './service/measure-service';

const HELP = `Measures the API on a PostgreSQL of its own with durable writes and a year of requests: costs, pages of the history,
and how many records it stores a second, beside a bare INSERT loop and a bare route in the same run.

Usage: npm run bench:service -- [options]

  --rows <number>  requests in the table, at least 100000 (default: 1000000)
  --profile <dir>  write a CPU profile of the API process to this folder (default: none is taken)
  --json           print the figures as JSON (npm run --silent bench:service -- --json)
  --help           print this

Everything runs on loopback and shares the cores: PostgreSQL, the API, and the sender of the load. A million rows take
about three minutes. Figures and goals: docs/service-figures.md.
Exit codes: 0 measured, 1 it cannot run.`;

export const main = command({
  help: HELP,
  options: {
    rows: { type: 'string', default: '1000000' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  run: async ({ rows, profile, json }, { print }) => {
    const props = {
      rows: wholeNumber('rows', rows, { least: 100_000, most: 100_000_000 }),
      ...(profile !== undefined && { profileFolder: resolve(profile) }),
      searchPath: process.env['PATH'],
      now: () => new Date(),
      onProgress: progressBar(process.stderr, 'requests'),
    };
    const figures = await untilInterrupted((signal) => measureService({ ...props, signal }));
    for (const line of json ? [JSON.stringify(figures, null, 2)] : figureLines(figures)) print(line);
    return 0;
  },
});

if (require.main === module) run(main);
