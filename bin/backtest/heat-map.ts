import type { WeeklyPattern } from '../../lambda/predictive-scaler/recommendation/load-patterns';
import { escapeHtml } from '../plots/html';

const WIDTH = 1100;
const LEFT = 48;
const TOP = 20;
const ROW = 26;
const HOURS = 24;
const LEGEND = 44;
const CELL = (WIDTH - LEFT) / HOURS;

/** Sunday is 0 in the patterns; weeks begin on Monday. */
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0];
const NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * One hue from light to dark, after ColorBrewer's Blues: readable with any colour vision and in black and white. Text on
 * the dark colours is white.
 */
const COLOURS = ['#f7fbff', '#deebf7', '#c6dbef', '#9ecae1', '#6baed6', '#2171b5', '#08519c', '#08306b'];
const FIRST_DARK = 5;

/** Which load of each hour is shown. */
export type HeatValue = 'mean' | 'max';

/**
 * Heat map of the hours of a week with a legend. Each cell shows its numbers when the pointer is over it.
 * @param top load of the darkest colour; maps with the same value can be compared
 */
export function heatMap(patterns: readonly WeeklyPattern[], value: HeatValue, top: number): string {
  const cells = new Map(patterns.map((pattern) => [`${pattern.weekday} ${pattern.hour}`, pattern]));
  const rows = WEEKDAYS.map((weekday, row) => {
    const hours = Array.from({ length: HOURS }, (_, hour) =>
      cell(cells.get(`${weekday} ${hour}`), value, top, { weekday, hour, row }),
    );
    const y = TOP + row * ROW + ROW / 2 + 4;
    return `<text x="0" y="${y}">${NAMES[weekday]?.slice(0, 3)}</text>${hours.join('')}`;
  });
  const heads = Array.from(
    { length: HOURS },
    (_, hour) => `<text class="middle" x="${middle(hour)}" y="${TOP - 6}">${twoDigits(hour)}</text>`,
  );
  const height = TOP + WEEKDAYS.length * ROW + LEGEND;
  const label =
    value === 'mean' ? 'Mean load of each hour of the week' : 'Busiest load of each hour of the week';
  return `<svg class="heat" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${[...heads, ...rows, legend(top)].join('')}</svg>`;
}

/** Highest load of the patterns. */
export function highestLoad(patterns: readonly WeeklyPattern[]): number {
  return patterns.reduce((most, { max }) => Math.max(most, max), 0);
}

interface Place {
  readonly weekday: number;
  readonly hour: number;
  readonly row: number;
}

function cell(
  pattern: WeeklyPattern | undefined,
  value: HeatValue,
  top: number,
  { weekday, hour, row }: Place,
): string {
  const y = TOP + row * ROW;
  const when = `${NAMES[weekday]} ${twoDigits(hour)}:00 to ${twoDigits((hour + 1) % HOURS)}:00`;
  const box = `x="${fixed(LEFT + hour * CELL)}" y="${y}" width="${fixed(CELL - 1)}" height="${ROW - 1}"`;
  if (!pattern) return `<g><title>${when}: not measured</title><rect class="unknown" ${box}/></g>`;
  const colour = colourOf(pattern[value], top);
  const title = `${when}: mean ${precise(pattern.mean)}, busiest ${precise(pattern.max)}`;
  const ink = colour >= FIRST_DARK ? 'light' : 'dark';
  const text = `<text class="middle ${ink}" x="${middle(hour)}" y="${y + ROW / 2 + 4}">${short(pattern[value])}</text>`;
  return `<g><title>${escapeHtml(title)}</title><rect fill="${COLOURS[colour]}" ${box}/>${text}</g>`;
}

/** A box for each colour, with the loads that it stands for. */
function legend(top: number): string {
  const y = TOP + WEEKDAYS.length * ROW + 12;
  const width = 2 * CELL;
  const boxes = COLOURS.map((colour, index) => {
    const x = LEFT + index * width;
    const from = short((index * top) / COLOURS.length);
    return `<rect fill="${colour}" x="${fixed(x)}" y="${y}" width="${fixed(width)}" height="12"/><text x="${fixed(x)}" y="${y + 26}">${from}</text>`;
  });
  const end = LEFT + COLOURS.length * width;
  return `${boxes.join('')}<text class="end" x="${fixed(end)}" y="${y + 26}">${short(top)}</text><text x="${fixed(end + 16)}" y="${y + 10}">load</text>`;
}

function colourOf(load: number, top: number): number {
  const share = top > 0 ? load / top : 0;
  return Math.min(COLOURS.length - 1, Math.floor(share * COLOURS.length));
}

/** Three digits at most, as a cell has no room for more. */
function short(load: number): string {
  const units = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  const [divisor, unit] = units.find(([size]) => load >= size * 0.9995) ?? [1, ''];
  return `${Number((load / divisor).toPrecision(load / divisor < 100 ? 2 : 3))}${unit}`;
}

function precise(load: number): string {
  return String(Number(load.toPrecision(5)));
}

function middle(hour: number): string {
  return fixed(LEFT + (hour + 0.5) * CELL - 0.5);
}

function twoDigits(hour: number): string {
  return String(hour).padStart(2, '0');
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)));
}
