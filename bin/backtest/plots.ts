import {
  type NamedOutcome,
  POLICY_NAMES,
  type TraceReport,
} from '../../lambda/predictive-scaler/backtest/backtest-trace';
import { QUANTILE_LEVELS } from '../../lambda/predictive-scaler/backtest/forecast-scores';
import { escapeHtml } from '../plots/html';
import { tenth as fixed, isKnown, linePath, type Point } from '../plots/line-path';
import { isoMinute } from './write-predictions';

const WIDTH = 1100;
const HEIGHT = 240;
const LEFT = 60;
const BOTTOM = 22;
const TOP = 8;
const DAY_MINUTES = 1440;

/** Height of a row of marks. */
const ROW = 18;

/** Points of a line: one for so many minutes, or a week would be ten thousand. */
const BUCKETS = 1000;

/** Where values are on a plot. */
interface Scale {
  readonly minutes: number;
  readonly top: number;
}

/** Load that came, with the shortest horizon's forecast and the band up to its highest quantile. */
export function loadPlot({ loads, moments, startMinute }: TraceReport): string {
  const forecasts = moments.flatMap(({ forecasts: [first] }) => first ?? []);
  const at = (value: (index: number) => number): Point[] =>
    forecasts.map(({ targetMinute }, index) => [targetMinute - startMinute, value(index)]);
  const last = QUANTILE_LEVELS.length - 1;
  const upper = at((index) => forecasts[index]?.quantiles[last] ?? Number.NaN);
  const lower = at((index) => forecasts[index]?.quantiles[0] ?? Number.NaN);
  const load = thinned(loads, mean);
  const scale = scaleOf(loads.length, [load, upper]);
  return svg(HEIGHT, 'Load, forecast and band', [
    axes(scale, startMinute),
    `<path class="band" d="${line([...upper, ...lower.toReversed()].filter(isKnown), scale, false)}"/>`,
    `<path class="line load" d="${line(load, scale)}"/>`,
    `<path class="line forecast" d="${line(
      at((index) => forecasts[index]?.point ?? Number.NaN),
      scale,
    )}"/>`,
  ]);
}

/** Replicas that each policy asked for. */
export function replicasPlot({ policies, loads, startMinute }: TraceReport): string {
  const lines = policies.map(({ id, replicas }) => ({ id, points: thinned(replicas, most) }));
  const scale = scaleOf(
    loads.length,
    lines.map(({ points }) => points),
  );
  return svg(HEIGHT, 'Replicas of each policy', [
    axes(scale, startMinute),
    ...lines.map(({ id, points }) => `<path class="line p-${id}" d="${line(points, scale)}"/>`),
  ]);
}

/** A row for each policy with a mark wherever too few replicas were ready. */
export function shortfallPlot({ policies, loads }: TraceReport): string {
  const scale = { minutes: loads.length, top: 1 };
  const rows = policies.map((policy, row) => shortfallRow(policy, row * ROW, scale));
  return svg(policies.length * ROW + 4, 'Where each policy fell short', rows);
}

function shortfallRow({ id, shortMinutes }: NamedOutcome, top: number, scale: Scale): string {
  const marks = runs(shortMinutes).map(([from, to]) => {
    const width = Math.max(1, x(to, scale) - x(from, scale));
    return `M${fixed(x(from, scale))} ${top + 3}h${fixed(width)}v${ROW - 6}h-${fixed(width)}z`;
  });
  const base = `<path class="axis" d="M${LEFT} ${top + ROW}H${WIDTH}"/>`;
  const name = escapeHtml(POLICY_NAMES[id]);
  return `<g class="p-${id}"><title>${name}</title>${base}<path class="mark p-${id}" d="${marks.join('')}"/></g>`;
}

/** Minutes in a row as one stretch. */
function runs(minutes: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const minute of minutes) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === minute) last[1] = minute + 1;
    else found.push([minute, minute + 1]);
  }
  return found;
}

function scaleOf(minutes: number, lines: readonly (readonly Point[])[]): Scale {
  const values = lines.flat().filter(isKnown);
  const top = values.reduce((high, [, value]) => Math.max(high, value), 0);
  return { minutes, top: top > 0 ? 1.05 * top : 1 };
}

/** Days below, three values on the left. */
function axes(scale: Scale, startMinute: number): string {
  const first = Math.ceil(startMinute / DAY_MINUTES) * DAY_MINUTES - startMinute;
  const days = Array.from(
    { length: Math.max(0, Math.ceil((scale.minutes - first) / DAY_MINUTES)) },
    (_, day) => first + day * DAY_MINUTES,
  );
  const values = [0, scale.top / 2, scale.top];
  return [
    ...days.map((minute) => {
      const left = fixed(x(minute, scale));
      const label = isoMinute(startMinute + minute).slice(5, 10);
      return `<path class="axis" d="M${left} ${TOP}V${HEIGHT - BOTTOM}"/><text x="${left}" y="${HEIGHT - 6}">${label}</text>`;
    }),
    ...values.map((value) => {
      const height = fixed(y(value, scale));
      const label = Number(value.toPrecision(3)).toString();
      return `<path class="axis" d="M${LEFT} ${height}H${WIDTH}"/><text class="end" x="${LEFT - 6}" y="${fixed(y(value, scale) + 4)}">${label}</text>`;
    }),
  ].join('');
}

/** A path through points by minutes from the start. */
function line(points: readonly Point[], scale: Scale, interrupts = true): string {
  const axes = { x: (minute: number) => x(minute, scale), y: (value: number) => y(value, scale) };
  return linePath(points, axes, interrupts);
}

/** One value for each bucket of minutes; NaN where all of it is unknown. */
function thinned(values: Float64Array, combine: (known: Float64Array) => number): Point[] {
  const width = Math.max(1, Math.ceil(values.length / BUCKETS));
  return Array.from({ length: Math.ceil(values.length / width) }, (_, bucket) => {
    const part = values
      .subarray(bucket * width, (bucket + 1) * width)
      .filter((value) => !Number.isNaN(value));
    return [bucket * width, part.length > 0 ? combine(part) : Number.NaN];
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function most(values: Float64Array): number {
  return Math.max(...values);
}

function x(minute: number, { minutes }: Scale): number {
  return LEFT + ((WIDTH - LEFT) * minute) / minutes;
}

function y(value: number, { top }: Scale): number {
  return HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / top;
}

function svg(height: number, label: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(label)}">${parts.join('')}</svg>`;
}
