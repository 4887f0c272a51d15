#!/usr/bin/env node
/** `npm run drill:restore`: whether a restore to a point in time, and filling its gap, loses or changes records. */
import { run } from './cli/command';
import { numberWithin } from './cli/option-values';
import { drillCommand } from './drill/drill-command';
import { reportLines } from './drill-restore/format-report';
import { runDrill } from './drill-restore/run-drill';

const HELP = `Starts PostgreSQL with an archive of its changes and a base backup, a simulated provider and two API processes on
loopback, and sends records and calls. A wrong statement then deletes all requests. The drill restores the database to
the time before, applies migrations again, fills the gap by what npm run db:gap does, starts the API on it, sends records
again, and compares rows, budgets and roll-ups with what was there before.

The journal of the first process is saved; that of the second one is lost, so its calls come from the provider's report.

Usage: npm run drill:restore -- [options]

  --seconds <n>  load before the target, and again after it (default: 5)
  --json         print the result as JSON (npm run --silent drill:restore -- --json)
  --help         print this

Exit codes: 0 every row is back, none twice, and the sums agree; 1 otherwise, or it cannot run.`;

export const main = drillCommand({
  help: HELP,
  options: {
    seconds: { type: 'string', default: '5' },
  },
  run: ({ seconds }, progress) =>
    runDrill({
      ...progress,
      seconds: numberWithin('seconds', seconds, { least: 1, most: 30 }),
      searchPath: process.env['PATH'],
      now: () => new Date(),
      clock: () => performance.now(),
    }),
  reportLines,
  isPassed: ({ problems }) => problems.length === 0,
});

if (require.main === module) run(main);
