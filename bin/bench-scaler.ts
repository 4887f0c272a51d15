/** `npm run bench:scaler`: what the bundled scaler costs: its start, a run, and runs of many workloads. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandler } from '../test/helpers/bundle';
import { type Invocation, LambdaRuntime } from '../test/helpers/lambda-runtime/lambda-runtime';
import { ScalerCloud } from '../test/helpers/scaler-cloud';
import { BenchService, type BenchServiceProps, benchNames } from './bench/scaler-services';
import { expectedLines, parseOptions, run, type Terminal } from './cli/command';

const HELP = `Measures the scaler as it is deployed: bundled, in a process of its own under the Lambda Runtime API, with
CloudWatch, S3, Scheduler and Kubernetes on loopback. Services have 15 days of generated one-minute data.

Usage: npm run bench:scaler -- [options]

  --json   print the figures as JSON
  --help   print this

First run: one service without state, trained in it. Warm runs: models are there, as in all runs but one of a day; the
least of three. Goals: start 300 ms, warm run 1 s and 256 MiB for one service, 60 s and 512 MiB for 100. Exit codes: 0
within the goals, 1 not.`;

const COUNTS = [1, 10, 100];

/** Runs of each measurement, of which the least counts: others were disturbed. */
const RUNS = 3;

interface WarmFigures {
  readonly workloads: number;
  readonly seconds: number;
  readonly secondsPerWorkload: number;
  /** Most memory of the process. */
  readonly peakMebibytes: number;
}

interface Figures {
  readonly bundleBytes: number;
  readonly initMilliseconds: number;
  readonly firstRun: Pick<WarmFigures, 'seconds' | 'peakMebibytes'>;
  readonly warmRuns: readonly WarmFigures[];
  /** Processes that wanted a core, over the last minute. */
  readonly loadAverage: number;
}

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const figures = await measure();
    terminal.print(options.json ? JSON.stringify(figures, null, 2) : textOf(figures));
    return missedGoals(figures).length === 0 ? 0 : 1;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

async function measure(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-scaler-'));
  const file = join(folder, 'handler.mjs');
  bundleHandler('lambda/predictive-scaler/handler.ts', file);
  const cloud = await ScalerCloud.start();
  try {
    const nowMinute = Math.floor(Date.now() / 60_000);
    const props: BenchServiceProps = { cloud, nowMinute };
    const [first = '', ...others] = benchNames(Math.max(...COUNTS), nowMinute);
    const model = new BenchService(first, props);
    const starts = await initTimes(file, cloud);
    const { milliseconds, peakMebibytes } = await inOneProcess(file, cloud, (runtime) =>
      invoke(runtime, model.event([model])),
    );
    const services = [model, ...others.map((name) => new BenchService(name, props))];
    for (const service of services) service.startFrom(model);
    const warmRuns: WarmFigures[] = [];
    for (const count of COUNTS) warmRuns.push(await warmRun(file, cloud, services.slice(0, count)));
    return {
      bundleBytes: statSync(file).size,
      initMilliseconds: Math.min(...starts),
      firstRun: { seconds: milliseconds / 1000, peakMebibytes },
      warmRuns,
      loadAverage: loadavg()[0] ?? Number.NaN,
    };
  } finally {
    await cloud.close();
    rmSync(folder, { recursive: true });
  }
}

async function initTimes(file: string, cloud: ScalerCloud): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < RUNS; count += 1) {
    times.push(await inOneProcess(file, cloud, async ({ initMilliseconds }) => initMilliseconds));
  }
  return times;
}

async function warmRun(
  file: string,
  cloud: ScalerCloud,
  services: readonly BenchService[],
): Promise<WarmFigures> {
  return inOneProcess(file, cloud, async (runtime) => {
    const runs: Invocation[] = [];
    const [first] = services as [BenchService];
    for (let count = 0; count < RUNS; count += 1) runs.push(await invoke(runtime, first.event(services)));
    const seconds = Math.min(...runs.map(({ milliseconds }) => milliseconds)) / 1000;
    return {
      workloads: services.length,
      seconds,
      secondsPerWorkload: seconds / services.length,
      peakMebibytes: Math.max(...runs.map(({ peakMebibytes }) => peakMebibytes)),
    };
  });
}

async function inOneProcess<T>(
  file: string,
  cloud: ScalerCloud,
  use: (runtime: LambdaRuntime) => Promise<T>,
): Promise<T> {
  const runtime = await LambdaRuntime.start(file, cloud.environment, 600_000);
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}

/** Figures of runs that did not do their work are none. */
async function invoke(runtime: LambdaRuntime, event: object): Promise<Invocation> {
  const invocation = await runtime.invoke(event);
  const outcomes = Object.values((invocation.result ?? {}) as Record<string, string>);
  if (outcomes.length === 0 || !outcomes.every((outcome) => outcome === 'applied')) {
    throw new Error(`not every floor was applied: ${JSON.stringify(invocation)}\n${runtime.output}`);
  }
  return invocation;
}

function missedGoals({ initMilliseconds, warmRuns }: Figures): string[] {
  const one = warmRuns.find(({ workloads }) => workloads === 1) as WarmFigures;
  const many = warmRuns.find(({ workloads }) => workloads === 100) as WarmFigures;
  const goals: [name: string, value: number, most: number][] = [
    ['start, ms', initMilliseconds, 300],
    ['a run of one, s', one.seconds, 1],
    ['memory of one, MiB', one.peakMebibytes, 256],
    ['a run of 100, s', many.seconds, 60],
    ['memory of 100, MiB', many.peakMebibytes, 512],
  ];
  return goals
    .filter(([, value, most]) => !(value <= most))
    .map(([name, value, most]) => `missed: ${name}: ${value.toFixed(1)}, at most ${most}`);
}

function textOf(figures: Figures): string {
  const { bundleBytes, firstRun, initMilliseconds, loadAverage, warmRuns } = figures;
  const per = warmRuns[0]?.secondsPerWorkload ?? Number.NaN;
  return [
    `bundle        ${(bundleBytes / 1000).toFixed(0)} kB`,
    `start         ${initMilliseconds.toFixed(0)} ms, with Node`,
    `first run     ${firstRun.seconds.toFixed(2)} s, ${firstRun.peakMebibytes.toFixed(0)} MiB (trains)`,
    ...warmRuns.map(
      ({ workloads, seconds, secondsPerWorkload, peakMebibytes }) =>
        `${String(workloads).padStart(3)} warm      ${seconds.toFixed(2)} s, ${peakMebibytes.toFixed(0)} MiB, ` +
        `${secondsPerWorkload.toFixed(3)} s each (x${(secondsPerWorkload / per).toFixed(2)})`,
    ),
    `load average  ${loadAverage.toFixed(1)}`,
    ...missedGoals(figures),
  ].join('\n');
}

if (require.main === module) run(main);
