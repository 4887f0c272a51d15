import type { ResolvedConfig } from '../../lib/config/environment-config';

/** A percentile of the API's latency with its objective. */
export interface Percentile {
  readonly name: 'p50' | 'p95' | 'p99';
  /** Requests that it is about, percent. */
  readonly percent: number;
  readonly milliseconds: number;
}

export function percentiles({ objectives }: ResolvedConfig): readonly Percentile[] {
  return [
    { name: 'p50', percent: 50, milliseconds: objectives.latencyP50Milliseconds },
    { name: 'p95', percent: 95, milliseconds: objectives.latencyP95Milliseconds },
    { name: 'p99', percent: 99, milliseconds: objectives.latencyP99Milliseconds },
  ];
}
