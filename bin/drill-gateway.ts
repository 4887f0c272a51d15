#!/usr/bin/env node
/** `npm run drill:gateway`: whether the gateway loses or cuts calls under faults, and whether its memory stays flat. */
import { run } from './cli/command';
import { numberWithin, severalOf, wholeNumber } from './cli/option-values';
import { drillCommand } from './drill/drill-command';
import { reportLines } from './drill-gateway/format-report';
import { PARTS, runDrill } from './drill-gateway/run-drill';

const HELP = `Starts PostgreSQL, a simulated provider and API processes on loopback, sends calls through the gateway, and causes
faults meanwhile. Each part has servers of its own.

Usage: npm run drill:gateway -- [options]

  --parts <names>   separated by commas, in this order (default: all):
                      kill           API processes are killed (SIGKILL) at random moments and started again on their
                                     journals; one does not come back, and another process ends its calls
                      database-away  PostgreSQL is stopped: calls go on until the journal is full
                      replace-pods   both pods are replaced under streams of 30 s, behind NGINX where it is installed
                      slow-readers   many readers take 1 kB a second of long streams
                      memory         memory of a process under a constant load
  --minutes <n>     length of the load of the part memory (default: 2)
  --readers <n>     readers of the part slow-readers (default: 1000)
  --json            print the result as JSON (npm run --silent drill:gateway -- --json)
  --help            print this

Lost: a call reached the provider and has no row. Twice: a call has two rows. All parts take some seven minutes.
Exit codes: 0 every part has passed; 1 otherwise, or it cannot run.`;

export const main = drillCommand({
  help: HELP,
  options: {
    parts: { type: 'string' },
    minutes: { type: 'string', default: '2' },
    readers: { type: 'string', default: '1000' },
  },
  run: ({ parts, minutes, readers }, progress) =>
    runDrill(parts === undefined ? PARTS : severalOf('parts', 'part', parts, PARTS), {
      ...progress,
      minutes: numberWithin('minutes', minutes, { least: 0.05, most: 600 }),
      readers: wholeNumber('readers', readers, { least: 1, most: 5000 }),
      searchPath: process.env['PATH'],
      now: () => new Date(),
      clock: () => performance.now(),
      random: Math.random,
    }),
  reportLines,
  isPassed: (results) => results.every(({ problems }) => problems.length === 0),
});

if (require.main === module) run(main);
