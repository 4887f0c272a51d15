import type { CallErrorKind } from '../../shared/call-error';
import type { MetricSettings } from '../constants';
import type { LoadSample } from '../types';

/** What a workload wants to know of its load. */
export interface LoadQuery {
  /** Of the workload; unique in a call. */
  readonly name: string;
  readonly load: MetricSettings;
  /** As in WorkloadSettings: tells a load of zero from an unknown one. */
  readonly alwaysOn: MetricSettings | null;
  /** Width of the samples, minutes. */
  readonly stepMinutes: number;
  /** First step, minutes since 1970-01-01 UTC; a multiple of the step. */
  readonly fromMinute: number;
  /** Now, minutes since 1970-01-01 UTC: nothing is known of later. */
  readonly untilMinute: number;
}

/** Why the load of one workload is not known. */
export class MetricsFailure extends Error {
  override readonly name = 'MetricsFailure';

  constructor(
    /** `partial`: the source gave a part of the points only, each time it was asked. */
    readonly kind: CallErrorKind | 'partial',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Where loads are measured. */
export interface MetricsSource {
  /**
   * Loads in requests per second, by the name of the query, sorted by time. A step that is not settled yet, or whose load
   * is unknown, has no sample. Never rejects for what one or all queries meet: that is the failure in their place.
   */
  measure(
    queries: readonly LoadQuery[],
  ): Promise<ReadonlyMap<string, readonly LoadSample[] | MetricsFailure>>;
}
