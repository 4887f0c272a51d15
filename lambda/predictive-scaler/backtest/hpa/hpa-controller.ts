import { combineMetrics } from './combine-metrics';
import type { ResolvedHpaSpec } from './hpa-spec';
import { type HpaState, recordRecommendation, recordScaleEvent, seedState } from './hpa-state';
import type { MetricError, MetricOutcome, MetricProposal } from './metric-outcome';
import type { Observation } from './observation';
import { proposeReplicas } from './replica-calculator';
import { limitReplicas } from './scaling-limits';
import { stabilize } from './stabilization';
import type { SyncReason } from './sync-reason';

/** Result of one sync. */
export interface SyncResult {
  /** State of the controller; pass it to the next sync. */
  readonly state: HpaState;
  /** New `spec.replicas` of the workload; the current value where nothing changes. */
  readonly desiredReplicas: number;
  /** Rule that determined the result. */
  readonly reason: SyncReason;
  /** Recommendation of the metrics, which was recorded; null where metrics were not evaluated or gave none. */
  readonly recommendedReplicas: number | null;
  /** Results of the metrics in the order of the spec; empty where they were not evaluated. */
  readonly metrics: readonly MetricOutcome[];
  /** First error of a metric, which the controller reports even if it scales; null without errors. */
  readonly error: MetricError | null;
}

/**
 * One sync of the Kubernetes controller for one HPA (pkg/controller/podautoscaler/horizontal.go,
 * `reconcileAutoscaler`), every `SYNC_PERIOD_SECONDS`. Pure: the same arguments give the same result.
 * @param previous state that the last sync returned, or `FRESH_STATE` after a restart of the controller
 * @param nowSeconds seconds since 1970-01-01 UTC
 * @param spec current HPA; a changed `minReplicas` takes effect with this sync
 *
 * @example
 * const { desiredReplicas, reason } = syncHpa(FRESH_STATE, 0, resolveHpaSpec({ minReplicas: 3, maxReplicas: 50 }), {
 *   specReplicas: 2,
 *   pods: { readyPods: 2 },
 * }); // 3, 'below-min'
 */
export function syncHpa(
  previous: HpaState,
  nowSeconds: number,
  spec: ResolvedHpaSpec,
  observation: Observation,
): SyncResult {
  const current = observation.specReplicas;
  const state = seedState(previous, current, nowSeconds);
  const forced = countWithoutMetrics(current, spec);
  if (forced === null) return syncByMetrics(state, nowSeconds, spec, observation);
  return {
    // No policy limits this change, but its event counts against the policies' limits.
    state: recordScaleEvent(state, spec, current, forced.replicas, nowSeconds),
    desiredReplicas: forced.replicas,
    reason: forced.reason,
    recommendedReplicas: null,
    metrics: [],
    error: null,
  };
}

/** Replicas in cases without metrics, otherwise null. The order of the checks is the controller's. */
function countWithoutMetrics(
  current: number,
  { minReplicas, maxReplicas }: ResolvedHpaSpec,
): { replicas: number; reason: SyncReason } | null {
  if (current === 0 && minReplicas !== 0) return { replicas: 0, reason: 'disabled' };
  if (current > maxReplicas) return { replicas: maxReplicas, reason: 'above-max' };
  if (current < minReplicas) return { replicas: minReplicas, reason: 'below-min' };
  return null;
}

function syncByMetrics(
  state: HpaState,
  nowSeconds: number,
  spec: ResolvedHpaSpec,
  observation: Observation,
): SyncResult {
  const current = observation.specReplicas;
  const metrics = proposeReplicas(spec, nowSeconds, observation);
  const { winner, blocked, error } = combineMetrics(metrics, current);
  if (blocked !== null) {
    return { state, desiredReplicas: current, reason: blocked, recommendedReplicas: null, metrics, error };
  }
  // `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors`.
  const stabilized = stabilize(state, spec, current, winner.replicas, nowSeconds);
  const { replicas, limit } = limitReplicas(state, spec, current, stabilized, nowSeconds);
  const recorded = recordRecommendation(state, spec, winner.replicas, nowSeconds);
  return {
    state: recordScaleEvent(recorded, spec, current, replicas, nowSeconds),
    desiredReplicas: replicas,
    reason: limit ?? reasonOf(winner, current, stabilized),
    recommendedReplicas: winner.replicas,
    metrics,
    error,
  };
}

/** Reason of a result that no limit changed. */
function reasonOf(
  { replicas: recommended, basis }: MetricProposal,
  current: number,
  stabilized: number,
): SyncReason {
  if (stabilized !== recommended) return recommended >= current ? 'scale-up-held' : 'scale-down-held';
  if (recommended !== current) return 'metrics';
  return basis === 'ratio' ? 'at-recommendation' : basis;
}
