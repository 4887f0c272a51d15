import { exampleCurves } from './example-data';
import { formatValue } from './format-value';
import type { GraphPanel, Limit, Series } from './picture';
import { type Box, FAINT, LEGEND_SIZE } from './style';
import { GRID_LINE, line, round, text, widthOf } from './svg';

/** Room for the axes, px. */
const LEFT_MARGIN = 46;
const RIGHT_MARGIN = 10;
const LEGEND_LINE = 17;
const AXIS_LINE = 18;
const LABEL_HEIGHT = 15;

/** Values along an axis of a graph. */
interface Scale {
  readonly low: number;
  readonly high: number;
}

/** Lines over time, with axes, limits and a legend. */
export function drawGraph(panel: GraphPanel, box: Box): string {
  const legend = legendLines(panel.series, box.width);
  const plot: Box = {
    x: box.x + LEFT_MARGIN,
    y: box.y + 14,
    width: box.width - LEFT_MARGIN - (panel.rightUnit === '' ? RIGHT_MARGIN : LEFT_MARGIN - 6),
    height: box.height - 18 - AXIS_LINE - legend.length * LEGEND_LINE,
  };
  const curves = stack(panel, exampleCurves(panel));
  const left = scaleOf(panel, curvesOf(panel, curves, 'left'), true);
  const right = scaleOf(panel, curvesOf(panel, curves, 'right'), false);
  return [
    drawAxis(panel, plot, left, right),
    ...drawCurves(panel, curves, plot, left, right),
    ...panel.limits.map((limit) => drawLimit(limit, plot, left)),
    text(plot.x, plot.y + plot.height + 14, `${panel.range} ago`, FAINT),
    text(plot.x + plot.width, plot.y + plot.height + 14, 'now', { ...FAINT, anchor: 'end' }),
    ...legend.map((series, index) =>
      drawLegend(series, box.x + 4, plot.y + plot.height + AXIS_LINE + 14 + index * LEGEND_LINE, box.width),
    ),
  ].join('\n');
}

function curvesOf(panel: GraphPanel, curves: readonly number[][], axis: Series['axis']): number[][] {
  return curves.filter((_, index) => panel.series[index]?.axis === axis);
}

function stack({ stacked }: GraphPanel, curves: number[][]): number[][] {
  if (!stacked) return curves;
  const sums: number[][] = [];
  for (const curve of curves) {
    const below = sums.at(-1);
    sums.push(curve.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return sums;
}

function scaleOf({ limits, max, min }: GraphPanel, curves: readonly number[][], bounded: boolean): Scale {
  const values = [...curves.flat(), ...(bounded ? limits.map(({ value }) => value) : [])];
  const low = bounded && min === undefined ? Math.min(0, ...values) : 0;
  if (bounded && max !== undefined) return { low, high: max };
  const highest = Math.max(...values);
  return { low, high: highest > 0 ? niceAbove(1.08 * highest) : 1 };
}

/** The next number that divides into four round ones. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step =
    [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= value) ?? 10;
  return step * power;
}

function drawAxis(panel: GraphPanel, plot: Box, left: Scale, right: Scale): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const drawn = ticks.map((share) => {
    const y = plot.y + plot.height * (1 - share);
    const value = left.low + share * (left.high - left.low);
    return [
      line(plot.x, y, plot.x + plot.width, y, `stroke="${GRID_LINE}"`),
      text(plot.x - 6, y + 4, formatValue(value), { ...FAINT, anchor: 'end' }),
      ...(panel.rightUnit === ''
        ? []
        : [
            text(
              plot.x + plot.width + 6,
              y + 4,
              formatValue(right.low + share * (right.high - right.low)),
              FAINT,
            ),
          ]),
    ].join('\n');
  });
  return [
    ...drawn,
    text(plot.x - LEFT_MARGIN + 4, plot.y - 13, panel.unit, { ...FAINT, width: plot.width / 2 }),
    ...(panel.rightUnit === ''
      ? []
      : [
          text(plot.x + plot.width + LEFT_MARGIN - 10, plot.y - 13, panel.rightUnit, {
            ...FAINT,
            anchor: 'end',
            width: plot.width / 2,
          }),
        ]),
  ].join('\n');
}

/** Stacked ones from the top, so that each is seen beside what it adds. */
function drawCurves(
  panel: GraphPanel,
  curves: readonly number[][],
  plot: Box,
  left: Scale,
  right: Scale,
): string[] {
  const drawn = panel.series.map((series, index) => {
    const scale = series.axis === 'right' ? right : left;
    const points = (curves[index] ?? []).map((value, point, { length }) => {
      const x = plot.x + (plot.width * point) / (length - 1);
      return `${round(x)},${round(heightOf(value, scale, plot))}`;
    });
    const bottom = round(plot.y + plot.height);
    const area = `<polygon points="${round(plot.x)},${bottom} ${points.join(' ')} ${round(plot.x + plot.width)},${bottom}" fill="${series.colour}"/>`;
    const dash = series.dashed ? ' stroke-dasharray="7 5"' : '';
    const curve = `<polyline points="${points.join(' ')}" fill="none" stroke="${series.colour}" stroke-width="2"${dash}/>`;
    return panel.stacked ? area : curve;
  });
  return panel.stacked ? drawn.reverse() : drawn;
}

/** With its label on the bad side, where there are no curves, if there is room. */
function drawLimit({ colour, label, missed, value }: Limit, plot: Box, scale: Scale): string {
  const y = heightOf(value, scale, plot);
  if (y < plot.y - 1 || y > plot.y + plot.height + 1) return '';
  const hasRoomAbove = y - plot.y >= LABEL_HEIGHT;
  const hasRoomBelow = plot.y + plot.height - y >= LABEL_HEIGHT;
  const isBelow = missed === 'below' ? hasRoomBelow : !hasRoomAbove;
  const labelY = isBelow ? y + 13 : y - 4;
  const width = widthOf(label, LEGEND_SIZE) + 8;
  return [
    line(plot.x, y, plot.x + plot.width, y, `stroke="${colour}" stroke-width="2" stroke-dasharray="2 3"`),
    ...(label === ''
      ? []
      : [
          `<rect x="${round(plot.x + 4)}" y="${round(labelY - 10)}" width="${round(width)}" height="13" fill="#FFFFFF" opacity="0.8"/>`,
          text(plot.x + 7, labelY, label, { size: LEGEND_SIZE }),
        ]),
  ].join('\n');
}

function heightOf(value: number, { low, high }: Scale, plot: Box): number {
  return plot.y + plot.height * (1 - (value - low) / (high - low));
}

/** As many entries in a line as there is room for. */
function legendLines(series: readonly Series[], width: number): Series[][] {
  const lines: Series[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const one of series) {
    const needed = entryWidth(one);
    if (used + needed > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(one);
    used += needed;
  }
  return lines;
}

function entryWidth({ label }: Series): number {
  return widthOf(label, LEGEND_SIZE) + 30;
}

function drawLegend(series: readonly Series[], left: number, y: number, width: number): string {
  let x = left;
  return series
    .map((one) => {
      const entry = [
        `<rect x="${round(x)}" y="${round(y - 8)}" width="12" height="8" rx="2" fill="${one.colour}"/>`,
        text(x + 17, y, one.label, { size: LEGEND_SIZE, width: width - 22 }),
      ].join('\n');
      x += entryWidth(one);
      return entry;
    })
    .join('\n');
}
