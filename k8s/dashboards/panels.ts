import { DATASOURCE, type FieldOverride, type PanelContent, type Target, type Unit } from './grafana';
import { type Limit, thresholdsOf } from './limit';

/** What a panel shows. */
export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** Name of the series; `{{label}}` is the label's value. */
  readonly legend: string;
  /** Whether it is a bound rather than a measurement, and drawn dashed. @default false */
  readonly bound?: boolean;
}

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
    targets: queries.map((query, index) => target(query, index, 'range')),
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
    targets: [target({ expr, legend: title }, 0, 'instant')],
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

/** A column of a table: a query with one value for each of the rows. */
export interface Column {
  readonly name: string;
  readonly expr: string;
  readonly unit: Unit;
  readonly decimals?: number;
  readonly limit?: Limit;
}

export interface TableProps {
  readonly title: string;
  readonly description: string;
  /** Label of the rows. */
  readonly rows: string;
  readonly columns: readonly Column[];
}

/** A row for each value of a label. */
export function table({ title, description, rows, columns }: TableProps): PanelContent {
  const [first] = columns;
  return {
    type: 'table',
    title,
    description,
    datasource: DATASOURCE,
    targets: columns.map(({ expr, name }, index) => ({
      ...target({ expr, legend: name }, index, 'instant'),
      format: 'table',
    })),
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          renameByName: Object.fromEntries(
            columns.map(({ name }, index) => [`Value #${refId(index)}`, name]),
          ),
          indexByName: Object.fromEntries(
            [rows, ...columns.map((_, index) => `Value #${refId(index)}`)].map((field, index) => [
              field,
              index,
            ]),
          ),
        },
      },
    ],
    fieldConfig: { defaults: {}, overrides: columns.map(columnOverride) },
    options: { showHeader: true, sortBy: [{ displayName: first?.name, desc: true }] },
  };
}

/** Markdown. */
export function text(title: string, content: string): PanelContent {
  return { type: 'text', title, options: { mode: 'markdown', content } };
}

function target({ expr, legend }: Query, index: number, kind: 'range' | 'instant'): Target {
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
function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
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

function columnOverride({ name, unit, decimals, limit }: Column): FieldOverride {
  return {
    matcher: { id: 'byName', options: name },
    properties: [
      { id: 'unit', value: unit },
      ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
      ...(limit === undefined
        ? []
        : [
            { id: 'thresholds', value: thresholdsOf([limit]) },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]),
    ],
  };
}
