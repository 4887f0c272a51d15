/** `npm run backtest`: what predictive scaling would have done to a service, from its own traffic. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TraceReport } from '../lambda/predictive-scaler/backtest/backtest-trace';
import type { HpaRecommendation } from '../lambda/predictive-scaler/backtest/recommend-hpa';
import { originsOf } from '../lambda/predictive-scaler/backtest/trace';
import { htmlReport } from './backtest/html-report';
import { type BacktestOptions, backtestOptions, OPTIONS } from './backtest/options';
import { isCoarse, readManifest, readTraceFile, type TraceFile } from './backtest/read-traces';
import {
  jsonHpaRecommendation,
  recommendationLines,
  recommendationTable,
} from './backtest/recommendation-table';
import { runTraces } from './backtest/run-traces';
import { coverageTable, methodTable, policyTable, type Summary, summarize } from './backtest/summary';
import { isoMinute, predictionsCsv } from './backtest/write-predictions';
import { command, run, UsageError } from './cli/command';
import { progressBar } from './cli/progress-bar';
import { textTable } from './cli/text-table';
import { historyHelp } from './traffic/options';
import { historyLines } from './traffic/read-history';

const HELP = `Replays a service's traffic: forecasts and scales it as it would have been, from nothing but what was known.

Usage: npm run backtest -- --trace FILE | --manifest FILE [options]

  --trace <file>                history of traffic: CSV (timestamp,value; CloudWatch's console; Grafana) or JSON
                                (CloudWatch's get-metric-data and get-metric-statistics; Prometheus' query_range),
                                gzip too; a row is the mean load of its step, in the unit of --capacity; at least
                                8 days, better 16; see docs/traffic-files.md
  --manifest <file>             manifest.json of the forecast benchmark instead
  --days <n>                    days to go through (default: the last 7 of a trace, all of a manifest)
  --time-zone <name>            IANA time zone of the people who make the load, and of times in the file that have
                                none (default: UTC)
${historyHelp(30)}
  --capacity <load>             load that a replica serves (default: 100)
  --min-replicas <n>            (default: 3)
  --max-replicas <n>            (default: 50)
  --lead-minutes <n>            from a decision to when its replicas serve (default: 4)
  --price-per-replica-hour <x>  adds the cost in a currency
  --report <file>               HTML report to write (default: dist/backtest/report.html)
  --predictions <file>          CSV of all forecasts and decisions to write, as the benchmark scores them
  --jobs <n>                    processes for the traces of a manifest (default: 2)
  --json                        print the results as JSON (npm run --silent backtest -- --json)
  --help                        print this

REL and MASE below 1 are better than the last load and than yesterday's. NV is replica-hours, an unmet request
costing as much as serving 50, relative to exactly the needed replicas.
Exit codes: 0 done, 1 something is wrong with the call or the data.`;

export const main = command({
  help: HELP,
  options: OPTIONS,
  run: async (values, { print }) => {
    const options = backtestOptions(values);
    const files = readFiles(options);
    if (!options.json) for (const line of files.flatMap(notesOf)) print(line);
    const reports = await replayAll(files, options);
    writeOutputs(reports, files, options);
    const lines = options.json ? [jsonResults(reports, files, options)] : textResults(reports, options);
    for (const line of lines) print(line);
    return 0;
  },
});

function readFiles({ trace, manifest, reading }: BacktestOptions): TraceFile[] {
  return trace === undefined ? readManifest(manifest as string, reading) : [readTraceFile(trace, reading)];
}

async function replayAll(
  files: readonly TraceFile[],
  { settings, jobs }: BacktestOptions,
): Promise<TraceReport[]> {
  const traces = files.map(({ trace }) => trace);
  const total = traces.reduce((sum, trace) => sum + originsOf(trace).length, 0);
  const showProgress = progressBar(process.stderr, 'moments');
  let done = 0;
  try {
    return await runTraces(traces, settings, jobs, (moments) => {
      done += moments;
      showProgress(done, total);
    });
  } finally {
    showProgress(total, total);
  }
}

function writeOutputs(
  reports: readonly TraceReport[],
  files: readonly TraceFile[],
  { report, predictions, settings, pricePerReplicaHour }: BacktestOptions,
): void {
  const notes = files.flatMap(notesOf);
  writeText('--report', report, htmlReport({ reports, notes, settings, pricePerReplicaHour }));
  if (predictions !== undefined) writeText('--predictions', predictions, predictionsCsv(reports));
}

function writeText(option: string, path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${option} must lead to a file that can be written, got ${path} (${code})`, {
      cause: error,
    });
  }
}

function textResults(
  reports: readonly TraceReport[],
  { report, predictions, pricePerReplicaHour }: BacktestOptions,
): string[] {
  const all = reports.length > 1 ? [{ name: `all ${reports.length} traces`, reports }] : [];
  const parts = [...reports.map((one) => ({ name: one.name, reports: [one] })), ...all];
  return [
    ...parts.flatMap(({ name, reports: some }) => [
      '',
      name,
      ...tables(summarize(some, pricePerReplicaHour)),
      ...(some.length === 1 ? recommendationText(some[0]?.recommendation, pricePerReplicaHour) : []),
    ]),
    '',
    `report: ${report}`,
    ...(predictions === undefined ? [] : [`predictions: ${predictions}`]),
  ];
}

function tables(summary: Summary): string[] {
  const shown = [methodTable(summary), coverageTable(summary), policyTable(summary)];
  return shown.filter((table) => table.length > 1).flatMap((table) => ['', ...textTable(table)]);
}

function recommendationText(found: HpaRecommendation | undefined, price?: number): string[] {
  if (!found) return [];
  return ['', ...recommendationLines(found), '', ...textTable(recommendationTable(found, price))];
}

function jsonResults(
  reports: readonly TraceReport[],
  files: readonly TraceFile[],
  { report, predictions, pricePerReplicaHour }: BacktestOptions,
): string {
  const traces = reports.map((one, index) => ({
    name: one.name,
    from: isoMinute(one.startMinute),
    to: isoMinute(one.startMinute + one.loads.length),
    origins: one.moments.length,
    data: { ...files[index]?.history.understood, notes: files[index]?.history.notes },
    horizons: one.horizons,
    ...summarize([one], pricePerReplicaHour),
    patterns: one.patterns,
    recommendation: one.recommendation && jsonHpaRecommendation(one.recommendation, pricePerReplicaHour),
  }));
  const summary = summarize(reports, pricePerReplicaHour);
  return JSON.stringify({ report, predictions, summary, traces }, null, 2);
}

/** How a file was read, and what a reader should know of its data, a line each. */
function notesOf({ trace, history }: TraceFile): string[] {
  return [
    ...historyLines(history),
    ...(isCoarse(trace) && trace.simulatesScaling
      ? [`${trace.name}: steps this wide hide peaks; every policy would do worse than the simulation says`]
      : []),
  ];
}

if (require.main === module) run(main);
