import { type BinnedFeatures, binFeatures, type FeatureMatrix, MISSING_BIN } from './feature-matrix';
import { bestSplit, type Split } from './split';
import { weightedMedian } from './weighted-median';

/**
 * Gradient-boosted regression trees for the least absolute error, after Friedman (2001), "Greedy function
 * approximation: a gradient boosting machine", section 4.3 (LAD_TreeBoost): each tree is grown on the signs of the
 * residuals, and each of its leaves steps to the weighted median of its residuals. Deterministic: no sampling, ties go
 * to the first. Training costs about rows x features x depth x trees additions, a prediction depth x trees comparisons.
 */

export interface BoostingOptions {
  readonly trees: number;
  /** Levels of splits; a tree has at most 2^depth leaves. */
  readonly depth: number;
  /** Share of each leaf's step that is taken. */
  readonly learningRate: number;
  /** Fewest rows of a leaf. */
  readonly minLeafRows: number;
  /** Quantile bins of each feature, at most 254. */
  readonly bins: number;
  /** Each tree may split on every n-th feature only, the next tree on the next ones; 1: on all. */
  readonly featureStride: number;
}

/** Nodes in heap order: those below node n are 2n + 1 and 2n + 2. */
interface Tree {
  /** Feature of each inner node, -1 where the node is a leaf. */
  readonly feature: Int16Array;
  /** Rows with a value up to this go left. */
  readonly threshold: Float64Array;
  /** 1 where rows without a value go left. */
  readonly missingLeft: Uint8Array;
  /** Step of each leaf. */
  readonly step: Float64Array;
}

/** A trained model. */
export interface BoostedTrees {
  readonly initial: number;
  readonly trees: readonly Tree[];
}

/** What a tree is grown on. */
interface Sample {
  readonly features: BinnedFeatures;
  /** What is left to explain; each tree takes its part away. */
  readonly residuals: Float64Array;
  readonly weights: Float64Array;
}

/** @param weights importance of each row, positive */
export function trainBoostedTrees(
  matrix: FeatureMatrix,
  targets: Float64Array,
  weights: Float64Array,
  options: BoostingOptions,
): BoostedTrees {
  const rows = Int32Array.from({ length: matrix.rows }, (_, row) => row);
  const initial = weightedMedian(targets, weights, rows);
  const residuals = targets.map((target) => target - initial);
  const sample = { features: binFeatures(matrix, options.bins), residuals, weights };
  const trees = Array.from({ length: options.trees }, (_, tree) =>
    growTree(sample, rows, { ...options, first: tree % options.featureStride }),
  );
  return { initial, trees };
}

/** Prediction for the row of features that starts at `offset`. */
export function predictBoostedTrees(
  { initial, trees }: BoostedTrees,
  values: Float64Array,
  offset = 0,
): number {
  let sum = initial;
  for (const { feature, threshold, missingLeft, step } of trees) {
    let node = 0;
    for (let split = feature[0] as number; split >= 0; split = feature[node] as number) {
      const value = values[offset + split] as number;
      const left = Number.isNaN(value) ? missingLeft[node] === 1 : value <= (threshold[node] as number);
      node = 2 * node + (left ? 1 : 2);
    }
    sum += step[node] as number;
  }
  return sum;
}

function growTree(
  sample: Sample,
  allRows: Int32Array,
  options: BoostingOptions & { readonly first: number },
): Tree {
  const tree = emptyTree(options.depth);
  const gradients = sample.residuals.map(
    (residual, row) => Math.sign(residual) * (sample.weights[row] as number),
  );
  const { featureStride: stride, first, minLeafRows } = options;
  const pending = [{ node: 0, depth: 0, rows: allRows }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, depth, rows } = next;
    const split =
      depth < options.depth
        ? bestSplit(
            sample.features,
            { rows, gradients, weights: sample.weights },
            { first, stride, minLeafRows },
          )
        : undefined;
    if (split === undefined) {
      makeLeaf(tree, node, sample, rows, options.learningRate);
      continue;
    }
    const [left, right] = part(tree, node, sample.features, rows, split);
    pending.push({ node: 2 * node + 1, depth: depth + 1, rows: left });
    pending.push({ node: 2 * node + 2, depth: depth + 1, rows: right });
  }
  return tree;
}

function emptyTree(depth: number): Tree {
  const nodes = 2 ** (depth + 1) - 1;
  return {
    feature: new Int16Array(nodes).fill(-1),
    threshold: new Float64Array(nodes),
    missingLeft: new Uint8Array(nodes),
    step: new Float64Array(nodes),
  };
}

function makeLeaf(
  tree: Tree,
  node: number,
  { residuals, weights }: Sample,
  rows: Int32Array,
  rate: number,
): void {
  const step = rate * weightedMedian(residuals, weights, rows);
  tree.step[node] = step;
  for (const row of rows) residuals[row] = (residuals[row] as number) - step;
}

/** Writes the split into the tree; returns the rows of either side. */
function part(
  tree: Tree,
  node: number,
  { bins, edges }: BinnedFeatures,
  rows: Int32Array,
  { feature, bin, missingLeft }: Split,
): [left: Int32Array, right: Int32Array] {
  tree.feature[node] = feature;
  tree.threshold[node] = (edges[feature] as Float64Array)[bin] as number;
  tree.missingLeft[node] = missingLeft ? 1 : 0;
  const column = bins[feature] as Uint8Array;
  const goesLeft = (row: number) =>
    column[row] === MISSING_BIN ? missingLeft : (column[row] as number) <= bin;
  return [rows.filter(goesLeft), rows.filter((row) => !goesLeft(row))];
}
