import { FAINT_INK, type TextStyle } from './svg';

/** A rectangle, px. */
export interface Box {
  /** Left edge. */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** From the left to the right edge. */
  readonly width: number;
  /** From the upper to the lower edge. */
  readonly height: number;
}

/** Font sizes, px; the picture is 1,200 px wide and shown at about 900. */
export const TITLE_SIZE = 14;
export const LEGEND_SIZE = 12;

/** Axes and other things that are only looked for. */
export const FAINT: TextStyle = { size: 11.5, colour: FAINT_INK };
