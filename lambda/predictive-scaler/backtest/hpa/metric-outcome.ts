/** What one metric asks for, or why it cannot be asked. */
export type MetricOutcome = MetricProposal | MetricFailure;

export interface MetricProposal {
  readonly status: 'valid';
  readonly metric: string;
  /** Replicas that the metric asks for, before anything limits them. */
  readonly replicas: number;
  /** Use divided by target; of pods, those with a sample that counts. */
  readonly ratio: number;
  readonly basis: ProposalBasis;
}

/**
 * - `ratio`: the ratio times pods;
 * - `within-tolerance`: near enough to the target, replicas kept;
 * - `direction-kept`: pods without a say would turn the change round, replicas kept.
 */
export type ProposalBasis = 'ratio' | 'within-tolerance' | 'direction-kept';

export interface MetricFailure {
  readonly status: 'failed';
  readonly metric: string;
  readonly error: MetricError;
}

/**
 * - `no-pods`: the selector finds none;
 * - `no-samples`: no pod has a sample that counts;
 * - `no-requests`: a pod lacks the request that a utilisation is a share of;
 * - `unavailable`: the Object or External metric could not be read.
 */
export type MetricError = 'no-pods' | 'no-samples' | 'no-requests' | 'unavailable';

export function proposal(
  metric: string,
  replicas: number,
  ratio: number,
  basis: ProposalBasis,
): MetricProposal {
  return { status: 'valid', metric, replicas, ratio, basis };
}

export function failure(metric: string, error: MetricError): MetricFailure {
  return { status: 'failed', metric, error };
}
