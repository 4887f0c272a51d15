import type { ResolvedConfig } from '../../lib/config/environment-config';

/** A percentile of the API's latency with its objective. */
export interface Percentile {
  /** As in titles and legends. */
  readonly name: 'p50' | 'p95' | 'p99';
  /** Share of the requests that must be faster than `milliseconds`, percent. */
  readonly percent: number;
  /** Objective of the latency, ms. */
  readonly milliseconds: number;
}

/** The latency objectives of the configuration, in ascending order. */
export function percentiles({ objectives }: ResolvedConfig): readonly Percentile[] {
  return [
    { name: 'p50', percent: 50, milliseconds: objectives.latencyP50Milliseconds },
    { name: 'p95', percent: 95, milliseconds: objectives.latencyP95Milliseconds },
    { name: 'p99', percent: 99, milliseconds: objectives.latencyP99Milliseconds },
  ];
}
