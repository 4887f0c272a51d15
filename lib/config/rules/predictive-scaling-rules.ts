import type { ResolvedConfig, ResolvedPredictiveScaling, ResolvedWorkload } from '../environment-config';
import type { ConfigProblem } from '../problem';
import { isApiWorkload } from '../scaled-workloads';
import { readTime } from '../time';
import { type Rule, when } from './rule';

/** Largest event that EventBridge Scheduler and Lambda's queue accept, bytes. */
const LARGEST_EVENT = 262_144;

/** Most that identifiers of deployed resources add to one workload in an event, bytes. */
const DEPLOYED_NAMES = 1024;

/** Lease, alarms and workloads of predictive scaling, and its requirements on the cluster. */
export const predictiveScalingRules: readonly Rule[] = [
  ruleOn(({ intervalMinutes, leaseMinutes }) =>
    when(
      leaseMinutes <= 2 * intervalMinutes,
      'predictiveScaling.leaseMinutes',
      `must be above two intervals (2 x ${intervalMinutes} min), so that one failed run releases nothing, got ${leaseMinutes}`,
    ),
  ),
  ruleOn(({ alarms, intervalMinutes }) => [
    ...when(
      alarms.heartbeatMissingMinutes < 2 * intervalMinutes,
      'predictiveScaling.alarms.heartbeatMissingMinutes',
      `must be at least two intervals (${2 * intervalMinutes} min), got ${alarms.heartbeatMissingMinutes}`,
    ),
    ...when(
      alarms.coverageLeastPercent >= alarms.coverageMostPercent,
      'predictiveScaling.alarms.coverageLeastPercent',
      `must be below coverageMostPercent (${alarms.coverageMostPercent}), got ${alarms.coverageLeastPercent}`,
    ),
  ]),
  ruleOn(({ workloads }) => [
    ...repeated(workloads, 'name', ({ name }) => name),
    ...repeated(workloads, 'hpaName', ({ namespace, hpaName }) => `${namespace}/${hpaName}`),
  ]),
  ruleOn(largeEvents),
  ruleOn(({ workloads }) => workloads.flatMap(({ events }, index) => eventProblems(events, index))),
  {
    reads: ['predictiveScaling', 'autoscaling'],
    check: ({ autoscaling, predictiveScaling }) =>
      apiWorkloads(predictiveScaling).flatMap(({ path, baseMinReplicas, events }) => [
        ...when(
          autoscaling.driver === 'keda',
          `${path}.hpaName`,
          "must not be the API's HPA with autoscaling.driver 'keda' (KEDA would overwrite the floor): set predictiveScaling: null, or driver 'hpa'",
        ),
        ...when(
          baseMinReplicas !== autoscaling.hpa.minReplicas,
          `${path}.baseMinReplicas`,
          `must be autoscaling.hpa.minReplicas (${autoscaling.hpa.minReplicas}) for the API's HPA, got ${baseMinReplicas}`,
        ),
        ...events.flatMap(({ minReplicas }, index) =>
          when(
            minReplicas > autoscaling.hpa.maxReplicas,
            `${path}.events.${index}.minReplicas`,
            `must be at most autoscaling.hpa.maxReplicas (${autoscaling.hpa.maxReplicas}), got ${minReplicas}`,
          ),
        ),
      ]),
  },
  {
    reads: ['predictiveScaling', 'cluster'],
    check: ({ cluster, predictiveScaling }) =>
      predictiveScaling === null || cluster.kind === 'managed'
        ? []
        : (
            [
              ['endpoint', 'endpoint'],
              ['certificateAuthority', 'certificateAuthority.data'],
            ] as const
          ).flatMap(([knob, query]) =>
            when(
              cluster[knob] === null,
              `cluster.${knob}`,
              `must be given for predictive scaling (aws eks describe-cluster --name ${cluster.name} --query cluster.${query}; or set predictiveScaling: null), got null`,
            ),
          ),
  },
];

/** A rule that reads predictive scaling alone, and applies only if it is on. */
function ruleOn(check: (settings: ResolvedPredictiveScaling) => readonly ConfigProblem[]): Rule {
  return {
    reads: ['predictiveScaling'],
    check: ({ predictiveScaling }) => (predictiveScaling === null ? [] : check(predictiveScaling)),
  };
}

function apiWorkloads(
  settings: ResolvedConfig['predictiveScaling'],
): (ResolvedWorkload & { readonly path: string })[] {
  return (settings?.workloads ?? [])
    .map((workload, index) => ({ ...workload, path: pathOf(index) }))
    .filter(isApiWorkload);
}

function repeated(
  workloads: readonly ResolvedWorkload[],
  knob: 'name' | 'hpaName',
  keyOf: (workload: ResolvedWorkload) => string,
): ConfigProblem[] {
  const keys = workloads.map(keyOf);
  return keys.flatMap((key, index) =>
    when(
      keys.indexOf(key) < index,
      `${pathOf(index)}.${knob}`,
      `must be unique, but workload ${keys.indexOf(key)} has ${key} too`,
    ),
  );
}

/** Problems with the size of a schedule's event, which contains all workloads of the schedule. */
function largeEvents({ workloads, workloadsPerSchedule }: ResolvedPredictiveScaling): ConfigProblem[] {
  const sizes = workloads.map((workload) => Buffer.byteLength(JSON.stringify(workload)) + DEPLOYED_NAMES);
  const largest = [...sizes]
    .sort((a, b) => b - a)
    .slice(0, workloadsPerSchedule)
    .reduce((sum, size) => sum + size, 0);
  const fitting = Math.floor(LARGEST_EVENT / Math.max(...sizes));
  return when(
    largest > LARGEST_EVENT,
    'predictiveScaling.workloadsPerSchedule',
    `must be at most ${fitting} for workloads with so many planned events (one schedule passes at most ${LARGEST_EVENT} bytes), got ${workloadsPerSchedule}`,
  );
}

function eventProblems(events: ResolvedWorkload['events'], workload: number): ConfigProblem[] {
  return events.flatMap(({ start, end }, index) => {
    const path = `${pathOf(workload)}.events.${index}`;
    const [from, until] = [readTime(start), readTime(end)];
    if (from === undefined || until === undefined) {
      return (['start', 'end'] as const).flatMap((knob) =>
        when(
          (knob === 'start' ? from : until) === undefined,
          `${path}.${knob}`,
          `must be a time such as 2026-11-27T08:00 or 2026-11-27T08:00Z, got ${knob === 'start' ? start : end}`,
        ),
      );
    }
    if (from.kind !== until.kind) {
      return [
        {
          path: `${path}.end`,
          message: `must be a local time or an instant as start is (${start}), got ${end}`,
        },
      ];
    }
    return when(until.order <= from.order, `${path}.end`, `must be after start (${start}), got ${end}`);
  });
}

function pathOf(workload: number): string {
  return `predictiveScaling.workloads.${workload}`;
}
