import type { TextPanel } from './picture';
import { type Box, LEGEND_SIZE } from './style';
import { text, wrap } from './svg';

const HEADING_SIZE = 19;
const BODY_SIZE = 13;

/** Markdown as far as the dashboards use it: headings, paragraphs, list items; links by their names. */
export function drawText({ markdown }: TextPanel, box: Box): string {
  let y = box.y;
  const drawn: string[] = [];
  for (const paragraph of markdown.split('\n').filter((one) => one !== '')) {
    const [, heading] = /^#+ (.*)$/.exec(paragraph) ?? [];
    const size = heading === undefined ? BODY_SIZE : HEADING_SIZE;
    for (const content of wrap(plain(heading ?? paragraph), size, box.width)) {
      y += size + 6;
      if (y <= box.y + box.height + LEGEND_SIZE / 2) {
        drawn.push(text(box.x, y - 2, content, { size, bold: heading !== undefined }));
      }
    }
  }
  return drawn.join('\n');
}

function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/^- /, '• ')
    .replace(/\*\*|`/g, '');
}
