import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  GaugeWidget,
  GraphWidget,
  type GraphWidgetProps,
  type HorizontalAnnotation,
  type IAlarm,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  Shading,
  SingleValueWidget,
  TextWidget,
  TextWidgetBackground,
  type YAxisProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import { KEPT_COLOUR, LIMIT_COLOURS, SERIES_COLOURS } from './colours';
import type { Limit } from './limits';

/** Default length of one point. */
export const POINT = Duration.minutes(5);

/** Most alarms that CloudWatch shows in one panel. */
const ALARMS_OF_A_PANEL = 100;

/** Creates a widget of a size, in units of the dashboard's grid. */
export type Panel = (size: { readonly width: number; readonly height: number }) => IWidget;

/** A metric and its name in the legend. */
export interface Series {
  /** A `Metric` or a `MathExpression`; its period becomes the panel's. */
  readonly metric: IMetric;
  /** Name in the legend. @default - the label of the metric */
  readonly label?: string;
}

interface PanelProps {
  /** Title with the unit, or with the limit where a number stands alone. */
  readonly title: string;
  /** Region of the metrics. @default - the stack's region */
  readonly region?: string;
  /** Length of one point. @default POINT */
  readonly period?: Duration;
  /** Length of the time range, up to now. @default - the range of the dashboard */
  readonly lookBack?: Duration;
}

export interface GraphProps extends PanelProps {
  /** Unit of the series, shown at the axis. */
  readonly unit: string;
  /** Metrics of the left axis. */
  readonly series: readonly Series[];
  /** Second axis on the right. @default - one axis */
  readonly right?: {
    /** Unit of its series, shown at the axis. */
    readonly unit: string;
    /** Metrics of the right axis. */
    readonly series: readonly Series[];
    /** Lower end of the axis; null fits the values. @default 0 */
    readonly min?: number | null;
  };
  /** Limits drawn as horizontal lines. @default [] */
  readonly limits?: readonly Limit[];
  /** Draw the series on top of each other. @default false */
  readonly stacked?: boolean;
  /** Upper end of the axis. @default - fits the values */
  readonly max?: number;
  /** Lower end of the axis; null fits the values. @default 0 */
  readonly min?: number | null;
}

/** Series over time. */
export function graph(props: GraphProps): Panel {
  const { series, right, period = POINT } = props;
  const first = SERIES_COLOURS.slice(0, series.length);
  return timeSeries(props, {
    left: series.map((one, index) => shown(one, period, colourOf(index))),
    ...(right && {
      right: right.series.map((one, index) => shown(one, period, colourOf(first.length + index))),
      rightYAxis: axis(right.unit, right.min),
    }),
  });
}

export interface QueryGraphProps extends Omit<GraphProps, 'series' | 'right'> {
  /** Queries of the graph; CloudWatch chooses the colours of their series. */
  readonly queries: readonly {
    /** Start of the names of the query's series. */
    readonly label: string;
    /** Metrics Insights query or SEARCH expression. */
    readonly expression: string;
  }[];
}

/** Series over time from queries, which decide the number of series. */
export function queryGraph({ queries, ...props }: QueryGraphProps): Panel {
  const { period = POINT } = props;
  return timeSeries(props, { left: queries.map((query) => new MathExpression({ ...query, period })) });
}

/** A graph of metrics that have their labels and colours. */
function timeSeries(
  props: Omit<GraphProps, 'series' | 'right'>,
  metrics: Pick<GraphWidgetProps, 'left' | 'right' | 'rightYAxis'>,
): Panel {
  const { title, unit, limits = [], max, min = 0, period = POINT } = props;
  return (size) =>
    new GraphWidget({
      ...size,
      title,
      region: props.region,
      period,
      start: start(props),
      leftAnnotations: limits.map(line),
      leftYAxis: axis(unit, min, max),
      stacked: props.stacked ?? false,
      ...metrics,
    });
}

function axis(label: string, min: number | null = 0, max?: number): YAxisProps {
  return { label, showUnits: false, ...(min !== null && { min }), ...(max !== undefined && { max }) };
}

export interface GaugeProps extends PanelProps {
  /** Metric of the value. */
  readonly series: Series;
  /** Value at which the colour changes. */
  readonly limit: Limit;
  /** Upper end of the scale, which begins at 0. */
  readonly max: number;
}

/** A value between 0 and `max`, in the colour of its side of the limit. */
export function gauge(props: GaugeProps): Panel {
  const { title, series, limit, max, period = POINT } = props;
  const isMissedAbove = limit.missed === 'above';
  const [kept, missed] = isMissedAbove ? [Shading.BELOW, Shading.ABOVE] : [Shading.ABOVE, Shading.BELOW];
  return (size) =>
    new GaugeWidget({
      ...size,
      title,
      region: props.region,
      period,
      start: start(props),
      setPeriodToTimeRange: props.lookBack !== undefined,
      metrics: [shown(series, period)],
      leftYAxis: { min: 0, max },
      annotations: [
        { value: limit.value, label: limit.label, color: KEPT_COLOUR, fill: kept },
        { value: limit.value, label: 'missed', color: LIMIT_COLOURS[limit.severity], fill: missed },
      ],
    });
}

export interface NumbersProps extends PanelProps {
  /** Metrics, one number for each. */
  readonly series: readonly Series[];
  /** Compute one value over the time range, rather than show the last point. @default false */
  readonly ofAll?: boolean;
}

/** Values side by side. */
export function numbers(props: NumbersProps): Panel {
  const { title, series, ofAll = false, period = POINT } = props;
  return (size) =>
    new SingleValueWidget({
      ...size,
      title,
      region: props.region,
      period,
      start: start(props),
      setPeriodToTimeRange: ofAll,
      // One value for the whole time range has no line.
      sparkline: !ofAll,
      metrics: series.map((one, index) => shown(one, period, colourOf(index))),
    });
}

/** Panels with the states of alarms; several if one panel cannot show all of them. */
export function alarmStates(title: string, alarms: readonly IAlarm[]): Panel[] {
  const count = Math.ceil(alarms.length / ALARMS_OF_A_PANEL);
  return Array.from({ length: count }, (_, index) => {
    const part = alarms.slice(index * ALARMS_OF_A_PANEL, (index + 1) * ALARMS_OF_A_PANEL);
    const suffix = count === 1 ? '' : ` (${index + 1} of ${count})`;
    return (size) => new AlarmStatusWidget({ ...size, title: `${title}${suffix}`, alarms: part });
  });
}

/** A panel of text. */
export function text(markdown: string): Panel {
  return (size) => new TextWidget({ ...size, markdown, background: TextWidgetBackground.TRANSPARENT });
}

function line({ value, label, severity }: Limit): HorizontalAnnotation {
  return { value, label, color: LIMIT_COLOURS[severity] };
}

function colourOf(index: number): string | undefined {
  return SERIES_COLOURS[index % SERIES_COLOURS.length];
}

function shown({ metric, label }: Series, period: Duration, color?: string): IMetric {
  if (!(metric instanceof Metric || metric instanceof MathExpression)) {
    throw new Error(`a panel's metric must be a Metric or a MathExpression, got ${metric.toString()}`);
  }
  const changes = { period, ...(label !== undefined && { label }), ...(color !== undefined && { color }) };
  return metric instanceof Metric ? metric.with(changes) : metric.with(changes);
}

function start({ lookBack }: PanelProps): string | undefined {
  return lookBack && `-${lookBack.toIsoString()}`;
}
