import { escapeHtml } from './html';
import { type Axes, isKnown, linePath, type Point, tenth } from './line-path';

const WIDTH = 1100;
const HEIGHT = 220;
const LEFT = 60;
const RIGHT = 8;
const BOTTOM = 22;
const TOP = 20;

/** Most labels below a plot. */
const MOST_TICKS = 10;

/** Lengths between two labels, seconds. */
const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Colours of lines on light and on dark ground, in the order of their series. */
const COLOURS = [
  ['#0b6bcb', '#58a6ff'],
  ['#c2410c', '#ff9d6b'],
  ['#00796b', '#4dd0b8'],
  ['#7d3fbf', '#c297ff'],
  ['#8a6d00', '#e3b341'],
  ['#b3261e', '#ff8a80'],
  ['#5c6670', '#9aa4ad'],
] as const;

/** Style of time plots and their page, on light and dark ground. */
export const TIME_PLOT_STYLE = `:root{color-scheme:light dark;--ink:#1d2329;--ground:#fff;--faint:#dde1e6;${colours(0)}}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--ground:#14181c;--faint:#333b43;${colours(1)}}}
${COLOURS.map((_, index) => `.s${index}{stroke:var(--s${index})}`).join('')}
.limit{stroke:var(--ink);stroke-dasharray:5 4;opacity:.6}.phase{stroke:var(--ink);opacity:.25}.small{opacity:.75}`;

export interface Series {
  readonly name: string;
  /** By seconds from the start of the run. */
  readonly points: readonly Point[];
}

export interface TimePlotProps {
  readonly title: string;
  /** Unit of the values, such as ms. */
  readonly unit: string;
  readonly series: readonly Series[];
  /** Length of the run, seconds. */
  readonly seconds: number;
  /** Names of the parts of the run by their begin, seconds. @default - none */
  readonly phases?: readonly (readonly [name: string, atSecond: number])[];
  /** A value that should be kept to, drawn as a line. @default - none */
  readonly limit?: number;
  /** A logarithmic axis, for values of several magnitudes. @default false */
  readonly log?: boolean;
}

/** A plot of values over the time of a run, with its title and legend. */
export function timePlot(props: TimePlotProps): string {
  const { title, unit, series, phases = [], limit, log = false } = props;
  const axes = axesOf(props);
  const lines = series.map(
    ({ points }, index) => `<path class="line s${colourOf(index)}" d="${linePath(points, axes.to)}"/>`,
  );
  const limits =
    limit === undefined || axes.to.y(limit) < TOP
      ? []
      : [`<path class="limit" d="M${LEFT} ${tenth(axes.to.y(limit))}H${WIDTH - RIGHT}"/>`];
  return [
    `<h3>${escapeHtml(title)} <small>(${escapeHtml(unit)}${log ? ', logarithmic' : ''})</small></h3>`,
    legend(series, limit === undefined ? [] : [`- - promised: ${limit} ${unit}`]),
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">`,
    ...horizontal(axes),
    ...vertical(props, axes.to),
    ...phases.map((phase) => phaseMark(phase, axes.to)),
    ...limits,
    ...lines,
    '</svg>',
  ].join('');
}

interface PlotAxes {
  readonly to: Axes;
  /** Values with a label. */
  readonly values: readonly number[];
}

function axesOf({ series, seconds, limit, log = false }: TimePlotProps): PlotAxes {
  const known = series.flatMap(({ points }) => points.filter(isKnown).map(([, value]) => value));
  const most = known.reduce((high, value) => Math.max(high, value), 0);
  const x = (at: number) => LEFT + ((WIDTH - LEFT - RIGHT) * at) / Math.max(1e-9, seconds);
  const height = HEIGHT - BOTTOM - TOP;
  if (log) {
    const top = 10 ** Math.ceil(Math.log10(Math.max(10, most, limit ?? 0)));
    const decades = Math.log10(top);
    // Below 1 nothing matters, and 0 has no logarithm.
    const y = (value: number) => HEIGHT - BOTTOM - (height * Math.log10(Math.max(1, value))) / decades;
    return { to: { x, y }, values: Array.from({ length: decades + 1 }, (_, power) => 10 ** power) };
  }
  const top = niceTop(most);
  const y = (value: number) => HEIGHT - BOTTOM - (height * value) / top;
  return { to: { x, y }, values: [0, top / 4, top / 2, (3 * top) / 4, top] };
}

/** The next of 1, 2, 4, 8 and so on, times a power of ten, so that its quarters are short numbers. */
function niceTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return power * ([1, 2, 4, 8, 10].find((factor) => most <= factor * power) ?? 10);
}

function horizontal({ to, values }: PlotAxes): string[] {
  return values.map((value) => {
    const at = tenth(to.y(value));
    const label = Number(value.toPrecision(3)).toLocaleString('en');
    return `<path class="axis" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/><text class="end" x="${LEFT - 6}" y="${tenth(to.y(value) + 4)}">${label}</text>`;
  });
}

function vertical({ seconds }: TimePlotProps, { x }: Axes): string[] {
  const step = STEPS_SECONDS.find((length) => seconds / length <= MOST_TICKS) ?? 3600;
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
  return ticks.map((at) => `<text x="${tenth(x(at))}" y="${HEIGHT - 6}">${clock(at)}</text>`);
}

/** Such as 0:30, or 1:00:00 from an hour on. */
function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function phaseMark([name, atSecond]: readonly [string, number], { x }: Axes): string {
  const left = x(atSecond);
  return `<path class="phase" d="M${tenth(left)} ${TOP - 12}V${HEIGHT - BOTTOM}"/><text class="small" x="${tenth(left + 3)}" y="${TOP - 6}">${escapeHtml(name)}</text>`;
}

function legend(series: readonly Series[], more: readonly string[]): string {
  const lines = series.map(
    ({ name }, index) =>
      `<span><i class="swatch" style="background:var(--s${colourOf(index)})"></i>${escapeHtml(name)}</span>`,
  );
  return `<p class="legend">${[...lines, ...more.map((text) => `<span>${escapeHtml(text)}</span>`)].join('')}</p>`;
}

function colourOf(index: number): number {
  return index % COLOURS.length;
}

function colours(ground: 0 | 1): string {
  return COLOURS.map((pair, index) => `--s${index}:${pair[ground]}`).join(';');
}
