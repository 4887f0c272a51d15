import { weightedMedian } from '../weighted-median';
import { type DecisionTree, growTree, leafOf, nodeCount } from './decision-tree';
import { type BinnedFeatures, binFeatures, type FeatureMatrix } from './feature-matrix';

/**
 * Gradient-boosted regression trees for the least absolute error, after Friedman (2001), "Greedy function
 * approximation: a gradient boosting machine", section 4.3 (LAD_TreeBoost): each tree is grown on the signs of the
 * residuals, and each of its leaves steps to the weighted median of its residuals. It is deterministic: there is no
 * sampling, and the first of equal splits wins. Training costs about rows x features x depth x trees additions, a
 * prediction depth x trees comparisons.
 */

/** Options of boosted trees. */
export interface BoostingOptions {
  /** Number of trees. */
  readonly trees: number;
  /** Levels of splits; a tree has at most 2^depth leaves. */
  readonly depth: number;
  /** Factor on each leaf's step, 0 to 1. */
  readonly learningRate: number;
  /** Fewest rows of a leaf. */
  readonly minLeafRows: number;
  /** Quantile bins of each feature, at most 254. */
  readonly bins: number;
  /** Each tree considers every n-th feature only, the next tree the next ones; 1 considers all. */
  readonly featureStride: number;
}

interface BoostedTree extends DecisionTree {
  /** Step of each leaf, by node. */
  readonly step: Float64Array;
}

/** A trained model; plain data. */
export interface BoostedTrees {
  /** Prediction before the first tree: the median of the targets. */
  readonly initial: number;
  /** Trees whose steps are added, in order. */
  readonly trees: readonly BoostedTree[];
}

/** Training data of the trees. */
interface Sample {
  readonly features: BinnedFeatures;
  readonly rows: Int32Array;
  /** Targets minus the prediction so far; each tree reduces them. */
  readonly residuals: Float64Array;
  readonly weights: Float64Array;
}

/** Trains the trees. @param weights weight of each row, positive */
export function trainBoostedTrees(
  matrix: FeatureMatrix,
  targets: Float64Array,
  weights: Float64Array,
  options: BoostingOptions,
): BoostedTrees {
  const rows = Int32Array.from({ length: matrix.rows }, (_, row) => row);
  const initial = weightedMedian(targets, weights, rows);
  const residuals = targets.map((target) => target - initial);
  const sample = { features: binFeatures(matrix, options.bins), rows, residuals, weights };
  const trees = Array.from({ length: options.trees }, (_, tree) =>
    boost(sample, tree % options.featureStride, options),
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
  for (const tree of trees) sum += tree.step[leafOf(tree, values, offset)] as number;
  return sum;
}

function boost(
  { features, rows, residuals, weights }: Sample,
  first: number,
  { learningRate, ...options }: BoostingOptions,
): BoostedTree {
  const gradients = residuals.map((residual, row) => Math.sign(residual) * (weights[row] as number));
  const step = new Float64Array(nodeCount(options.depth));
  const node = { rows, gradients, weights };
  const tree = growTree(features, node, { ...options, firstFeature: () => first }, (leaf, leafRows) => {
    const change = learningRate * weightedMedian(residuals, weights, leafRows);
    step[leaf] = change;
    for (const row of leafRows) residuals[row] = (residuals[row] as number) - change;
  });
  return { ...tree, step };
}
