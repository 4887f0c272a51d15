/** Text and shapes of an SVG, as strings. */

export const INK = '#1F2933';
export const FAINT_INK = '#616E7C';
export const GRID_LINE = '#E4E7EB';

/** Mean width of a character of the usual sans-serif fonts, as a share of the font's size. */
const CHARACTER_WIDTH = { regular: 0.48, bold: 0.54 };

export interface TextStyle {
  /** px. */
  readonly size: number;
  /** @default INK */
  readonly colour?: string;
  /** @default false */
  readonly bold?: boolean;
  /** @default 'start' */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Longest width, px; what is longer is cut. @default - any */
  readonly width?: number;
}

export function text(x: number, y: number, content: string, style: TextStyle): string {
  const { size, colour = INK, bold = false, anchor = 'start', width = Number.POSITIVE_INFINITY } = style;
  const attributes = [
    `x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${colour}"`,
    ...(bold ? ['font-weight="600"'] : []),
    ...(anchor === 'start' ? [] : [`text-anchor="${anchor}"`]),
  ].join(' ');
  return `<text ${attributes}>${escapeXml(shorten(content, size, width, bold))}</text>`;
}

/** Width that a text takes, px. */
export function widthOf(content: string, size: number, bold = false): number {
  return content.length * size * CHARACTER_WIDTH[bold ? 'bold' : 'regular'];
}

/** Breaks a text into lines of at most `width` px. */
export function wrap(content: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(/\s+/)) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (lines.length > 0 && widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

export function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${attributes}/>`;
}

/** A tenth of a pixel is more than an eye sees. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shorten(content: string, size: number, width: number, bold: boolean): string {
  if (widthOf(content, size, bold) <= width) return content;
  const characters = Math.max(1, Math.floor(width / widthOf('x', size, bold)) - 1);
  return `${content.slice(0, characters).trimEnd()}…`;
}
