import { GRID_COLUMNS, type Panel, type PanelContent } from './grafana';

/** Height of a heading, grid rows. */
const HEADING_HEIGHT = 1;

/** Panels side by side, of equal height and width. */
export interface Line {
  /** Height of every panel, grid rows. */
  readonly height: number;
  /** From left to right; their number divides 24. */
  readonly panels: readonly PanelContent[];
}

/** Lines under a heading. */
export interface Section {
  /** Text of the heading. */
  readonly title: string;
  /** From top to bottom. */
  readonly lines: readonly Line[];
}

/** Heights that panels of a kind need, grid rows. */
export const HEIGHT = { stat: 4, graph: 8, table: 10, text: 5 } as const;

/** Numbers the panels and gives each its place, from left to right and from top to bottom. */
export function arrange(sections: readonly Section[]): Panel[] {
  const panels: Panel[] = [];
  let y = 0;
  const place = (content: PanelContent, x: number, w: number, h: number) =>
    panels.push({ ...content, id: panels.length + 1, gridPos: { x, y, w, h } });
  for (const { title, lines } of sections) {
    place({ type: 'row', title, collapsed: false, panels: [] }, 0, GRID_COLUMNS, HEADING_HEIGHT);
    y += HEADING_HEIGHT;
    for (const line of lines) {
      const width = GRID_COLUMNS / line.panels.length;
      for (const [index, panel] of line.panels.entries()) place(panel, index * width, width, line.height);
      y += line.height;
    }
  }
  return panels;
}
