/**
 * What is used of Grafana's classic dashboard model, which every Grafana provisions and imports:
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */

/** Of Grafana 11.0. Later ones migrate a dashboard when they load it; earlier ones do not know the version. */
export const SCHEMA_VERSION = 39;

/** Columns of a dashboard. */
export const GRID_COLUMNS = 24;

/** The Prometheus that is chosen at the top of the dashboard; without braces, which Flux would substitute. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const;

/** Units of Grafana: `reqps` is requests per second, `percent` is 0 to 100, `none` a plain number. */
export type Unit = 'none' | 'ms' | 'percent' | 'reqps' | 's';

/** A colour from a value on; the first step has none and counts from minus infinity. */
export interface ThresholdStep {
  readonly color: string;
  readonly value: number | null;
}

export interface Thresholds {
  readonly mode: 'absolute';
  readonly steps: readonly ThresholdStep[];
}

/** Changes of the series, or of the column, with a name. */
export interface FieldOverride {
  readonly matcher: { readonly id: 'byName'; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface FieldConfig {
  readonly defaults: {
    readonly unit?: Unit;
    readonly min?: number;
    readonly max?: number;
    readonly decimals?: number;
    /** What stands there where there is no value. */
    readonly noValue?: string;
    readonly color?: { readonly mode: 'palette-classic' | 'thresholds' };
    readonly thresholds?: Thresholds;
    readonly custom?: Readonly<Record<string, unknown>>;
  };
  readonly overrides: readonly FieldOverride[];
}

export interface Target {
  readonly refId: string;
  readonly datasource: typeof DATASOURCE;
  readonly expr: string;
  /** Name of the series; `{{label}}` is the label's value. */
  readonly legendFormat: string;
  /** Either the values over the time shown, or the last one. */
  readonly range: boolean;
  readonly instant: boolean;
  readonly format: 'time_series' | 'table';
}

/** Place on the grid: columns from the left and of width, rows (30 px) from the top and of height. */
export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export type PanelType = 'row' | 'stat' | 'table' | 'text' | 'timeseries';

/** A panel before it has its place. */
export interface PanelContent {
  readonly type: PanelType;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: typeof DATASOURCE;
  /** Least time between two points of a graph, e.g. `5m`. */
  readonly interval?: string;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: FieldConfig;
  readonly transformations?: readonly { readonly id: string; readonly options: object }[];
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of a row: whether what follows is folded away. */
  readonly collapsed?: boolean;
  /** Of a row that is folded: what is in it. */
  readonly panels?: readonly Panel[];
}

export interface Panel extends PanelContent {
  /** Number in the dashboard, from 1. */
  readonly id: number;
  readonly gridPos: GridPosition;
}

/** A choice at the top of a dashboard. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: 'datasource' | 'query';
  readonly [field: string]: unknown;
}

export interface GrafanaDashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  /** Null: Grafana numbers it itself. */
  readonly id: null;
  readonly editable: boolean;
  /** 1: one crosshair in all graphs. */
  readonly graphTooltip: 0 | 1 | 2;
  readonly timezone: 'browser';
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh: string;
  readonly annotations: { readonly list: readonly object[] };
  readonly templating: { readonly list: readonly Variable[] };
  readonly links: readonly object[];
  readonly panels: readonly Panel[];
}
