#!/usr/bin/env node
/** `npm run sizing`: sizes of an environment for its traffic, as a patch of its configuration. */
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { originsOf } from '../lambda/predictive-scaler/backtest/trace';
import { environments } from '../lib/config/environments';
import { readTraceFile } from './backtest/read-traces';
import { command, run, UsageError } from './cli/command';
import { progressBar } from './cli/progress-bar';
import { KubernetesClient } from './kubernetes/kubernetes-client';
import { readKubeconfig } from './scaler/kubeconfig/kubeconfig';
import { chooseKubeconfigs } from './scaler/kubeconfig/kubeconfig-files';
import { sizingLines } from './sizing/format-sizing';
import { OPTIONS, type SizingOptions, sizingOptions } from './sizing/options';
import { readVpa, type VpaRecommendation } from './sizing/read-vpa';
import { replayScaler, type ScalerReplay } from './sizing/replay-scaler';
import { costHelp } from './sizing/request-cost';
import { ENVIRONMENTS_FILE, type SizingReport, sizeEnvironment } from './sizing/size-environment';
import { historyHelp } from './traffic/options';
import { historyLines, readHistory } from './traffic/read-history';

const HELP = `Sizes an environment for its traffic: replicas, pods, database, cache, storage, connections and partitions, with the
bottleneck, what it costs and saves, and a patch of lib/config/environments.ts. Changes nothing.

Usage: npm run sizing -- --trace FILE [options]

  --env <name>          environment: ${Object.keys(environments).join(', ')} (default: prod)
  --trace <file>        history of traffic in requests per second, CSV or JSON, gzip too (docs/traffic-files.md); steps of
                        at most 10 minutes, at least two days, better 14
  --time-zone <name>    IANA time zone of times in the file that have none (default: UTC)
${historyHelp(22)}
  --growth <n>          factor on all loads, for traffic that is still to come (default: 1)

What a request costs
${costHelp(22)}

The cluster's own measurement
  --kubeconfig <file>   ask the cluster what its Vertical Pod Autoscaler recommends, and take it where it is more
  --context <name>      context of the kubeconfig (default: its current one)

  --predictive          replay predictive scaling too, as npm run backtest does, which takes half a minute or more; needs
                        8 days
  --patch <file>        write the patch there instead of printing it; apply it with git apply
  --json                print everything as JSON (npm run --silent sizing -- --json)
  --help                print this

docs/sizing.md has the formulas and their sources.
Exit codes: 0 sized, 1 the call is wrong or the cluster cannot be asked.`;

/** What the command reaches beside its arguments; tests pass their own. */
export interface Surroundings {
  /** Environment variables, for the kubeconfig. @default - none */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder of the user. @default - the one of the system */
  readonly home?: string;
  /** Time, ms since 1970. @default - this machine's clock */
  readonly now?: () => number;
}

export const main = command({
  help: HELP,
  options: OPTIONS,
  run: async (values, { print, printError }, surroundings: Surroundings = {}) => {
    const options = sizingOptions(values);
    const history = readHistory(options.trace, options.reading);
    const source = readFileSync(join(__dirname, '..', ENVIRONMENTS_FILE), 'utf8');
    // Before the work, so that a wrong path costs no time.
    if (options.patch !== undefined) writePatch(options.patch, '');
    const vpa = await askVpa(options, surroundings);
    if (options.cluster && !vpa) printError('the cluster has no recommendation of a VPA for the API');
    const sized = sizeEnvironment({ ...options, history, vpa, source });
    const report = { ...sized, scaler: await askScaler(options, sized) };
    if (options.patch !== undefined) writePatch(options.patch, report.patch);
    if (options.json) {
      print(JSON.stringify({ data: { ...history.understood, notes: history.notes }, ...report }, null, 2));
      return 0;
    }
    for (const line of [...historyLines(history), '', ...sizingLines(report)]) print(line);
    if (report.patch === '') return 0;
    print('');
    if (options.patch === undefined) print(report.patch);
    else print(`Patch: ${options.patch} (git apply ${options.patch} && npm run format)`);
    return 0;
  },
});

/** @throws UsageError, KubernetesProblem */
async function askVpa(
  { cluster }: SizingOptions,
  { environment = {}, home = homedir(), now = Date.now }: Surroundings,
): Promise<VpaRecommendation | undefined> {
  if (!cluster) return undefined;
  const files = chooseKubeconfigs(cluster.kubeconfig, environment, home);
  const connection = readKubeconfig(files, { context: cluster.context, environment, now });
  const client = new KubernetesClient({ connection });
  try {
    return await readVpa(client);
  } finally {
    client.close();
  }
}

/** Forecasts of a week, with progress on a terminal. @throws UsageError where the file has less than 8 days */
async function askScaler(
  { predictive, trace: path, reading, growth }: SizingOptions,
  { sizing }: SizingReport,
): Promise<ScalerReplay | null> {
  if (!predictive) return null;
  const { trace } = readTraceFile(path, reading);
  const input = {
    trace,
    growth,
    bounds: sizing.hpa,
    capacity: sizing.capacity.requestsPerSecond,
    timeZone: reading.timeZone ?? 'UTC',
  };
  const total = originsOf(trace).length;
  const showProgress = progressBar(process.stderr, 'forecasts');
  let done = 0;
  try {
    const replay = await replayScaler(input, (moments) => {
      done += moments;
      showProgress(done, total);
    });
    return replay ?? null;
  } finally {
    showProgress(total, total);
  }
}

/** @throws UsageError where it cannot be written */
function writePatch(file: string, patch: string): void {
  try {
    writeFileSync(file, patch);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--patch must lead to a file that can be written, got ${file} (${code})`, { cause });
  }
}

if (require.main === module) run((argv, terminal) => main(argv, terminal, { environment: process.env }));
