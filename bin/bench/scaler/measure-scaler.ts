import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandler } from '../../../test/helpers/bundle';
import { type Invocation, LambdaRuntime } from '../../../test/helpers/lambda-runtime/lambda-runtime';
import { ScalerCloud } from '../../../test/helpers/scaler-cloud';
import { BenchService, type BenchServiceProps, benchNames } from './bench-services';

/** Numbers of workloads of the warm runs. */
const COUNTS = [1, 10, 100];

/** Runs of each measurement. The fastest one counts: the others were slowed by other work on the machine. */
const RUNS = 3;

/** Figures of runs whose models are loaded from saved state. */
export interface WarmFigures {
  /** Number of workloads of a run. */
  readonly workloads: number;
  /** Time of the fastest run, seconds. */
  readonly seconds: number;
  /** The same divided by the workloads, seconds. */
  readonly secondsPerWorkload: number;
  /** Most memory of the process, MiB. */
  readonly peakMebibytes: number;
}

/** Figures of the benchmark; `--json` prints them. */
export interface ScalerFigures {
  /** Size of the bundled function, bytes. */
  readonly bundleBytes: number;
  /** From the start of the process to the first request for an event, ms. */
  readonly initMilliseconds: number;
  /** A run of one workload without state, which trains its models. */
  readonly firstRun: Pick<WarmFigures, 'seconds' | 'peakMebibytes'>;
  /** A row for each number of workloads. */
  readonly warmRuns: readonly WarmFigures[];
  /** Processes that wanted a core, over the last minute. */
  readonly loadAverage: number;
}

/**
 * Measures the bundled function against its services on loopback.
 * @param nowMinute minutes since 1970-01-01 UTC
 */
export async function measureScaler(nowMinute: number): Promise<ScalerFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-scaler-'));
  const file = join(folder, 'handler.mjs');
  bundleHandler('lambda/predictive-scaler/handler.ts', file);
  const cloud = await ScalerCloud.start();
  try {
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

/** Runs an event. @throws where a floor was not applied: the time of a failed run is no figure */
async function invoke(runtime: LambdaRuntime, event: object): Promise<Invocation> {
  const invocation = await runtime.invoke(event);
  const outcomes = Object.values((invocation.result ?? {}) as Record<string, string>);
  if (outcomes.length === 0 || !outcomes.every((outcome) => outcome === 'applied')) {
    throw new Error(`not every floor was applied: ${JSON.stringify(invocation)}\n${runtime.output}`);
  }
  return invocation;
}
