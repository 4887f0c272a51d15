/** Proposal of one metric, or why it has none. */
export type MetricOutcome = MetricProposal | MetricFailure;

/** Proposal of a metric. */
export interface MetricProposal {
  /** Distinguishes a proposal from a failure. */
  readonly status: 'valid';
  /** Name of the metric. */
  readonly metric: string;
  /** Proposed replicas, before any limit. */
  readonly replicas: number;
  /** Usage divided by target, over the pods whose samples count. */
  readonly ratio: number;
  /** How the replicas were computed. */
  readonly basis: ProposalBasis;
}

/**
 * How the replicas of a proposal were computed.
 * - `ratio`: the ratio times the pods;
 * - `within-tolerance`: close enough to the target, replicas unchanged;
 * - `direction-kept`: pods without samples would reverse the direction, replicas unchanged.
 */
export type ProposalBasis = 'ratio' | 'within-tolerance' | 'direction-kept';

/** Failure of a metric. */
export interface MetricFailure {
  /** Distinguishes a failure from a proposal. */
  readonly status: 'failed';
  /** Name of the metric. */
  readonly metric: string;
  /** Why it failed. */
  readonly error: MetricError;
}

/**
 * Why a metric failed.
 * - `no-pods`: the selector matches no pods;
 * - `no-samples`: no pod has a sample that counts;
 * - `no-requests`: a pod has no request, which a utilization needs;
 * - `unavailable`: the Object or External metric could not be read.
 */
export type MetricError = 'no-pods' | 'no-samples' | 'no-requests' | 'unavailable';

/** Creates a proposal. */
export function proposal(
  metric: string,
  replicas: number,
  ratio: number,
  basis: ProposalBasis,
): MetricProposal {
  return { status: 'valid', metric, replicas, ratio, basis };
}

/** Creates a failure. */
export function failure(metric: string, error: MetricError): MetricFailure {
  return { status: 'failed', metric, error };
}
