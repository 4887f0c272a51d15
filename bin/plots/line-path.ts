/** A value at a place on the horizontal axis; NaN: unknown. */
export type Point = readonly [at: number, value: number];

/** Where a place and a value are in the picture, px. */
export interface Axes {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

/** The data of an SVG path through points; where one is unknown it is interrupted, or goes on to the next. */
export function linePath(points: readonly Point[], { x, y }: Axes, interrupts = true): string {
  let pen = 'M';
  return points
    .map((point) => {
      if (!isKnown(point)) {
        if (interrupts) pen = 'M';
        return '';
      }
      const step = `${pen}${tenth(x(point[0]))} ${tenth(y(point[1]))}`;
      pen = 'L';
      return step;
    })
    .join('');
}

export function isKnown([, value]: Point): boolean {
  return !Number.isNaN(value);
}

/** A tenth of a pixel is more than an eye sees. */
export function tenth(value: number): string {
  return String(Number(value.toFixed(1)));
}
