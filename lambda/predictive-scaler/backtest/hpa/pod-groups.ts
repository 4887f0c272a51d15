import type { ControllerSettings, PodMetricSpec } from './hpa-spec';
import type { PodObservation, PodTotals } from './observation';
import { toMilli } from './quantities';

/** Totals of pods that the computation treats alike. */
export interface PodGroup {
  /** Number of pods. */
  readonly count: number;
  /** Their usage, thousandths of the metric's unit. */
  readonly usageMilli: number;
  /** Their requests, thousandths of the resource's unit; 0 unless the target is a utilization. */
  readonly requestsMilli: number;
}

/** The pods of one metric, by group. */
export interface PodGroups {
  /** Pods whose sample counts. */
  readonly ready: PodGroup;
  /** Pods that are not ready yet; their samples do not count. */
  readonly unready: PodGroup;
  /** Pods without a sample; their usage is assumed, for a scale-down. */
  readonly missing: PodGroup;
  /** Whether a pod has no request although the target is a utilization. */
  readonly lacksRequest: boolean;
}

type PodClass = 'ready' | 'unready' | 'missing' | 'ignored';

const NO_PODS: PodGroup = { count: 0, usageMilli: 0, requestsMilli: 0 };

/** Sorts pods into groups (replica_calculator.go, `groupPods` and `calculateRequests`). */
export function groupPods(
  metric: PodMetricSpec,
  pods: readonly PodObservation[],
  nowSeconds: number,
  settings: ControllerSettings,
): PodGroups {
  const groups = { ready: { ...NO_PODS }, unready: { ...NO_PODS }, missing: { ...NO_PODS } };
  for (const pod of pods) {
    const podClass = classify(metric, pod, nowSeconds, settings);
    if (podClass === 'ignored') continue;
    const requestMilli = toMilli(requestOf(metric, pod) ?? 0);
    groups[podClass].count += 1;
    groups[podClass].requestsMilli += requestMilli;
    if (podClass === 'ready') groups.ready.usageMilli += toMilli(sampleValue(metric, pod) ?? 0);
    if (podClass === 'missing') groups.missing.usageMilli += assumedUsageMilli(metric, requestMilli);
  }
  return { ...groups, lacksRequest: pods.some((pod) => requestOf(metric, pod) === undefined) };
}

/** The same for totals of pods. */
export function groupPodTotals(metric: PodMetricSpec, pods: PodTotals): PodGroups {
  const total = (metric.type === 'Pods' ? pods.totalMetrics : pods.totalUsage)?.[metric.name];
  const request = metric.target.type === 'Utilization' ? pods.requestPerPod?.[metric.name] : 0;
  const requestMilli = toMilli(request ?? 0);
  const ready = groupOf(pods.readyPods, toMilli(total ?? 0), requestMilli);
  return {
    ready: total === undefined ? NO_PODS : ready,
    unready: groupOf(pods.pendingPods ?? 0, 0, requestMilli),
    missing: total === undefined ? ready : NO_PODS,
    lacksRequest: request === undefined,
  };
}

/** Sum of two groups. */
export function joinPods(one: PodGroup, other: PodGroup): PodGroup {
  return {
    count: one.count + other.count,
    usageMilli: one.usageMilli + other.usageMilli,
    requestsMilli: one.requestsMilli + other.requestsMilli,
  };
}

/** The same pods with a usage of 0. */
export function idle(pods: PodGroup): PodGroup {
  return { ...pods, usageMilli: 0 };
}

function groupOf(count: number, usageMilli: number, requestMilli: number): PodGroup {
  return { count, usageMilli, requestsMilli: count * requestMilli };
}

function classify(
  metric: PodMetricSpec,
  pod: PodObservation,
  nowSeconds: number,
  settings: ControllerSettings,
): PodClass {
  if (pod.deleting || pod.phase === 'Failed') return 'ignored';
  if (pod.phase === 'Pending') return 'unready';
  if (sampleValue(metric, pod) === undefined) return 'missing';
  // Only CPU can mislead: a starting process uses CPU without load, but it serves no requests.
  const mayMislead = metric.type === 'Resource' && metric.name === 'cpu';
  return mayMislead && isCpuOfStart(pod, nowSeconds, settings) ? 'unready' : 'ready';
}

/** Whether the pod's CPU sample may show its start rather than its load. All edges are strict. */
function isCpuOfStart(pod: PodObservation, nowSeconds: number, settings: ControllerSettings): boolean {
  const { startedAtSeconds, readiness, usage } = pod;
  if (startedAtSeconds === null || readiness === null) return true;
  const notReady = readiness.status === 'False';
  if (nowSeconds < startedAtSeconds + settings.cpuInitializationSeconds) {
    const sample = usage?.['cpu'];
    const reachesBack =
      sample !== undefined && sample.takenAtSeconds < readiness.changedAtSeconds + sample.windowSeconds;
    return notReady || reachesBack;
  }
  return notReady && readiness.changedAtSeconds < startedAtSeconds + settings.initialReadinessDelaySeconds;
}

/** Assumed usage of a pod without a sample, for a scale-down: at least its request, or the target. */
function assumedUsageMilli({ target }: PodMetricSpec, requestMilli: number): number {
  if (target.type === 'AverageValue') return toMilli(target.averageValue);
  return Math.trunc((requestMilli * Math.max(100, target.averageUtilizationPercent)) / 100);
}

function sampleValue(metric: PodMetricSpec, pod: PodObservation): number | undefined {
  return metric.type === 'Pods' ? pod.metrics?.[metric.name] : pod.usage?.[metric.name]?.value;
}

/** Request of the pod where the target needs one, otherwise 0. */
function requestOf(metric: PodMetricSpec, pod: PodObservation): number | undefined {
  return metric.target.type === 'Utilization' ? pod.requests?.[metric.name] : 0;
}
