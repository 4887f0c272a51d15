import { DATASOURCE, type Target } from './grafana';

/** What a panel shows. */
export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** Name of the series; `{{label}}` is the label's value. */
  readonly legend: string;
  /** Whether it is a bound rather than a measurement, and drawn dashed. @default false */
  readonly bound?: boolean;
}

/** A query as a panel has it: over the time shown, or its last value. */
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

/** A, B, C … */
export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
