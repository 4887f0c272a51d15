import { mapLimited } from '../../shared/map-limited';
import type { ScalingConfig } from '../config';
import type { WorkloadSettings } from '../constants';
import { leaseEndOf } from '../hpa/floor-lease';
import { HpaError } from '../hpa/hpa-client';
import type { LoadsOrFailure } from '../metrics/metrics-source';
import { BIN_MINUTES } from '../state/stored-history';
import type { RunReport, WorkloadReport } from '../telemetry/run-report';
import { classifyError, Refusal } from './classify-error';
import { extendDeadMansSwitch } from './extend-dead-mans-switch';
import { measureRecent } from './measure-loads';
import { hpaRefOf } from './read-hpa';
import { reconcileWorkload } from './reconcile-workload';
import type { Deferred, ReconcilePorts, Run, Training } from './run';
import { slotOf } from './time-slot';

/** Identity and deadline of a run. */
export interface ReconcileOptions {
  /** Unique id of the run, in logs and annotations. */
  readonly runId: string;
  /** When the run must be finished, ms since 1970-01-01 UTC. */
  readonly deadlineMs: number;
}

/** Workloads reconciled concurrently: one computes while others wait for the network, and few are in memory. */
const CONCURRENCY = 4;

/** Time reserved for one training, ms: seconds on a whole core, longer on a small function's share of one. */
const TRAINING_MS = 30_000;

/** One run over all workloads of a shard. A failed workload does not stop the others. */
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

type LoadsByName = ReadonlyMap<string, LoadsOrFailure>;

/** Reconciles the workloads whose models need no training, and defers the others. */
async function reconcileReady(
  workloads: readonly WorkloadSettings[],
  recent: LoadsByName,
  run: Run,
): Promise<[reports: WorkloadReport[], deferred: Deferred[]]> {
  const results = await mapLimited(workloads, CONCURRENCY, (settings) =>
    reconcileOne(settings, recent, run, 'defer'),
  );
  const isDeferred = (result: WorkloadReport | Deferred): result is Deferred => 'waitingSince' in result;
  return [results.filter((result) => !isDeferred(result)) as WorkloadReport[], results.filter(isDeferred)];
}

/** Reconciles the deferred workloads one by one, longest waiting first; trains models while there is time. */
async function reconcileDeferred(
  deferred: readonly Deferred[],
  recent: LoadsByName,
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
  recent: LoadsByName,
  run: Run,
  training: Training,
): Promise<WorkloadReport | Deferred> {
  try {
    if (run.now() >= run.deadlineMs) {
      throw new Refusal(
        'out-of-time',
        'the run had no time left for this workload; the next run reconciles it',
      );
    }
    return await reconcileWorkload(settings, recent.get(settings.name) ?? [], run, training);
  } catch (error) {
    return {
      ...failedReport(settings.name, classifyError(error)),
      leaseEndMinute: await leaseOnHpa(settings, error, run),
    };
  }
}

/** End of the lease of a workload that failed before its HPA was read; the dead man's switch needs it. */
async function leaseOnHpa(settings: WorkloadSettings, error: unknown, run: Run): Promise<number | undefined> {
  if (error instanceof HpaError || run.now() >= run.deadlineMs) return undefined;
  try {
    return leaseEndOf(await run.hpaClient.read(hpaRefOf(settings)));
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

/** Reports in the order of the event's workloads. */
function inOrder({ workloads }: ScalingConfig, reports: readonly WorkloadReport[]): WorkloadReport[] {
  const places = new Map(workloads.map(({ name }, index) => [name, index]));
  const placeOf = ({ workload }: WorkloadReport) => places.get(workload) ?? workloads.length;
  return [...reports].sort((one, other) => placeOf(one) - placeOf(other));
}
