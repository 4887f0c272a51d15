import type { CallErrorKind } from '../../../service/shared/call-error';
import type { MetricSettings } from '../constants';
import type { LoadSample } from '../types';

/** Query for the load of one workload. */
export interface LoadQuery {
  /** Name of the workload; unique in a call. */
  readonly name: string;
  /** Metric of the load. */
  readonly load: MetricSettings;
  /** Distinguishes a load of zero from an unknown one; see WorkloadSettings. */
  readonly alwaysOn: MetricSettings | null;
  /** Width of the samples, minutes. */
  readonly stepMinutes: number;
  /** Start of the first step, minutes since 1970-01-01 UTC; a multiple of the step. */
  readonly fromMinute: number;
  /** Current minute since 1970-01-01 UTC; the end of the query. */
  readonly untilMinute: number;
}

/** Why the load of one workload is unknown. */
export class MetricsFailure extends Error {
  override readonly name = 'MetricsFailure';

  constructor(
    /** `partial`: the source returned only a part of the points, in every attempt. */
    readonly kind: CallErrorKind | 'partial',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Loads of a workload, or why they are unknown. */
export type LoadsOrFailure = readonly LoadSample[] | MetricsFailure;

/** Source of measured loads. */
export interface MetricsSource {
  /**
   * Measures loads in requests per second, by the name of the query, sorted by time. A step that may still change, or
   * whose load is unknown, has no sample. The promise never rejects; a failed query has a MetricsFailure instead of
   * loads.
   */
  measure(queries: readonly LoadQuery[]): Promise<ReadonlyMap<string, LoadsOrFailure>>;
}
