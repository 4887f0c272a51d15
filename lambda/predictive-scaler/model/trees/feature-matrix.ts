/** A matrix of features. */
export interface FeatureMatrix {
  /** Number of rows. */
  readonly rows: number;
  /** Number of features. */
  readonly columns: number;
  /** Values, row-major; NaN where unknown. */
  readonly values: Float64Array;
}

/** Bin of unknown values. */
export const MISSING_BIN = 255;

/** Features in quantile bins, so that a split is found by counting. */
export interface BinnedFeatures {
  /** Upper edges of the bins, without the last bin, by column. */
  readonly edges: readonly Float64Array[];
  /** Bin of every row, by column. */
  readonly bins: readonly Uint8Array[];
}

/** Assigns the values of each column to quantile bins. @param most largest number of bins, at most 254 */
export function binFeatures(matrix: FeatureMatrix, most: number): BinnedFeatures {
  const edges: Float64Array[] = [];
  const bins: Uint8Array[] = [];
  for (let column = 0; column < matrix.columns; column += 1) {
    const values = columnOf(matrix, column);
    const upper = quantileEdges(values, most);
    edges.push(upper);
    bins.push(Uint8Array.from(values, (value) => binOf(value, upper)));
  }
  return { edges, bins };
}

function columnOf({ rows, columns, values }: FeatureMatrix, column: number): Float64Array {
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) result[row] = values[row * columns + column] as number;
  return result;
}

/** Edges halfway between neighbouring values, so that equal values share a bin. */
function quantileEdges(values: Float64Array, bins: number): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const edges: number[] = [];
  for (let bin = 1; bin < bins; bin += 1) {
    const index = Math.floor((bin * sorted.length) / bins);
    const [below, above] = [sorted[index - 1], sorted[index]];
    if (below === undefined || above === undefined || below === above) continue;
    const edge = below + (above - below) / 2;
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  return Float64Array.from(edges);
}

/** Number of edges below a value. */
function binOf(value: number, edges: Float64Array): number {
  if (Number.isNaN(value)) return MISSING_BIN;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (edges[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
