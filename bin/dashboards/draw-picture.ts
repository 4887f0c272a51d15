import { drawGraph } from './draw-graph';
import { drawText } from './draw-text';
import { drawAlarms, drawGauge, drawNumbers, drawTable } from './draw-values';
import type { Panel, Picture } from './picture';
import { type Box, FAINT, TITLE_SIZE } from './style';
import { escapeXml, round, text } from './svg';

/** Width of a picture and its parts, px. */
const WIDTH = 1200;
const GRID_COLUMNS = 24;
const HEADER = 34;
const GAP = 3;
const PADDING = 10;
const TITLE_HEIGHT = 30;

/** A dashboard as SVG, with curves that are examples and say so: the same picture for the same layout. */
export function drawPicture({ panels, rowHeight, system, title }: Picture): string {
  const rows = Math.max(0, ...panels.map(({ y, height }) => y + height));
  const height = HEADER + rows * rowHeight + 4;
  const note = `${system} · example data, drawn from the dashboard’s JSON`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="Helvetica, Arial, sans-serif" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml(note)}</desc>`,
    `<rect width="${WIDTH}" height="${height}" fill="#F2F4F7"/>`,
    text(PADDING, 22, title, { size: 16, bold: true }),
    text(WIDTH - PADDING, 22, note, { ...FAINT, size: 13, anchor: 'end' }),
    ...panels.map((panel) => drawPanel(panel, rowHeight)),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(panel: Panel, rowHeight: number): string {
  const column = WIDTH / GRID_COLUMNS;
  const outer: Box = {
    x: panel.x * column + GAP,
    y: HEADER + panel.y * rowHeight + GAP,
    width: panel.width * column - 2 * GAP,
    height: panel.height * rowHeight - 2 * GAP,
  };
  if (panel.kind === 'heading') {
    return text(outer.x + 6, outer.y + outer.height / 2 + 6, panel.title, {
      size: 15,
      bold: true,
      width: outer.width,
    });
  }
  const titleHeight = panel.title === '' ? PADDING : TITLE_HEIGHT;
  const inner: Box = {
    x: outer.x + PADDING,
    y: outer.y + titleHeight,
    width: outer.width - 2 * PADDING,
    height: outer.height - titleHeight - 6,
  };
  return [
    `<rect x="${round(outer.x)}" y="${round(outer.y)}" width="${round(outer.width)}" height="${round(outer.height)}" rx="4" fill="#FFFFFF" stroke="#D9DEE4"/>`,
    text(outer.x + PADDING, outer.y + 20, panel.title, {
      size: outer.width < 220 ? TITLE_SIZE - 1.5 : TITLE_SIZE,
      bold: true,
      width: outer.width - 2 * PADDING,
    }),
    drawContent(panel, inner),
  ].join('\n');
}

function drawContent(panel: Exclude<Panel, { kind: 'heading' }>, box: Box): string {
  switch (panel.kind) {
    case 'graph':
      return drawGraph(panel, { ...box, y: box.y + 8, height: box.height - 8 });
    case 'gauge':
      return drawGauge(panel, box);
    case 'numbers':
      return drawNumbers(panel, box);
    case 'alarms':
      return drawAlarms(panel, box);
    case 'table':
      return drawTable(panel, box);
    case 'text':
      return drawText(panel, box);
  }
}
