import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { adaptiveDecider } from '../../lambda/predictive-scaler/backtest/adaptive-decider';
import {
  type BacktestSettings,
  HPA_TARGET,
  reportTrace,
  type TraceReport,
} from '../../lambda/predictive-scaler/backtest/backtest-trace';
import { type ReplayedMoment, replay } from '../../lambda/predictive-scaler/backtest/replay';
import type { Trace } from '../../lambda/predictive-scaler/backtest/trace';

/** What holds for every trace of a run. */
export type RunSettings = BacktestSettings;

/** Moments between two reports of progress. */
const PROGRESS_MOMENTS = 8;

/** Called with how many origins were done since the last call. */
export type OnProgress = (origins: number) => void;

/** From and to a worker; one trace after the other. */
export interface WorkerTask {
  readonly trace: Trace;
  readonly settings: RunSettings;
}
export type WorkerMessage = { readonly progress: number } | { readonly report: TraceReport };

/** Goes through one trace in this process. */
export async function runTrace(
  trace: Trace,
  settings: RunSettings,
  onProgress: OnProgress,
): Promise<TraceReport> {
  const moments: ReplayedMoment[] = [];
  const adaptive = adaptiveDecider(settings, trace.cadenceMinutes, HPA_TARGET);
  for (const moment of replay(trace, { timeZone: settings.timeZone, ...adaptive })) {
    moments.push(moment);
    if (moments.length % PROGRESS_MOMENTS !== 0) continue;
    onProgress(PROGRESS_MOMENTS);
    await new Promise(setImmediate); // lets the progress be sent and shown
  }
  return reportTrace(trace, moments, settings);
}

/**
 * Goes through traces in worker processes, each of which takes the next trace when it is done with one. Which worker
 * does which trace makes no difference.
 * @returns in the order of the traces
 */
export async function runTraces(
  traces: readonly Trace[],
  settings: RunSettings,
  jobs: number,
  onProgress: OnProgress,
): Promise<TraceReport[]> {
  const reports: TraceReport[] = [];
  const queue = [...traces.entries()];
  const takeTurns = async (work: (trace: Trace) => Promise<TraceReport>) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, trace] = next;
      reports[index] = await work(trace);
    }
  };
  const workers = Math.min(jobs, traces.length);
  if (workers <= 1) {
    await takeTurns((trace) => runTrace(trace, settings, onProgress));
    return reports;
  }
  const processes = Array.from({ length: workers }, startWorker);
  try {
    await Promise.all(
      processes.map((worker) => takeTurns((trace) => askWorker(worker, { trace, settings }, onProgress))),
    );
  } finally {
    for (const worker of processes) worker.kill();
  }
  return reports;
}

/** Structured clones, not JSON, between the processes: NaN and typed arrays stay what they are. */
function startWorker(): ChildProcess {
  return fork(join(__dirname, 'worker.ts'), {
    serialization: 'advanced',
    execArgv: ['--require', require.resolve('tsx/cjs')],
  });
}

function askWorker(worker: ChildProcess, task: WorkerTask, onProgress: OnProgress): Promise<TraceReport> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`worker of ${task.trace.name} ended with ${code}`));
    const onMessage = (message: WorkerMessage) => {
      if ('progress' in message) {
        onProgress(message.progress);
        return;
      }
      worker.off('message', onMessage).off('exit', onExit);
      resolve(message.report);
    };
    worker.on('message', onMessage).on('exit', onExit);
    worker.send(task);
  });
}
