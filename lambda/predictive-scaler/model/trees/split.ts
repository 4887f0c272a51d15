import { type BinnedFeatures, MISSING_BIN } from './feature-matrix';

/** Where the rows of a node part. */
export interface Split {
  readonly feature: number;
  /** Last bin that goes left. */
  readonly bin: number;
  /** Whether rows without a value go left. */
  readonly missingLeft: boolean;
}

/** Rows of a node and what each pulls the prediction to. */
export interface NodeRows {
  readonly rows: Int32Array;
  /** Sign of the residual times the weight, by row of the matrix. */
  readonly gradients: Float64Array;
  readonly weights: Float64Array;
}

/** Which features may be split on: every `stride`-th from `first` on. */
export interface SplitOptions {
  readonly first: number;
  readonly stride: number;
  /** Fewest rows on either side. */
  readonly minLeafRows: number;
}

const BINS = 256;

/** Sums by bin of one feature; made once, for it is filled for every node and feature. */
const histogram = {
  gradients: new Float64Array(BINS),
  weights: new Float64Array(BINS),
  counts: new Int32Array(BINS),
};

/**
 * The split with the largest gain G_l^2/W_l + G_r^2/W_r over that of no split; of equal ones the first. Undefined where
 * none gains or leaves enough rows on both sides.
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
      const found = bestBin(last, missingLeft, node.rows.length, total, options.minLeafRows, gain);
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

/** The best last bin of the left side, where it gains more than `least`. */
function bestBin(
  last: number,
  missingLeft: boolean,
  rows: number,
  total: Totals,
  minLeafRows: number,
  least: number,
): { bin: number; gain: number } | undefined {
  let gradient = missingLeft ? (histogram.gradients[MISSING_BIN] as number) : 0;
  let weight = missingLeft ? (histogram.weights[MISSING_BIN] as number) : 0;
  let count = missingLeft ? (histogram.counts[MISSING_BIN] as number) : 0;
  let best: { bin: number; gain: number } | undefined;
  for (let bin = 0; bin < last; bin += 1) {
    gradient += histogram.gradients[bin] as number;
    weight += histogram.weights[bin] as number;
    count += histogram.counts[bin] as number;
    if (count < minLeafRows) continue;
    if (rows - count < minLeafRows) break;
    const gain = gainOf(gradient, weight) + gainOf(total.gradient - gradient, total.weight - weight);
    if (gain > (best?.gain ?? least)) best = { bin, gain };
  }
  return best;
}
