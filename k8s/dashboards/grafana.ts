/**
 * The part of Grafana's classic dashboard model that is used here; every Grafana can provision and import it:
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */

/**
 * Schema version of Grafana 11.0. Later releases migrate a dashboard when they load it; earlier ones cannot load it.
 */
export const SCHEMA_VERSION = 39;

/** Width of a dashboard, grid columns. */
export const GRID_COLUMNS = 24;

/** The Prometheus that the dashboard's variable selects; written without braces, which Flux would substitute. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const;

/** Units of Grafana: `reqps` is requests per second, `percent` is 0 to 100, `none` a plain number. */
export type Unit = 'none' | 'ms' | 'percent' | 'reqps' | 's';

/** Colour of the values from `value` up to the next step. */
export interface ThresholdStep {
  /** Grafana's name of the colour, e.g. `blue`. */
  readonly color: string;
  /** Lower end, in the panel's unit; null for the first step, which starts at minus infinity. */
  readonly value: number | null;
}

/** Colours of a panel's values. */
export interface Thresholds {
  /** Steps are values, not percentages. */
  readonly mode: 'absolute';
  /** In ascending order. */
  readonly steps: readonly ThresholdStep[];
}

/** Settings of one series, or of one table column, that override the panel's. */
export interface FieldOverride {
  /** Selects it by its name. */
  readonly matcher: {
    /** Matcher type: by the exact name. */
    readonly id: 'byName';
    /** Name of the series or column. */
    readonly options: string;
  };
  /** Settings by Grafana's property ids, e.g. `unit`. */
  readonly properties: readonly {
    /** Property id, e.g. `custom.lineStyle`. */
    readonly id: string;
    /** Setting, in the type of the property. */
    readonly value: unknown;
  }[];
}

/** How a panel formats and colours its values. */
export interface FieldConfig {
  /** Settings of all series. */
  readonly defaults: {
    /** Format of the values. @default - Grafana's, a plain number */
    readonly unit?: Unit;
    /** Lower end of the axis, in the unit. @default - from the values */
    readonly min?: number;
    /** Upper end of the axis, in the unit. @default - from the values */
    readonly max?: number;
    /** Digits after the decimal point. @default - Grafana's, by the size of the value */
    readonly decimals?: number;
    /** Text where there is no value. @default - Grafana's */
    readonly noValue?: string;
    /** A palette by series, or colours by thresholds. @default - Grafana's */
    readonly color?: {
      /** `palette-classic`: a colour for each series; `thresholds`: the colour of the value's step. */
      readonly mode: 'palette-classic' | 'thresholds';
    };
    /** Values at which the colour changes. @default - none */
    readonly thresholds?: Thresholds;
    /** Settings of the panel type, e.g. line width. @default - Grafana's */
    readonly custom?: Readonly<Record<string, unknown>>;
  };
  /** Settings of single series or columns; empty without any. */
  readonly overrides: readonly FieldOverride[];
}

/** One query of a panel. */
export interface Target {
  /** Letter that names the query in the panel, from `A`. */
  readonly refId: string;
  /** Prometheus to query. */
  readonly datasource: typeof DATASOURCE;
  /** PromQL. */
  readonly expr: string;
  /** Name of the series; `{{label}}` is the label's value. */
  readonly legendFormat: string;
  /** Whether to query the values over the time range shown; the opposite of `instant`. */
  readonly range: boolean;
  /** Whether to query the last value only. */
  readonly instant: boolean;
  /** `table` gives a row for each series. */
  readonly format: 'time_series' | 'table';
}

/** Place and size on the grid; a row is 30 px high. */
export interface GridPosition {
  /** Columns from the left, 0 to 23. */
  readonly x: number;
  /** Rows from the top. */
  readonly y: number;
  /** Width, columns. */
  readonly w: number;
  /** Height, rows. */
  readonly h: number;
}

/** Grafana's panel types; `row` is a heading. */
export type PanelType = 'row' | 'stat' | 'table' | 'text' | 'timeseries';

/** A panel without its place; `arrange` gives it one. */
export interface PanelContent {
  /** Kind of visualization. */
  readonly type: PanelType;
  /** Heading of the panel. */
  readonly title: string;
  /** Help text behind the panel's info icon. @default - none */
  readonly description?: string;
  /** Data source of the panel. @default - none, as in rows and texts */
  readonly datasource?: typeof DATASOURCE;
  /** Shortest time between two points of a graph, e.g. `5m`. @default - Grafana's, by the width */
  readonly interval?: string;
  /** Queries. @default - none */
  readonly targets?: readonly Target[];
  /** Units, limits and colours of the values. @default - Grafana's */
  readonly fieldConfig?: FieldConfig;
  /** Grafana transformations of the results, in order. @default - none */
  readonly transformations?: readonly {
    /** Transformation id, e.g. `organize`. */
    readonly id: string;
    /** Settings by Grafana's names, e.g. `renameByName` of `organize`. */
    readonly options: object;
  }[];
  /** Options of the panel type. @default - Grafana's */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of a row: whether its panels are hidden. @default false */
  readonly collapsed?: boolean;
  /** Of a collapsed row: its panels. @default - none */
  readonly panels?: readonly Panel[];
}

/** A panel in its place. */
export interface Panel extends PanelContent {
  /** Unique number in the dashboard, from 1. */
  readonly id: number;
  /** Place on the grid. */
  readonly gridPos: GridPosition;
}

/** A variable: a choice at the top of a dashboard. */
export interface Variable {
  /** Name in queries, where it is `$name`. */
  readonly name: string;
  /** Text beside the choice. */
  readonly label: string;
  /** Whether it offers data sources or the results of a query. */
  readonly type: 'datasource' | 'query';
  /** Grafana's other fields of this type. */
  readonly [field: string]: unknown;
}

/** A dashboard as Grafana imports it. */
export interface GrafanaDashboard {
  /** Stable id in URLs, at most 40 characters. */
  readonly uid: string;
  /** Name in Grafana's lists. */
  readonly title: string;
  /** Question that the dashboard answers. */
  readonly description: string;
  /** Tags by which Grafana finds and links dashboards. */
  readonly tags: readonly string[];
  /** Version of the dashboard model. */
  readonly schemaVersion: number;
  /** Null: Grafana assigns the number. */
  readonly id: null;
  /** Whether people may edit it in Grafana; the next provisioning overwrites their changes. */
  readonly editable: boolean;
  /** Crosshair: 0 in one graph, 1 in all graphs, 2 with the tooltip in all graphs. */
  readonly graphTooltip: 0 | 1 | 2;
  /** Times are in the viewer's time zone. */
  readonly timezone: 'browser';
  /** Time range shown first. */
  readonly time: {
    /** Start, e.g. `now-6h`. */
    readonly from: string;
    /** End, e.g. `now`. */
    readonly to: string;
  };
  /** Refresh interval, e.g. `1m`. */
  readonly refresh: string;
  /** Event markers in graphs. */
  readonly annotations: {
    /** Queries for markers; empty shows no markers. */
    readonly list: readonly object[];
  };
  /** Variables at the top. */
  readonly templating: {
    /** Variables from left to right. */
    readonly list: readonly Variable[];
  };
  /** Links to other dashboards. */
  readonly links: readonly object[];
  /** In reading order. */
  readonly panels: readonly Panel[];
}
