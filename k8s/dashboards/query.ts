import { DATASOURCE, type Target } from './grafana';

/** A query of a panel. */
export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** Name of the series; `{{label}}` is the label's value. */
  readonly legend: string;
  /** Whether it is a bound rather than a measurement; bounds are drawn dashed. @default false */
  readonly bound?: boolean;
}

/** The query as Grafana's target: over the time range shown, or its last value only. */
export function targetOf({ expr, legend }: Query, index: number, kind: 'range' | 'instant'): Target {
  return {
    refId: refId(index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    range: kind === 'range',
    instant: kind === 'instant',
    format: 'time_series',
  };
}

/** Letter of a panel's query: A, B, C … */
export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
