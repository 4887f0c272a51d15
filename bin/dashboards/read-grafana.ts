import { exampleNames, type Limit, type Panel, type Picture } from './picture';

/** Grafana's classic palette for series; its named colours follow. */
const COLOURS = ['#7EB26D', '#EAB839', '#6ED0E0', '#EF843C', '#E24D42', '#1F78C1'];
const NAMED: Readonly<Record<string, string>> = {
  blue: '#1F60C4',
  green: '#56A64B',
  orange: '#FA6400',
  red: '#E02F44',
  yellow: '#F2CC0C',
};
const TEXT_COLOUR = '#1F2933';
const ROW_HEIGHT = 28;

const UNITS: Readonly<Record<string, string>> = {
  none: '',
  percent: '%',
  reqps: 'requests/s',
};

/** What is read of a dashboard's JSON model. */
export interface GrafanaModel {
  /** Name of the dashboard. */
  readonly title: string;
  /** Period that is shown, such as now-3h. */
  readonly time: { readonly from: string };
  /** Panels and rows, in any order. */
  readonly panels: readonly GrafanaPanel[];
}

interface GrafanaPanel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly legendFormat: string }[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: { readonly indexByName?: Readonly<Record<string, number>> };
  }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly min?: number;
      readonly max?: number;
      readonly thresholds?: { readonly steps: readonly Step[] };
      readonly custom?: Readonly<Record<string, unknown>>;
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string }[];
    }[];
  };
}

interface Step {
  readonly color: string;
  readonly value: number | null;
}

/** The picture of a Grafana dashboard. @throws Error on a panel of an unsupported type */
export function readGrafana({ title, time, panels }: GrafanaModel): Picture {
  const range = time.from.replace(/^now-(\d+)h$/, '$1 h');
  return {
    title,
    system: 'Grafana',
    rowHeight: ROW_HEIGHT,
    panels: panels.map((panel) => readPanel(panel, range)),
  };
}

function readPanel(panel: GrafanaPanel, range: string): Panel {
  const { type, title, options = {} } = panel;
  const { x, y, w: width, h: height } = panel.gridPos;
  const base = { title, x, y, width, height };
  const { max, min, unit = '' } = panel.fieldConfig?.defaults ?? {};
  switch (type) {
    case 'row':
      return { ...base, kind: 'heading' };
    case 'text':
      return { ...base, kind: 'text', markdown: String(options['content'] ?? '') };
    case 'timeseries':
      return {
        ...base,
        kind: 'graph',
        unit: UNITS[unit] ?? unit,
        rightUnit: '',
        series: readSeries(panel),
        limits: drawsThresholds(panel) ? readLimits(panel) : [],
        stacked: readStacking(panel),
        min,
        max,
        range,
      };
    case 'stat': {
      const [limit] = readLimits(panel);
      return {
        ...base,
        kind: 'numbers',
        unit: UNITS[unit] ?? unit,
        labels: [''],
        limit,
        colour: limit === undefined ? TEXT_COLOUR : keptColour(panel),
      };
    }
    case 'table':
      return { ...base, kind: 'table', rows: exampleNames(rowLabel(panel)), columns: legends(panel) };
    default:
      throw new Error(`a picture cannot show a panel of type ${type}: ${title}`);
  }
}

/** The label that a table has a row for each value of: its first column. */
function rowLabel({ transformations = [] }: GrafanaPanel): string {
  const order = transformations.find(({ id }) => id === 'organize')?.options.indexByName ?? {};
  return Object.keys(order).find((name) => order[name] === 0) ?? 'row';
}

function legends({ targets = [] }: GrafanaPanel): string[] {
  return targets.map(({ legendFormat }) => legendFormat);
}

/** A label's values are not known before there are series. */
function readSeries(panel: GrafanaPanel) {
  const labels = legends(panel).flatMap((legend) => {
    const [, label] = /\{\{(\w+)\}\}/.exec(legend) ?? [];
    return label === undefined ? [legend] : exampleNames(label);
  });
  const dashed = (panel.fieldConfig?.overrides ?? [])
    .filter(({ properties }) => properties.some(({ id }) => id === 'custom.lineStyle'))
    .map(({ matcher }) => matcher.options);
  return labels.map((label, index) => ({
    label,
    colour: COLOURS[index % COLOURS.length] as string,
    axis: 'left' as const,
    dashed: dashed.includes(label),
  }));
}

function drawsThresholds({ fieldConfig }: GrafanaPanel): boolean {
  const style = fieldConfig?.defaults.custom?.['thresholdsStyle'] as { mode?: string } | undefined;
  return style?.mode !== undefined && style.mode !== 'off';
}

/** The first step counts from minus infinity: where it is the one that warns, values are missed below the next. */
function readLimits({ fieldConfig }: GrafanaPanel): Limit[] {
  const [first, ...steps] = fieldConfig?.defaults.thresholds?.steps ?? [];
  const missed = first !== undefined && warns(first) ? 'below' : 'above';
  return steps.map(({ color, value }) => ({
    value: value ?? 0,
    label: '',
    colour: NAMED[missed === 'below' ? (first as Step).color : color] ?? color,
    missed,
  }));
}

function keptColour({ fieldConfig }: GrafanaPanel): string {
  const kept = fieldConfig?.defaults.thresholds?.steps.find((step) => !warns(step))?.color ?? '';
  return NAMED[kept] ?? TEXT_COLOUR;
}

function warns({ color }: Step): boolean {
  return color === 'orange' || color === 'red';
}

function readStacking({ fieldConfig }: GrafanaPanel): boolean {
  const stacking = fieldConfig?.defaults.custom?.['stacking'] as { mode?: string } | undefined;
  return stacking?.mode === 'normal';
}
