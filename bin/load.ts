#!/usr/bin/env node
/** `npm run load`: the k6 scripts of test/load/ without k6, against a server on this machine. */
import { performance } from 'node:perf_hooks';
import { command, run, type Terminal } from './cli/command';
import { comparisonLines } from './load/baseline/comparison-table';
import { type LoadOptions, loadOptions, OPTIONS } from './load/load-options';
import { kpisOf } from './load/report/kpis';
import { factLines, kpiLines, writeReport } from './load/report/load-report';
import { reportLines } from './load/report/threshold-table';
import { runLoad } from './load/run-load';
import { type LoadMachine, type MeasuredTarget, runBaseline, runMeasured } from './load/run-measured';
import type { ScriptResult } from './load/run-script';
import { SCENARIOS } from './load/script';
import { untilInterrupted } from './local/interrupt';

const HELP = `Runs a load test of test/load/ on this machine: its scenarios and its thresholds.

Usage: npm run load -- --scenario <name> [options]

  --scenario <name>     ${SCENARIOS.join(', ')}
  --target local        start the whole platform, with demo records and a simulated provider, and test all of it
  --target <url>        a server of yours, on loopback only: http://127.0.0.1:8080; its key is in API_TOKEN of the
                        environment, or -e API_TOKEN=...
  --server <behaviour>  without --target: behaviour of the command's own server: good, slow (1.2 s), failing (20 %
                        errors), limited (125 requests per second), down (default: good)

The load
  --seconds <n>         length of the run; the script's durations, and the requests of smoke, are scaled to it
                        (default: 10; with --target local 60)
  --rate <n>            the objective, requests per second (RPS; default: 1000)
  --users <n>           users at the same time, in the scenario load (USERS; default: 10000)
  --rate-scale <n>      factor on rates and users (default: 0.1; with --rate or --target local 1)
  --ramp <seconds>      length of each ramp as it is run (default: the script's, scaled like the rest)
  --warm-up <seconds>   with --target local: up to half of the rate before the run, not measured; 0: none (default:
                        15; smoke, --save and --compare have none)
  -e, --env NAME=value  a parameter of the script, as k6 takes it (docs/load-testing.md); may be repeated

The platform of --target local
  --pods <n>            API processes (default: 1)
  --records <n>         demo records (default: 50000)
  --behaviour <words>   how the simulated provider answers (default: lognormal-300-30)

Results
  --report <folder>     write report.html and report.json there (default with --target local: dist/load)
  --save                measure a baseline: several runs, each in units of a calibration loop beside it
  --compare             measure again, and fail on a slowdown of more than the noise
  --baseline <file>     file of the baseline (default: dist/load/baseline.json)
  --repeat <n>          runs of --save and --compare that count (default: 5)
  --json                print the results as JSON (npm run --silent load -- --json)
  --help                print this

Test deployed environments with k6 itself: docs/load-testing.md.
Exit codes, the same as k6's: 0 passed, 99 thresholds crossed, or slower than the baseline; 1 the call is wrong.`;

/** k6's exit code of a test whose thresholds were crossed. */
const THRESHOLDS_CROSSED = 99;

/** Comparable with the clock of other processes, and never set back, ms. */
const clock = () => performance.timeOrigin + performance.now();

export const main = command({
  help: HELP,
  options: OPTIONS,
  run: async (values, terminal) => {
    const options = loadOptions(values, { API_TOKEN: process.env['API_TOKEN'] });
    const { target, report } = options;
    if ('server' in target) return runSmall(options, target.server, terminal);
    if ('origin' in target && report === null && options.baseline === null) {
      return runSmall(options, target, terminal);
    }
    return untilInterrupted((signal) => {
      const machine: LoadMachine = {
        searchPath: process.env['PATH'],
        now: () => new Date(),
        clock,
        signal,
        onStep: terminal.printError,
      };
      return options.baseline === null
        ? runReported(options, target, machine, terminal)
        : runBaselined(options, target, machine, terminal);
    });
  },
});

/** A run in this process, of which only the thresholds are shown. */
async function runSmall(
  { plan, json }: LoadOptions,
  server: Parameters<typeof runLoad>[0]['server'],
  { print }: Terminal,
): Promise<number> {
  const result = await runLoad({ ...plan, server, now: () => performance.now() });
  const { scenario } = plan;
  const lines = json ? [JSON.stringify({ scenario, ...result }, null, 2)] : reportLines(scenario, result);
  for (const line of lines) print(line);
  return exitCode(result);
}

async function runReported(
  { report: folder, json, ...options }: LoadOptions,
  target: MeasuredTarget,
  machine: LoadMachine,
  { print }: Terminal,
): Promise<number> {
  const report = await runMeasured(options, target, machine);
  const page = writeReport(String(folder), report);
  const { run, scenario } = report;
  const kpis = kpisOf(scenario, run, report.objectives, report.limits);
  const lines = json
    ? [JSON.stringify({ scenario, page, kpis, ...run.result }, null, 2)]
    : [...reportLines(scenario, run.result), '', ...kpiLines(kpis), '', ...factLines(run), `Report: ${page}`];
  for (const line of lines) print(line);
  return exitCode(run.result);
}

async function runBaselined(
  { plan, baseline, json }: LoadOptions,
  target: MeasuredTarget,
  machine: LoadMachine,
  { print }: Terminal,
): Promise<number> {
  if (baseline === null) throw new Error('called without a baseline');
  const comparisons = await runBaseline(plan, target, baseline, machine);
  const { action, file } = baseline;
  if (json) print(JSON.stringify({ action, file, comparisons }, null, 2));
  else if (action === 'save') print(`Baseline: ${file}`);
  else for (const line of comparisonLines(comparisons)) print(line);
  return comparisons.some(({ isSlower }) => isSlower) ? THRESHOLDS_CROSSED : 0;
}

function exitCode({ thresholds }: ScriptResult): number {
  return thresholds.every(({ passed }) => passed) ? 0 : THRESHOLDS_CROSSED;
}

if (require.main === module) run(main);
