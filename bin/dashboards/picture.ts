/** What a picture of a dashboard shows, whichever system the dashboard is for. */
export interface Picture {
  readonly title: string;
  /** Who draws the dashboard, e.g. `Amazon CloudWatch`. */
  readonly system: string;
  /** Height of a row of the grid, px; the grid has 24 columns. */
  readonly rowHeight: number;
  readonly panels: readonly Panel[];
}

export type Panel =
  | GraphPanel
  | GaugePanel
  | NumbersPanel
  | AlarmsPanel
  | TablePanel
  | TextPanel
  | HeadingPanel;

interface PanelBase {
  readonly title: string;
  /** Place and size on the grid. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface GraphPanel extends PanelBase {
  readonly kind: 'graph';
  readonly unit: string;
  /** Of the axis on the right; empty where it has none. */
  readonly rightUnit: string;
  readonly series: readonly Series[];
  readonly limits: readonly Limit[];
  readonly stacked: boolean;
  /** Ends of the axis; undefined: what the values need. */
  readonly min?: number;
  readonly max?: number;
  /** How far back it looks, e.g. `3 h`. */
  readonly range: string;
}

export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly axis: 'left' | 'right';
  readonly dashed: boolean;
}

export interface Limit {
  readonly value: number;
  readonly label: string;
  readonly colour: string;
  /** The side on which it is missed. */
  readonly missed: 'above' | 'below';
}

export interface GaugePanel extends PanelBase {
  readonly kind: 'gauge';
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly limit: Limit;
  /** Colour of values on the limit's good side. */
  readonly keptColour: string;
}

export interface NumbersPanel extends PanelBase {
  readonly kind: 'numbers';
  readonly unit: string;
  readonly labels: readonly string[];
  readonly limit?: Limit;
  /** Colour of the numbers. */
  readonly colour: string;
}

export interface AlarmsPanel extends PanelBase {
  readonly kind: 'alarms';
  readonly names: readonly string[];
}

export interface TablePanel extends PanelBase {
  readonly kind: 'table';
  readonly rows: readonly string[];
  readonly columns: readonly string[];
}

export interface TextPanel extends PanelBase {
  readonly kind: 'text';
  readonly markdown: string;
}

export interface HeadingPanel extends PanelBase {
  readonly kind: 'heading';
}

/** Names that stand for series of which only the query is known. */
export function exampleNames(of: string): string[] {
  return [1, 2, 3].map((number) => `<${of} ${number}>`);
}
