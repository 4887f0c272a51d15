import { METRICS } from '../constants';
import type { RunReport, WorkloadReport } from './run-report';

type MetricName = Exclude<
  (typeof METRICS)[keyof typeof METRICS],
  typeof METRICS.namespace | typeof METRICS.workloadDimension | typeof METRICS.shardDimension
>;

type MetricValues = Partial<Record<MetricName, number>>;

const UNITS: Partial<Record<MetricName, string>> = {
  [METRICS.load]: 'Count/Second',
  [METRICS.forecast15]: 'Count/Second',
  [METRICS.forecast30]: 'Count/Second',
  [METRICS.upper15]: 'Count/Second',
  [METRICS.upper30]: 'Count/Second',
  [METRICS.skill]: 'None',
  [METRICS.error]: 'Percent',
  [METRICS.coverage]: 'Percent',
  [METRICS.replicaHoursAdded]: 'None',
  [METRICS.runMilliseconds]: 'Milliseconds',
};

/**
 * Log line of a workload in the embedded metric format: CloudWatch Logs extracts the metrics, so the function needs no
 * API call and no permission.
 * @param nowMs current time, ms since 1970-01-01 UTC
 */
export function workloadMetricsLine(report: WorkloadReport, intervalMinutes: number, nowMs: number): string {
  return metricsLine(METRICS.workloadDimension, report.workload, valuesOf(report, intervalMinutes), nowMs);
}

/**
 * Log line of the run itself, in the embedded metric format.
 * @param milliseconds duration of the run
 */
export function runMetricsLine(report: RunReport, milliseconds: number, nowMs: number): string {
  const values: MetricValues = { [METRICS.runMilliseconds]: milliseconds };
  if (isComplete(report)) values[METRICS.heartbeat] = 1;
  return metricsLine(METRICS.shardDimension, report.shard, values, nowMs);
}

/** Whether the run succeeded for at least one workload and extended the dead man's switch. */
export function isComplete({ switchProblem, workloads }: RunReport): boolean {
  return switchProblem === undefined && !hasAllFailed(workloads);
}

/** Whether every workload failed. */
export function hasAllFailed(workloads: readonly WorkloadReport[]): boolean {
  return workloads.length > 0 && workloads.every(({ outcome }) => outcome === 'failed');
}

function valuesOf({ problem, record }: WorkloadReport, intervalMinutes: number): MetricValues {
  const failed = { [METRICS.failed]: problem ? 1 : 0 };
  if (!record) return failed;
  const { base, floor, forecasts, gate, load, maximum } = record;
  const at = (minutes: number) => forecasts.find(({ horizonMinutes }) => horizonMinutes === minutes);
  return {
    ...failed,
    [METRICS.load]: load,
    [METRICS.forecast15]: at(15)?.point,
    [METRICS.forecast30]: at(30)?.point,
    [METRICS.upper15]: at(15)?.upper,
    [METRICS.upper30]: at(30)?.upper,
    [METRICS.floor]: floor,
    [METRICS.base]: base,
    [METRICS.maximum]: maximum,
    [METRICS.floorAtMaximum]: floor >= maximum ? 1 : 0,
    [METRICS.replicaHoursAdded]: ((floor - base) * intervalMinutes) / 60,
    [METRICS.skill]: gate.evidence.skill,
    [METRICS.error]: 100 * gate.evidence.error,
    [METRICS.coverage]: 100 * gate.evidence.coverageOfQ90,
    [METRICS.active]: gate.state === 'ACTIVE' ? 1 : 0,
  };
}

/** Leaves out values that are not finite: CloudWatch would drop the whole line. */
function metricsLine(dimension: string, value: string, values: MetricValues, nowMs: number): string {
  const known = Object.entries(values).filter(([, number]) => Number.isFinite(number));
  const metrics = known.map(([name]) => ({ Name: name, Unit: UNITS[name as MetricName] ?? 'Count' }));
  return JSON.stringify({
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [{ Namespace: METRICS.namespace, Dimensions: [[dimension]], Metrics: metrics }],
    },
    [dimension]: value,
    ...Object.fromEntries(known),
  });
}
