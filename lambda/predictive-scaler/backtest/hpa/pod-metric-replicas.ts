import type { PodMetricSpec } from './hpa-spec';
import { failure, type MetricOutcome, type MetricProposal, proposal } from './metric-outcome';
import { idle, joinPods, type PodGroup, type PodGroups } from './pod-groups';
import { toMilli } from './quantities';
import { isWithin, type Tolerances } from './tolerances';

/**
 * Replicas for a metric with one sample for each pod (replica_calculator.go, `GetResourceReplicas` and
 * `calcPlainMetricReplicas`, which differ in the ratio only).
 */
export function replicasForPodMetric(
  metric: PodMetricSpec,
  groups: PodGroups,
  currentReplicas: number,
  tolerances: Tolerances,
): MetricOutcome {
  const { ready, unready, missing, lacksRequest } = groups;
  if (ready.count === 0) return failure(metric.name, 'no-samples');
  const isShare = metric.target.type === 'Utilization';
  if (isShare && (lacksRequest || ready.requestsMilli === 0)) return failure(metric.name, 'no-requests');
  const ratio = ratioOf(metric, ready);
  if (missing.count > 0 || (unready.count > 0 && ratio > 1)) {
    return recheck(metric, groups, ratio, currentReplicas, tolerances);
  }
  if (isWithin(tolerances, ratio)) return proposal(metric.name, currentReplicas, ratio, 'within-tolerance');
  return proposal(metric.name, Math.ceil(ratio * ready.count), ratio, 'ratio');
}

/** Computes again with the pods without samples: they may reduce the change, but not reverse it. */
function recheck(
  metric: PodMetricSpec,
  groups: PodGroups,
  ratio: number,
  currentReplicas: number,
  tolerances: Tolerances,
): MetricProposal {
  const counted = withSilentPods(groups, ratio);
  const checked = ratioOf(metric, counted);
  if (isWithin(tolerances, checked)) return proposal(metric.name, currentReplicas, ratio, 'within-tolerance');
  const replicas = Math.ceil(checked * counted.count);
  const turned = turns(ratio - 1, checked - 1) || turns(checked - 1, replicas - currentReplicas);
  if (turned) return proposal(metric.name, currentReplicas, ratio, 'direction-kept');
  return proposal(metric.name, replicas, ratio, 'ratio');
}

/** Adds the pods without samples, with the usage that reduces the change. */
function withSilentPods({ ready, unready, missing }: PodGroups, ratio: number): PodGroup {
  if (ratio < 1) return joinPods(ready, missing);
  if (ratio > 1) return joinPods(joinPods(ready, idle(missing)), idle(unready));
  return ready;
}

/** Whether two changes have opposite directions. */
function turns(before: number, after: number): boolean {
  return (before < 0 && after > 0) || (before > 0 && after < 0);
}

/**
 * Usage divided by target. Percentages and averages are truncated to whole percent and whole thousandths of the unit
 * before the division (metrics/utilization.go, `GetResourceUtilizationRatio` and `GetMetricUsageRatio`).
 */
function ratioOf({ target }: PodMetricSpec, pods: PodGroup): number {
  if (target.type === 'AverageValue') {
    return Math.trunc(pods.usageMilli / pods.count) / toMilli(target.averageValue);
  }
  return Math.trunc((pods.usageMilli * 100) / pods.requestsMilli) / target.averageUtilizationPercent;
}
