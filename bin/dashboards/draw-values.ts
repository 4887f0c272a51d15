import { exampleGaugeValue, exampleNumbers } from './example-data';
import { formatValue } from './format-value';
import type { AlarmsPanel, GaugePanel, NumbersPanel, TablePanel } from './picture';
import { type Box, FAINT, LEGEND_SIZE } from './style';
import { GRID_LINE, line, round, text, widthOf } from './svg';

/** What an alarm that is not going off is shown in. */
const OK_COLOUR = '#009E73';

/** Half a circle with the two sides of the limit around it, and the value in the colour of its side. */
export function drawGauge(panel: GaugePanel, box: Box): string {
  const { keptColour, label, limit, max, min } = panel;
  const value = exampleGaugeValue(panel);
  const radius = Math.min(box.width / 2 - 16, box.height - 26);
  const centre = { x: box.x + box.width / 2, y: box.y + radius + 6 };
  const shareOf = (of: number) => (of - min) / (max - min);
  const [low, high] = limit.missed === 'above' ? [keptColour, limit.colour] : [limit.colour, keptColour];
  const edge = shareOf(limit.value);
  return [
    arc({ centre, radius, width: 4 }, [0, edge], low),
    arc({ centre, radius, width: 4 }, [edge, 1], high),
    arc({ centre, radius: radius - 11, width: 13 }, [0, 1], GRID_LINE),
    arc({ centre, radius: radius - 11, width: 13 }, [0, shareOf(value)], keptColour),
    text(centre.x, centre.y - 2, formatValue(value), { size: 21, bold: true, anchor: 'middle' }),
    text(centre.x - radius + 9, centre.y + 15, formatValue(min), { ...FAINT, anchor: 'middle' }),
    text(centre.x + radius - 9, centre.y + 15, formatValue(max), { ...FAINT, anchor: 'middle' }),
    text(centre.x, centre.y + 15, label, { ...FAINT, anchor: 'middle' }),
  ].join('\n');
}

/** Part of the half circle, both ends as shares of it from the left. */
function arc(
  { centre, radius, width }: { centre: { x: number; y: number }; radius: number; width: number },
  [from, to]: readonly [from: number, to: number],
  colour: string,
): string {
  const point = (share: number) => {
    const angle = Math.PI * (1 - share);
    return `${round(centre.x + radius * Math.cos(angle))} ${round(centre.y - radius * Math.sin(angle))}`;
  };
  const ends = `M ${point(from)} A ${round(radius)} ${round(radius)} 0 0 1 ${point(to)}`;
  return `<path d="${ends}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
}

/** Numbers side by side, each with its name. */
export function drawNumbers(panel: NumbersPanel, box: Box): string {
  const width = box.width / panel.labels.length;
  return exampleNumbers(panel)
    .map((value, index) => {
      const x = box.x + (index + 0.5) * width;
      const label = panel.labels[index] ?? '';
      const middle = box.y + box.height / 2;
      const content = `${formatValue(value)}${panel.unit === '' ? '' : ` ${panel.unit}`}`;
      const size = Math.min(34, box.height / 2.2, (34 * width) / widthOf(content, 34, true));
      return [
        text(x, middle + size / 4, content, { size, bold: true, anchor: 'middle', colour: panel.colour }),
        text(x, middle + size / 4 + 20, label, { ...FAINT, anchor: 'middle', width }),
      ].join('\n');
    })
    .join('\n');
}

/** Names of alarms, none of which goes off, in as many columns as they need. */
export function drawAlarms({ names }: AlarmsPanel, box: Box): string {
  const lineHeight = names.length > 6 ? 18 : 30;
  const perColumn = Math.max(1, Math.floor(box.height / lineHeight));
  const columns = Math.max(1, Math.ceil(names.length / perColumn));
  const width = box.width / columns;
  return names
    .map((name, index) => {
      const x = box.x + Math.floor(index / perColumn) * width;
      const y = box.y + (index % perColumn) * lineHeight;
      return [
        `<rect x="${round(x)}" y="${round(y + 2)}" width="${round(width - 8)}" height="${lineHeight - 4}" rx="3" fill="#E6F5F0"/>`,
        `<circle cx="${round(x + 10)}" cy="${round(y + lineHeight / 2)}" r="4" fill="${OK_COLOUR}"/>`,
        text(x + 20, y + lineHeight / 2 + 4, name, { size: LEGEND_SIZE - 0.5, width: width - 34 }),
      ].join('\n');
    })
    .join('\n');
}

/** Rows with a number in each column. */
export function drawTable({ columns, rows, title }: TablePanel, box: Box): string {
  const width = box.width / (columns.length + 1);
  const cell = (column: number, row: number, content: string, bold = false) =>
    text(box.x + column * width + 6, box.y + 18 + row * 28, content, {
      size: LEGEND_SIZE,
      bold,
      width: width - 8,
    });
  return [
    ...columns.map((name, index) => cell(index + 1, 0, name, true)),
    ...rows.flatMap((row, index) => [
      line(
        box.x,
        box.y + 28 * (index + 1),
        box.x + box.width,
        box.y + 28 * (index + 1),
        `stroke="${GRID_LINE}"`,
      ),
      cell(0, index + 1, row),
      ...columns.map((name, column) => cell(column + 1, index + 1, exampleCell(title, row, name))),
    ]),
  ].join('\n');
}

function exampleCell(title: string, row: string, label: string): string {
  const place = { x: 0, y: 0, width: 0, height: 0 };
  const panel = {
    kind: 'numbers',
    title: title + row,
    unit: '',
    labels: [label],
    colour: '',
    ...place,
  } as const;
  return formatValue(exampleNumbers(panel)[0] ?? 0);
}
