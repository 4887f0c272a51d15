import { combineMetrics } from './combine-metrics';
import type { ResolvedHpaSpec } from './hpa-spec';
import { type HpaState, recordRecommendation, recordScaleEvent, seedState } from './hpa-state';
import type { MetricError, MetricOutcome, MetricProposal } from './metric-outcome';
import type { Observation } from './observation';
import { proposeReplicas } from './replica-calculator';
import { limitReplicas } from './scaling-limits';
import { stabilize } from './stabilization';
import type { SyncReason } from './sync-reason';

/** What one sync did. */
export interface SyncResult {
  /** What the controller remembers now; pass it to the next sync. */
  readonly state: HpaState;
  /** Replicas that the scale is set to; the current ones where nothing changes. */
  readonly desiredReplicas: number;
  readonly reason: SyncReason;
  /** What the metrics asked for and what was recorded; null where none were asked or nothing was recorded. */
  readonly recommendedReplicas: number | null;
  /** Every metric in the order of the spec; empty where none were asked. */
  readonly metrics: readonly MetricOutcome[];
  /** First error of a metric, which the controller reports even when it scales. */
  readonly error: MetricError | null;
}

/**
 * One look of the Kubernetes controller at one HPA (pkg/controller/podautoscaler/horizontal.go,
 * `reconcileAutoscaler`), every `SYNC_PERIOD_SECONDS`. Pure: the same arguments give the same result.
 * @param previous what the last sync returned, or `FRESH_STATE` after a restart of the controller
 * @param nowSeconds seconds since the epoch
 * @param spec the HPA as it stands now; a changed `minReplicas` works from this sync on
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
    // No policy slows this change down, yet its event uses up the policies' budget.
    state: recordScaleEvent(state, spec, current, forced.replicas, nowSeconds),
    desiredReplicas: forced.replicas,
    reason: forced.reason,
    recommendedReplicas: null,
    metrics: [],
    error: null,
  };
}

/** Replicas where the metrics have no say, else null. The order of the checks is the controller's. */
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

/** Reason of a count that no limit cut. */
function reasonOf(
  { replicas: recommended, basis }: MetricProposal,
  current: number,
  stabilized: number,
): SyncReason {
  if (stabilized !== recommended) return recommended >= current ? 'scale-up-held' : 'scale-down-held';
  if (recommended !== current) return 'metrics';
  return basis === 'ratio' ? 'at-recommendation' : basis;
}
