import { mapLimited } from '../../shared/map-limited';
import type { ScalingConfig } from '../config';
import type { WorkloadSettings } from '../constants';
import { leaseEndOf } from '../hpa/floor-lease';
import { HpaError } from '../hpa/hpa-client';
import { BIN_MINUTES } from '../state/stored-history';
import type { RunReport, WorkloadReport } from '../telemetry/run-report';
import { classifyError, Refusal } from './classify-error';
import { extendDeadMansSwitch } from './extend-dead-mans-switch';
import { type Measured, measureRecent } from './measure-loads';
import { refOf } from './read-hpa';
import { reconcileWorkload } from './reconcile-workload';
import type { Deferred, ReconcilePorts, Run, Training } from './run';
import { slotOf } from './time-slot';

export interface ReconcileOptions {
  /** Unique. */
  readonly runId: string;
  /** When everything has to be done, ms since 1970. */
  readonly deadlineMs: number;
}

/** Workloads at a time: while one waits for the network another computes, and few are in memory. */
const PARALLEL = 4;

/** What a training may take, ms: seconds on a whole core, and more on a small function's share of one. */
const TRAINING_MS = 30_000;

/** One run over all workloads of a shard. One that fails stops no other. */
export async function reconcile(
  config: ScalingConfig,
  ports: ReconcilePorts,
  options: ReconcileOptions,
): Promise<RunReport> {
  const run = startRun(config, ports, options);
  const recent = await measureRecent(config.workloads, run);
  const [ready, deferred] = await reconcileReady(config.workloads, recent, run);
  const trained = await reconcileDeferred(deferred, recent, run);
  const workloads = inOrder(config, [...refusedReports(config), ...ready, ...trained]);
  const switchProblem = await extendDeadMansSwitch(config, workloads, run);
  return { shard: config.shard, runId: run.runId, slotMinute: run.slotMinute, workloads, switchProblem };
}

function startRun(config: ScalingConfig, ports: ReconcilePorts, options: ReconcileOptions): Run {
  const { intervalMinutes, leaseMinutes, scheduledMinute } = config;
  const nowMinute = Math.floor(ports.now() / 60_000);
  return {
    ...ports,
    ...options,
    intervalMinutes,
    nowMinute,
    slotMinute: slotOf(scheduledMinute, intervalMinutes, nowMinute),
    originMinute: Math.floor(nowMinute / BIN_MINUTES) * BIN_MINUTES,
    leaseEndMinute: nowMinute + leaseMinutes,
  };
}

type MeasuredByName = ReadonlyMap<string, Measured>;

/** Those whose models can forecast at once come first. */
async function reconcileReady(
  workloads: readonly WorkloadSettings[],
  recent: MeasuredByName,
  run: Run,
): Promise<[reports: WorkloadReport[], deferred: Deferred[]]> {
  const results = await mapLimited(workloads, PARALLEL, (settings) =>
    reconcileOne(settings, recent, run, 'defer'),
  );
  const isDeferred = (result: WorkloadReport | Deferred): result is Deferred => 'waitingSince' in result;
  return [results.filter((result) => !isDeferred(result)) as WorkloadReport[], results.filter(isDeferred)];
}

/** One after the other, those first that have waited longest, and with training as long as there is time for it. */
async function reconcileDeferred(
  deferred: readonly Deferred[],
  recent: MeasuredByName,
  run: Run,
): Promise<WorkloadReport[]> {
  const reports: WorkloadReport[] = [];
  for (const { settings } of [...deferred].sort((one, other) => one.waitingSince - other.waitingSince)) {
    const training = run.now() + TRAINING_MS <= run.deadlineMs ? 'now' : 'no-time';
    reports.push((await reconcileOne(settings, recent, run, training)) as WorkloadReport);
  }
  return reports;
}

async function reconcileOne(
  settings: WorkloadSettings,
  recent: MeasuredByName,
  run: Run,
  training: Training,
): Promise<WorkloadReport | Deferred> {
  try {
    if (run.now() >= run.deadlineMs) {
      throw new Refusal('out-of-time', 'the run ended before its turn came; it comes with the next run');
    }
    return await reconcileWorkload(settings, recent.get(settings.name) ?? [], run, training);
  } catch (error) {
    return {
      ...failedReport(settings.name, classifyError(error)),
      leaseEndMinute: await leaseOnHpa(settings, error, run),
    };
  }
}

/** End of the lease of a workload that failed before its HPA was read, so that the dead man's switch looks after it. */
async function leaseOnHpa(settings: WorkloadSettings, error: unknown, run: Run): Promise<number | undefined> {
  if (error instanceof HpaError || run.now() >= run.deadlineMs) return undefined;
  try {
    return leaseEndOf(await run.hpaClient.read(refOf(settings)));
  } catch {
    return undefined;
  }
}

function refusedReports({ refused }: ScalingConfig): WorkloadReport[] {
  return refused.map(({ name, message }) => failedReport(name, { kind: 'settings', message }));
}

function failedReport(workload: string, problem: NonNullable<WorkloadReport['problem']>): WorkloadReport {
  return { workload, outcome: 'failed', message: problem.message, problem };
}

/** In the order of the event. */
function inOrder({ workloads }: ScalingConfig, reports: readonly WorkloadReport[]): WorkloadReport[] {
  const places = new Map(workloads.map(({ name }, index) => [name, index]));
  const placeOf = ({ workload }: WorkloadReport) => places.get(workload) ?? workloads.length;
  return [...reports].sort((one, other) => placeOf(one) - placeOf(other));
}
