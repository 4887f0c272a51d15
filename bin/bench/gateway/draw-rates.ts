import { CONNECTIONS, type GatewayFigures, type LoadRow, NAMES } from './measure-gateway';

const WIDTH = 900;
const HEIGHT = 300;
const LEFT = 70;
const TOP = 40;
const BOTTOM = 40;

/** Colours of the targets, in the order of `NAMES`; told apart also without colours by their order. */
const COLOURS = ['#9aa5b1', '#5b8def', '#1f7a4d', '#c9822b'];

/** Bars of the answers a second: a picture for whole and one for streamed calls. */
export function drawRates({ loads }: GatewayFigures): string {
  const pictures = [false, true].map((streamed, index) => panel(loads, streamed, index * HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${2 * HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<title>Answers a second of a provider, a bare route, the gateway and a peer</title>',
    `<rect width="${WIDTH}" height="${2 * HEIGHT}" fill="white"/>`,
    ...pictures,
    '</svg>',
    '',
  ].join('\n');
}

function panel(loads: readonly LoadRow[], streamed: boolean, offset: number): string {
  const rows = loads.filter((load) => load.streamed === streamed);
  const most = Math.max(...rows.map(({ rate }) => rate), 1);
  const plotHeight = HEIGHT - TOP - BOTTOM;
  const groupWidth = (WIDTH - LEFT) / CONNECTIONS.length;
  const barWidth = groupWidth / (NAMES.length + 1);
  const bars = rows.map(({ name, connections, rate }) => {
    const series = NAMES.indexOf(name);
    const x =
      LEFT + (CONNECTIONS as readonly number[]).indexOf(connections) * groupWidth + (series + 0.5) * barWidth;
    const height = (rate / most) * plotHeight;
    const y = TOP + plotHeight - height;
    const value = `<text x="${round(x + barWidth / 2)}" y="${round(y - 4)}" text-anchor="middle">${Math.round(rate).toLocaleString('en')}</text>`;
    return `<rect x="${round(x)}" y="${round(y)}" width="${round(barWidth - 4)}" height="${round(height)}" fill="${COLOURS[series]}"/>${value}`;
  });
  const groups = CONNECTIONS.map((connections, index) => {
    const x = LEFT + (index + 0.5) * groupWidth;
    return `<text x="${round(x)}" y="${HEIGHT - 16}" text-anchor="middle">${connections} connection${connections === 1 ? '' : 's'}</text>`;
  });
  const legend = NAMES.map(
    (name, index) =>
      `<rect x="${LEFT + 230 + index * 110}" y="10" width="12" height="12" fill="${COLOURS[index]}"/><text x="${LEFT + 248 + index * 110}" y="20">${name}</text>`,
  );
  const title = `<text x="${LEFT}" y="20" font-weight="bold">${streamed ? 'Streamed' : 'Whole'} calls a second</text>`;
  return `<g transform="translate(0 ${offset})">${[title, ...legend, ...groups, ...bars].join('\n')}</g>`;
}

function round(value: number): string {
  return value.toFixed(1);
}
