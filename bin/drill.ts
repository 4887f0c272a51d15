#!/usr/bin/env node
/** `npm run drill`: whether the platform keeps its promises under faults. */
import { run } from './cli/command';
import { numberWithin, severalOf } from './cli/option-values';
import { drillCommand } from './drill/drill-command';
import { DEFINITIONS } from './drill/faults/definitions';
import { reportLines } from './drill/format-report';
import { FAULTS } from './drill/promises';
import { isPassed, runDrill } from './drill/run-drill';

const HELP = `Starts the whole platform on loopback, sends records, calls of the gateway and questions, and causes faults
meanwhile. Then it compares what clients were told and what the provider saw with what is stored, and what clients saw
with what docs/reliability.md promises.

Usage: npm run drill -- [options]

  --only <names>   faults, separated by commas, in this order (default: all that this machine can cause):
${FAULTS.map((name) => `                     ${name.padEnd(21)}${DEFINITIONS[name].title}`).join('\n')}
  --seconds <n>    load for each fault: a third before it, a third or more while it lasts, a third afterwards
                   (default: 6)
  --json           print the result as JSON (npm run --silent drill -- --json)
  --help           print this

Lost: a client was told that a record is stored, and it is not; or a call reached the provider or was answered, and has
no row. Twice: a record or a call has two rows, or the provider answered a call twice.
Exit codes: 0 every promise was kept; 1 otherwise, or it cannot run.`;

export const main = drillCommand({
  help: HELP,
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '6' },
  },
  run: ({ only, seconds }, progress) =>
    runDrill({
      ...progress,
      faults: only === undefined ? FAULTS : severalOf('only', 'fault', only, FAULTS),
      seconds: numberWithin('seconds', seconds, { least: 1, most: 600 }),
      searchPath: process.env['PATH'],
      now: () => new Date(),
      clock: () => performance.now(),
    }),
  ...{ reportLines, isPassed },
});

if (require.main === module) run(main);
