import { type AlarmsPanel, exampleNames, type Limit, type Panel, type Picture, type Series } from './picture';

/** Colours of series that have no colour of their own. */
const COLOURS = ['#0072B2', '#009E73', '#CC79A7', '#56B4E9', '#7F7F7F'];
const TEXT_COLOUR = '#1F2933';
const ROW_HEIGHT = 36;

/** Alarms of a panel from which on their names have to be short. */
const MANY_ALARMS = 3;

/** What is read of a dashboard's body: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export interface DashboardBody {
  /** Start of the period that is shown, such as -PT3H. @default - CloudWatch’s own, three hours */
  readonly start?: string;
  /** Widgets in any order. */
  readonly widgets: readonly Widget[];
}

export interface Widget {
  /** CloudWatch’s kind of widget, such as metric or alarm. */
  readonly type: string;
  /** Column of the left edge, from 0 to 23. */
  readonly x: number;
  /** Row of the upper edge, from 0. */
  readonly y: number;
  /** Columns of the 24 that it takes. */
  readonly width: number;
  /** Rows that it takes. */
  readonly height: number;
  /** What it shows, by its type. */
  readonly properties: WidgetProperties;
}

interface WidgetProperties {
  readonly title?: string;
  readonly view?: string;
  readonly region?: string;
  readonly start?: string;
  readonly stacked?: boolean;
  readonly markdown?: string;
  readonly alarms?: readonly string[];
  /** Each the namespace, the name and the dimensions, and at the end how it is shown. */
  readonly metrics?: readonly (readonly (string | MetricOptions)[])[];
  readonly annotations?: { readonly horizontal?: readonly Annotation[] };
  readonly yAxis?: { readonly left?: Axis; readonly right?: Axis };
}

interface MetricOptions {
  readonly id?: string;
  readonly label?: string;
  readonly color?: string;
  readonly visible?: boolean;
  readonly yAxis?: string;
  readonly expression?: string;
}

interface Annotation {
  readonly value: number;
  readonly label?: string;
  readonly color?: string;
  readonly fill?: string;
}

interface Axis {
  readonly min?: number;
  readonly max?: number;
  readonly label?: string;
}

/** The picture of a CloudWatch dashboard. @throws Error on a widget of an unsupported type */
export function readCloudWatch(title: string, { start = '-PT3H', widgets }: DashboardBody): Picture {
  return {
    title,
    system: 'Amazon CloudWatch',
    rowHeight: ROW_HEIGHT,
    panels: widgets.map((widget) => readWidget(widget, start)),
  };
}

function readWidget(widget: Widget, start: string): Panel {
  const { x, y, width, height, properties, type } = widget;
  const base = { x, y, width, height, title: properties.title ?? '' };
  if (type === 'text') return readText(base, properties.markdown ?? '');
  if (type === 'alarm') return readAlarms(base, properties.alarms ?? []);
  if (type !== 'metric') throw new Error(`a picture cannot show a widget of type ${type}`);
  const limits = (properties.annotations?.horizontal ?? []).map(readLimit);
  const series = readSeries(properties);
  switch (properties.view) {
    case 'timeSeries': {
      const { left = {}, right } = properties.yAxis ?? {};
      return {
        ...base,
        kind: 'graph',
        unit: left.label ?? '',
        rightUnit: right?.label ?? '',
        series,
        limits,
        stacked: properties.stacked ?? false,
        min: left.min,
        max: left.max,
        range: readRange(properties.start ?? start),
      };
    }
    case 'gauge':
      return { ...base, kind: 'gauge', label: series[0]?.label ?? '', ...readScale(properties) };
    case 'singleValue':
      return {
        ...base,
        kind: 'numbers',
        unit: '',
        labels: series.map(({ label }) => label),
        colour: TEXT_COLOUR,
      };
    default:
      throw new Error(`a picture cannot show the view ${properties.view} of ${base.title}`);
  }
}

type Base = Pick<AlarmsPanel, 'title' | 'x' | 'y' | 'width' | 'height'>;

function readText(base: Base, markdown: string): Panel {
  const [, heading] = /^## ([^\n]+)$/.exec(markdown) ?? [];
  return heading === undefined
    ? { ...base, kind: 'text', markdown }
    : { ...base, title: heading, kind: 'heading' };
}

/** Where there are many, without what all of their names begin with. */
function readAlarms(base: Base, arns: readonly string[]): AlarmsPanel {
  const names = arns.map((arn) => arn.replace(/^.*:alarm:/, ''));
  const prefix = names.length > MANY_ALARMS ? commonPrefix(names) : '';
  return { ...base, kind: 'alarms', names: names.map((name) => name.slice(prefix.length)) };
}

/** Whole words, each with its hyphen. */
function commonPrefix(names: readonly string[]): string {
  const [first = ''] = names;
  const words = first.split('-');
  const prefixes = words.map((_, count) =>
    words
      .slice(0, count)
      .map((word) => `${word}-`)
      .join(''),
  );
  return prefixes.findLast((prefix) => names.every((name) => name.startsWith(prefix))) ?? '';
}

/** CloudWatch picks a colour for each series that has none. */
function readSeries({ metrics = [] }: WidgetProperties): Series[] {
  const shown = metrics.map(optionsOf).filter(({ options: { visible } }) => visible !== false);
  const series = shown.flatMap(({ name, options: { color, expression = '', label = name, yAxis } }) =>
    labelsOf(label, expression).map((one) => ({ label: one, color, yAxis })),
  );
  return series.map(({ label, color, yAxis }, index) => ({
    label,
    colour: color ?? (COLOURS[index % COLOURS.length] as string),
    axis: yAxis === 'right' ? 'right' : 'left',
    dashed: false,
  }));
}

function optionsOf(metric: readonly (string | MetricOptions)[]): { name: string; options: MetricOptions } {
  const last = metric.at(-1);
  const options = typeof last === 'object' ? last : {};
  return { name: typeof metric[1] === 'string' ? metric[1] : '', options };
}

/** A query's series are known by what it groups them by. */
function labelsOf(label: string, expression: string): string[] {
  const [, dimension] = /GROUP BY (\w+)/.exec(expression) ?? /SEARCH\('\{.*,(\w+)\}/.exec(expression) ?? [];
  if (dimension === undefined) return [label];
  const prefix = label.includes('PROP(') ? '' : `${label} `;
  return exampleNames(dimension).map((name) => `${prefix}${name}`);
}

/** CloudWatch only knows lines: which side is missed, their labels say. */
function readLimit({ value, label = '', color = COLOURS[0] as string, fill }: Annotation): Limit {
  const isLeast = fill === undefined ? label.startsWith('≥') : fill === 'below';
  return { value, label, colour: color, missed: isLeast ? 'below' : 'above' };
}

/** Of two annotations with one value the first is the good side, the second the bad. */
function readScale({ annotations, yAxis }: WidgetProperties) {
  const [kept, missed] = annotations?.horizontal ?? [];
  const { min = 0, max = 100 } = yAxis?.left ?? {};
  const limit = readLimit(missed ?? { value: max });
  return { min, max, limit, keptColour: kept?.color ?? (COLOURS[0] as string) };
}

/** `3 h` of `-PT3H`. */
function readRange(start: string): string {
  const [, days, hours] = /^-P(?:(\d+)D)?(?:T(\d+)H)?$/.exec(start) ?? [];
  if (days === undefined && hours === undefined) return start;
  return days === undefined ? `${hours} h` : `${days} ${days === '1' ? 'day' : 'days'}`;
}
