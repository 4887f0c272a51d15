#!/usr/bin/env node
/** `npm run drill:ledger`: whether faults under load lose records or store them twice. */
import { run, UsageError } from './cli/command';
import { numberWithin, severalOf } from './cli/option-values';
import { drillCommand } from './drill/drill-command';
import { FAULTS, type FaultName } from './drill-ledger/faults';
import { reportLines } from './drill-ledger/format-report';
import { type DrillResult, runDrill } from './drill-ledger/run-drill';

const HELP = `Starts PostgreSQL and two API processes on loopback, sends records as clients do that send each call again until it
is answered, and causes faults meanwhile. At the end it compares what clients were told with what is stored.

Usage: npm run drill:ledger -- [options]

  --faults <names>  separated by commas, in this order (default: all that this machine can cause):
                      database-stop       PostgreSQL is stopped (SIGINT) and started
                      database-crash      PostgreSQL is killed (SIGQUIT) and started
                      connections-killed  pg_terminate_backend on all connections of the service, five times
                      pool-exhausted      a lock on the table of requests, until all connections wait for it
                      disk-full           the table's file cannot grow (prlimit; Linux only)
                      api-sigterm         one API process is told to end, and started again
                      api-sigkill         one API process is killed, and started again
  --seconds <n>     load for each fault: a third before it, a third while it lasts, a third afterwards (default: 9)
  --json            print the result as JSON (npm run --silent drill:ledger -- --json)
  --help            print this

Lost: a client was told that a record is stored, and it is not, or not as told. Twice: a record has two rows.
Exit codes: 0 nothing was lost, stored twice or refused, and the service recovered from each fault; 1 otherwise, or it
cannot run.`;

/** Faults that need a program of Linux. */
const LINUX_ONLY: readonly FaultName[] = ['disk-full'];

export const main = drillCommand({
  help: HELP,
  options: {
    faults: { type: 'string' },
    seconds: { type: 'string', default: '9' },
  },
  run: ({ faults, seconds }, progress) =>
    runDrill({
      ...progress,
      faults: faultsOf(faults),
      seconds: numberWithin('seconds', seconds, { least: 1, most: 600 }),
      searchPath: process.env['PATH'],
      now: () => new Date(),
      clock: () => performance.now(),
    }),
  ...{ reportLines, isPassed },
});

function faultsOf(text: string | undefined): readonly FaultName[] {
  const isLinux = process.platform === 'linux';
  if (text === undefined) return FAULTS.filter((fault) => isLinux || !LINUX_ONLY.includes(fault));
  const names = severalOf('faults', 'fault', text, FAULTS);
  const needing = names.find((name) => !isLinux && LINUX_ONLY.includes(name));
  if (needing !== undefined) throw new UsageError(`--faults ${needing} needs Linux, for prlimit`);
  return names;
}

function isPassed({ lost, twice, refused, rollups, faults }: DrillResult): boolean {
  const isRecovered = faults.every(({ firstSuccessMs }) => firstSuccessMs !== null);
  return lost + twice + refused === 0 && rollups.rows === rollups.counted && isRecovered;
}

if (require.main === module) run(main);
