/** What a picture of a dashboard shows, the same for every system. */
export interface Picture {
  /** Name of the dashboard. */
  readonly title: string;
  /** System that shows the dashboard, such as `Amazon CloudWatch`. */
  readonly system: string;
  /** Height of a row of the grid, px; the grid has 24 columns. */
  readonly rowHeight: number;
  /** Panels in the order in which they are drawn. */
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
  /** Curves over time. */
  readonly kind: 'graph';
  /** Unit of the axis on the left; empty where it has none. */
  readonly unit: string;
  /** Unit of the axis on the right; empty where it has none. */
  readonly rightUnit: string;
  /** Curves, in the order of the legend. */
  readonly series: readonly Series[];
  /** Horizontal lines. */
  readonly limits: readonly Limit[];
  /** Whether each curve is drawn on top of the one before. */
  readonly stacked: boolean;
  /** Lower end of the axis on the left. @default - what the values need */
  readonly min?: number;
  /** Upper end of the axis on the left. @default - what the values need */
  readonly max?: number;
  /** Period that it shows, such as `3 h`. */
  readonly range: string;
}

export interface Series {
  /** Name in the legend. */
  readonly label: string;
  /** CSS colour of the curve. */
  readonly colour: string;
  /** Axis that its values are read from. */
  readonly axis: 'left' | 'right';
  /** Whether the curve is drawn with dashes. */
  readonly dashed: boolean;
}

export interface Limit {
  /** Value of the limit, in the unit of the panel. */
  readonly value: number;
  /** Text at the limit’s line. */
  readonly label: string;
  /** CSS colour. */
  readonly colour: string;
  /** Side of the limit on which the objective is missed. */
  readonly missed: 'above' | 'below';
}

export interface GaugePanel extends PanelBase {
  /** One value on a scale. */
  readonly kind: 'gauge';
  /** Text below the value. */
  readonly label: string;
  /** Lower end of the scale. */
  readonly min: number;
  /** Upper end of the scale. */
  readonly max: number;
  /** Value from which on the objective is missed. */
  readonly limit: Limit;
  /** Colour of values on the limit's good side. */
  readonly keptColour: string;
}

export interface NumbersPanel extends PanelBase {
  /** Current values as numbers. */
  readonly kind: 'numbers';
  /** Unit that is printed after each number; empty for none. */
  readonly unit: string;
  /** Names of the numbers. */
  readonly labels: readonly string[];
  /** Value from which on a number has the limit’s colour. @default - none */
  readonly limit?: Limit;
  /** Colour of the numbers. */
  readonly colour: string;
}

export interface AlarmsPanel extends PanelBase {
  /** States of alarms. */
  readonly kind: 'alarms';
  /** Names of the alarms. */
  readonly names: readonly string[];
}

export interface TablePanel extends PanelBase {
  /** Rows of text with their values. */
  readonly kind: 'table';
  /** Labels of the rows. */
  readonly rows: readonly string[];
  /** Heads of the columns. */
  readonly columns: readonly string[];
}

export interface TextPanel extends PanelBase {
  /** Text. */
  readonly kind: 'text';
  /** Text in Markdown. */
  readonly markdown: string;
}

export interface HeadingPanel extends PanelBase {
  /** Heading of the panels below it. */
  readonly kind: 'heading';
}

/** Names that stand for series of which only the query is known. */
export function exampleNames(of: string): string[] {
  return [1, 2, 3].map((number) => `<${of} ${number}>`);
}
