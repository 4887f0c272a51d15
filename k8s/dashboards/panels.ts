import { DATASOURCE, type FieldOverride, type PanelContent, type Unit } from './grafana';
import { type Limit, thresholdsOf } from './limit';
import { type Query, targetOf } from './query';

interface PanelProps {
  /** Heading of the panel. */
  readonly title: string;
  /** What the values mean and what to do about them. */
  readonly description: string;
  /** Unit of the values and limits. */
  readonly unit: Unit;
  /** Digits after the decimal point. @default - Grafana's, by the size of the value */
  readonly decimals?: number;
}

/** Properties of a graph over time. */
export interface GraphProps extends PanelProps {
  /** Queries of the series. */
  readonly queries: readonly Query[];
  /** Bounds to draw as dashed lines, in the unit. @default [] */
  readonly limits?: readonly Limit[];
  /** Whether series are drawn on top of each other. @default false */
  readonly stacked?: boolean;
  /** Upper end of the axis, in the unit. @default - from the values */
  readonly max?: number;
  /** Lower end of the axis, in the unit; null takes it from the values. @default 0 */
  readonly min?: number | null;
  /** Shortest time between two points, e.g. `5m`, for expensive queries. @default - Grafana's, by the width */
  readonly interval?: string;
}

/** A graph of series over time. */
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

/** Properties of a panel with one number. */
export interface StatProps extends PanelProps {
  /** PromQL with one value. */
  readonly expr: string;
  /** Bound that colours the value. @default - none: the value has no colour */
  readonly limit?: Limit;
  /** Text where there is no value. @default 'no data' */
  readonly noValue?: string;
}

/** A panel with the current value of one query. */
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

/** A panel of Markdown text. */
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
