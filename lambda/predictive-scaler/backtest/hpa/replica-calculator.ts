import type { MetricSpec, PodMetricSpec, ResolvedHpaSpec } from './hpa-spec';
import { failure, type MetricOutcome } from './metric-outcome';
import { countPods, isPodTotals, type Observation } from './observation';
import { groupPods, groupPodTotals } from './pod-groups';
import { replicasForPodMetric } from './pod-metric-replicas';
import { type Tolerances, tolerancesOf } from './tolerances';
import { replicasForTotalMetric } from './total-metric-replicas';

/** Results of all metrics of the HPA, in the order of the spec (horizontal.go, `computeReplicasForMetric`). */
export function proposeReplicas(
  spec: ResolvedHpaSpec,
  nowSeconds: number,
  observation: Observation,
): readonly MetricOutcome[] {
  const tolerances = tolerancesOf(spec);
  return spec.metrics.map((metric) => proposeForMetric(metric, spec, nowSeconds, observation, tolerances));
}

function proposeForMetric(
  metric: MetricSpec,
  spec: ResolvedHpaSpec,
  nowSeconds: number,
  observation: Observation,
  tolerances: Tolerances,
): MetricOutcome {
  const { objectValues, externalValues } = observation;
  switch (metric.type) {
    case 'Resource':
    case 'Pods':
      return proposeForPodMetric(metric, spec, nowSeconds, observation, tolerances);
    case 'Object':
      return replicasForTotalMetric(metric, objectValues?.[metric.name], observation, tolerances);
    case 'External':
      return replicasForTotalMetric(metric, externalValues?.[metric.name], observation, tolerances);
  }
}

function proposeForPodMetric(
  metric: PodMetricSpec,
  { controller }: ResolvedHpaSpec,
  nowSeconds: number,
  { specReplicas, pods }: Observation,
  tolerances: Tolerances,
): MetricOutcome {
  if (countPods(pods) === 0) return failure(metric.name, 'no-pods');
  const groups = isPodTotals(pods)
    ? groupPodTotals(metric, pods)
    : groupPods(metric, pods, nowSeconds, controller);
  return replicasForPodMetric(metric, groups, specReplicas, tolerances);
}
