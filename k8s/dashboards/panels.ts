import { DATASOURCE, type FieldOverride, type PanelContent, type Unit } from './grafana';
import { type Limit, thresholdsOf } from './limit';
import { type Query, targetOf } from './query';

interface PanelProps {
  readonly title: string;
  /** What it says and what to make of it. */
  readonly description: string;
  readonly unit: Unit;
  /** Decimals of the values. @default - as many as Grafana finds fit */
  readonly decimals?: number;
}

export interface GraphProps extends PanelProps {
  readonly queries: readonly Query[];
  /** Drawn as dashed lines. @default [] */
  readonly limits?: readonly Limit[];
  /** Whether series add up. @default false */
  readonly stacked?: boolean;
  /** Upper end of the axis. @default - what the values need */
  readonly max?: number;
  /** Lower end of the axis; null: what the values need. @default 0 */
  readonly min?: number | null;
  /** Least time between two points, for queries that look far back. @default - what the width allows */
  readonly interval?: string;
}

/** Series over time. */
export function graph(props: GraphProps): PanelContent {
  const { title, description, unit, decimals, queries, limits = [], min = 0, max, interval } = props;
  return {
    type: 'timeseries',
    title,
    description,
    datasource: DATASOURCE,
    ...(interval !== undefined && { interval }),
    targets: queries.map((query, index) => targetOf(query, index, 'range')),
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals !== undefined && { decimals }),
        ...(min !== null && { min }),
        ...(max !== undefined && { max }),
        color: { mode: 'palette-classic' },
        ...(limits.length > 0 && { thresholds: thresholdsOf(limits) }),
        custom: {
          drawStyle: 'line',
          lineWidth: 2,
          fillOpacity: props.stacked ? 30 : 0,
          showPoints: 'never',
          spanNulls: false,
          stacking: { mode: props.stacked ? 'normal' : 'none', group: 'A' },
          thresholdsStyle: { mode: limits.length > 0 ? 'dashed' : 'off' },
        },
      },
      overrides: queries.filter(({ bound }) => bound).map(({ legend }) => dashed(legend)),
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

export interface StatProps extends PanelProps {
  readonly expr: string;
  /** @default - none: the value has no colour */
  readonly limit?: Limit;
  /** What stands there where there is no value. @default 'no data' */
  readonly noValue?: string;
}

/** One number, now. */
export function stat({
  title,
  description,
  unit,
  decimals,
  expr,
  limit,
  noValue = 'no data',
}: StatProps): PanelContent {
  return {
    type: 'stat',
    title,
    description,
    datasource: DATASOURCE,
    targets: [targetOf({ expr, legend: title }, 0, 'instant')],
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals !== undefined && { decimals }),
        noValue,
        ...(limit && { color: { mode: 'thresholds' }, thresholds: thresholdsOf([limit]) }),
      },
      overrides: [],
    },
    options: {
      colorMode: limit ? 'value' : 'none',
      graphMode: 'none',
      justifyMode: 'auto',
      textMode: 'value',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  };
}

/** Markdown. */
export function text(title: string, content: string): PanelContent {
  return { type: 'text', title, options: { mode: 'markdown', content } };
}

function dashed(legend: string): FieldOverride {
  return {
    matcher: { id: 'byName', options: legend },
    properties: [
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
      { id: 'custom.fillOpacity', value: 0 },
    ],
  };
}
