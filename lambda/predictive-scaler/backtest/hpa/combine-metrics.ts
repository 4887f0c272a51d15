import type { MetricError, MetricOutcome, MetricProposal } from './metric-outcome';

/** What all metrics together ask for: a proposal, or no change and why. */
export type CombinedMetrics = Winner | Blocked;

export interface Winner {
  readonly winner: MetricProposal;
  readonly blocked: null;
  /** First error, which the sync reports although it scales. */
  readonly error: MetricError | null;
}

export interface Blocked {
  readonly winner: null;
  readonly blocked: 'metrics-failed' | 'scale-down-blocked';
  /** First error. */
  readonly error: MetricError | null;
}

/**
 * The highest proposal wins. With a metric that failed, the true maximum may be higher, so that the others may
 * raise the count and not lower it (horizontal.go, `computeReplicasForMetrics`).
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
