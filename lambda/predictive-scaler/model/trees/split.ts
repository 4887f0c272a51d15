import { type BinnedFeatures, MISSING_BIN } from './feature-matrix';

/** A split of a node's rows. */
export interface Split {
  /** Column of the feature. */
  readonly feature: number;
  /** Last bin that goes left. */
  readonly bin: number;
  /** Whether rows without a value go left. */
  readonly missingLeft: boolean;
}

/** Rows of a node with their gradients. */
export interface NodeRows {
  /** Row numbers in the matrix. */
  readonly rows: Int32Array;
  /** Direction in which each row pulls the prediction, times its weight; by row of the matrix. */
  readonly gradients: Float64Array;
  /** Weight of each row of the matrix. */
  readonly weights: Float64Array;
}

/** Features to consider, and the smallest side of a split. */
export interface SplitOptions {
  /** First considered feature. */
  readonly first: number;
  /** Distance to the next considered feature. */
  readonly stride: number;
  /** Fewest rows on either side. */
  readonly minLeafRows: number;
}

const BINS = 256;

/** Sums by bin of one feature; reused for every node and feature. */
const histogram = {
  gradients: new Float64Array(BINS),
  weights: new Float64Array(BINS),
  counts: new Int32Array(BINS),
};

/**
 * The split with the largest gain G_l^2/W_l + G_r^2/W_r over that of no split; the first of equal ones. Undefined where
 * no split gains, or leaves enough rows on both sides.
 */
export function bestSplit(
  features: BinnedFeatures,
  node: NodeRows,
  options: SplitOptions,
): Split | undefined {
  if (node.rows.length < 2 * options.minLeafRows) return undefined;
  const total = totalsOf(node);
  let best: Split | undefined;
  let gain = gainOf(total.gradient, total.weight) * (1 + 1e-12);
  for (let feature = options.first; feature < features.bins.length; feature += options.stride) {
    const last = (features.edges[feature] as Float64Array).length;
    if (last === 0) continue;
    fillHistogram(features.bins[feature] as Uint8Array, node);
    const hasMissing = (histogram.counts[MISSING_BIN] as number) > 0;
    for (const missingLeft of hasMissing ? [true, false] : [true]) {
      const found = bestBin({
        binCount: last,
        missingLeft,
        rows: node.rows.length,
        total,
        minLeafRows: options.minLeafRows,
        minGain: gain,
      });
      if (found === undefined) continue;
      gain = found.gain;
      best = { feature, bin: found.bin, missingLeft };
    }
  }
  return best;
}

interface Totals {
  readonly gradient: number;
  readonly weight: number;
}

function totalsOf({ rows, gradients, weights }: NodeRows): Totals {
  let gradient = 0;
  let weight = 0;
  for (const row of rows) {
    gradient += gradients[row] as number;
    weight += weights[row] as number;
  }
  return { gradient, weight };
}

function gainOf(gradient: number, weight: number): number {
  return weight > 0 ? (gradient * gradient) / weight : 0;
}

function fillHistogram(bins: Uint8Array, node: NodeRows): void {
  const { rows, gradients, weights } = node;
  const sums = histogram.gradients.fill(0);
  const totals = histogram.weights.fill(0);
  const counts = histogram.counts.fill(0);
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as number;
    const bin = bins[row] as number;
    sums[bin] = (sums[bin] as number) + (gradients[row] as number);
    totals[bin] = (totals[bin] as number) + (weights[row] as number);
    counts[bin] = (counts[bin] as number) + 1;
  }
}

interface BinSearch {
  /** Number of bins that may be the last one on the left. */
  readonly binCount: number;
  /** Whether rows without a value go left. */
  readonly missingLeft: boolean;
  /** Number of rows of the node. */
  readonly rows: number;
  /** Sums over all rows of the node. */
  readonly total: Totals;
  /** Fewest rows on either side. */
  readonly minLeafRows: number;
  /** Gain that a split must exceed. */
  readonly minGain: number;
}

/** The best last bin of the left side; undefined where none gains more than `minGain`. */
function bestBin({
  binCount,
  missingLeft,
  rows,
  total,
  minLeafRows,
  minGain,
}: BinSearch): { bin: number; gain: number } | undefined {
  let gradient = missingLeft ? (histogram.gradients[MISSING_BIN] as number) : 0;
  let weight = missingLeft ? (histogram.weights[MISSING_BIN] as number) : 0;
  let count = missingLeft ? (histogram.counts[MISSING_BIN] as number) : 0;
  let best: { bin: number; gain: number } | undefined;
  for (let bin = 0; bin < binCount; bin += 1) {
    gradient += histogram.gradients[bin] as number;
    weight += histogram.weights[bin] as number;
    count += histogram.counts[bin] as number;
    if (count < minLeafRows) continue;
    if (rows - count < minLeafRows) break;
    const gain = gainOf(gradient, weight) + gainOf(total.gradient - gradient, total.weight - weight);
    if (gain > (best?.gain ?? minGain)) best = { bin, gain };
  }
  return best;
}
