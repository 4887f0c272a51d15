import type { TotalMetricSpec } from './hpa-spec';
import { failure, type MetricOutcome, type MetricProposal, proposal } from './metric-outcome';
import { countPods, countReadyPods, type Observation } from './observation';
import { toMilli } from './quantities';
import { isWithin, type Tolerances } from './tolerances';

/**
 * Replicas for a metric with one value for the whole workload (replica_calculator.go, `GetObjectMetricReplicas`,
 * `GetExternalMetricReplicas` and their `PerPod` variants).
 * @param value the metric's value in its unit; undefined where it could not be read
 */
export function replicasForTotalMetric(
  { name, target }: TotalMetricSpec,
  value: number | undefined,
  observation: Observation,
  tolerances: Tolerances,
): MetricOutcome {
  if (value === undefined) return failure(name, 'unavailable');
  const valueMilli = toMilli(value);
  return target.type === 'Value'
    ? replicasForValue(name, valueMilli / toMilli(target.value), observation, tolerances)
    : replicasForAverage(name, valueMilli, toMilli(target.averageValue), observation, tolerances);
}

/** `getUsageRatioReplicaCount`: the ratio times running and ready pods; from 0 replicas the ratio itself. */
function replicasForValue(
  name: string,
  ratio: number,
  { specReplicas, pods }: Observation,
  tolerances: Tolerances,
): MetricOutcome {
  if (specReplicas === 0) return proposal(name, Math.ceil(ratio), ratio, 'ratio');
  if (isWithin(tolerances, ratio)) return proposal(name, specReplicas, ratio, 'within-tolerance');
  if (countPods(pods) === 0) return failure(name, 'no-pods');
  return proposal(name, Math.ceil(ratio * countReadyPods(pods)), ratio, 'ratio');
}

/** Compares with all existing pods, ready or not; within the tolerance their number is kept. */
function replicasForAverage(
  name: string,
  valueMilli: number,
  targetMilli: number,
  { specReplicas, statusReplicas = specReplicas }: Observation,
  tolerances: Tolerances,
): MetricProposal {
  const ratio = valueMilli / (targetMilli * statusReplicas);
  if (isWithin(tolerances, ratio)) return proposal(name, statusReplicas, ratio, 'within-tolerance');
  return proposal(name, Math.ceil(valueMilli / targetMilli), ratio, 'ratio');
}
