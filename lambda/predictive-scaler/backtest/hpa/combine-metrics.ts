import type { MetricError, MetricOutcome, MetricProposal } from './metric-outcome';

/** Result of all metrics together: the winning proposal, or no change and its reason. */
export type CombinedMetrics = Winner | Blocked;

/** A metric won. */
export interface Winner {
  /** Highest proposal. */
  readonly winner: MetricProposal;
  /** Always null here. */
  readonly blocked: null;
  /** First error of another metric, which the sync reports although it scales; null without errors. */
  readonly error: MetricError | null;
}

/** No metric may change the replicas. */
export interface Blocked {
  /** Always null here. */
  readonly winner: null;
  /** Why the replicas do not change. */
  readonly blocked: 'metrics-failed' | 'scale-down-blocked';
  /** First error; null where the HPA has no metric. */
  readonly error: MetricError | null;
}

/**
 * The highest proposal wins. If a metric failed, the true maximum may be higher, so the other metrics may increase the
 * replicas but not decrease them (horizontal.go, `computeReplicasForMetrics`).
 */
export function combineMetrics(outcomes: readonly MetricOutcome[], currentReplicas: number): CombinedMetrics {
  let highest: MetricProposal | null = null;
  let error: MetricError | null = null;
  for (const outcome of outcomes) {
    if (outcome.status === 'failed') error ??= outcome.error;
    else if (highest === null || outcome.replicas > highest.replicas) highest = outcome;
  }
  if (highest === null) return { winner: null, blocked: 'metrics-failed', error };
  if (error !== null && highest.replicas < currentReplicas) {
    return { winner: null, blocked: 'scale-down-blocked', error };
  }
  return { winner: highest, blocked: null, error };
}
