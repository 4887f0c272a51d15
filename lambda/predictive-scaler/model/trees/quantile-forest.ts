import { type DecisionTree, growTree, leafOf, nodeCount } from './decision-tree';
import { type BinnedFeatures, binFeatures, type FeatureMatrix } from './feature-matrix';

/**
 * Quantile regression forest, after Meinshausen (2006), "Quantile regression forests": trees group rows by their
 * targets; a forecast is the distribution of the targets in the leaves that it reaches. It can represent a bimodal load
 * (with and without a pulse), which errors around a single forecast cannot. It is deterministic: the number of a tree
 * decides which rows and features it uses. Training costs about rows x features x depth x trees / featureStride
 * additions.
 */

/** Options of a forest. */
export interface ForestOptions {
  /** Number of trees. */
  readonly trees: number;
  /** Levels of splits of each tree. */
  readonly depth: number;
  /** Fewest rows of a leaf. */
  readonly minLeafRows: number;
  /** Quantile bins of each feature, at most 254. */
  readonly bins: number;
  /** Each node considers every n-th feature only; 1 considers all. */
  readonly featureStride: number;
}

interface ForestTree extends DecisionTree {
  /** Index in `ranks` at which the rows of each node begin; they end where those of the next node begin. */
  readonly start: Uint32Array;
  /** Rows by leaf, as ranks of their targets. */
  readonly ranks: Uint16Array;
}

/** A trained model; plain data. */
export interface QuantileForest {
  /** Targets of all rows, ascending. */
  readonly targets: Float64Array;
  /** Trees with the rows of their leaves. */
  readonly trees: readonly ForestTree[];
}

/** Number of rows in ten that a tree uses. */
const SEEN_OF_TEN = 7;

/**
 * Trains a forest.
 * @param blocks block of each row; a tree uses all rows of a block or none, because neighbouring rows are similar
 */
export function trainForest(
  matrix: FeatureMatrix,
  targets: Float64Array,
  blocks: ArrayLike<number>,
  options: ForestOptions,
): QuantileForest {
  const rows = Int32Array.from({ length: matrix.rows }, (_, row) => row);
  const order = rows.slice().sort((a, b) => (targets[a] as number) - (targets[b] as number) || a - b);
  const ranks = new Uint16Array(matrix.rows);
  for (const [rank, row] of order.entries()) ranks[row] = rank;
  const features = binFeatures(matrix, options.bins);
  const trees = Array.from({ length: options.trees }, (_, number) => {
    const seen = rows.filter((row) => isSeen(blocks[row] as number, number));
    return growForestTree(features, seen, ranks, number, options);
  });
  return { targets: Float64Array.from(order, (row) => targets[row] as number), trees };
}

/** Quantiles at ascending levels, 0 to 1, for the row of features that starts at `offset`. */
export function forestQuantiles(
  { targets, trees }: QuantileForest,
  levels: readonly number[],
  values: Float64Array,
  offset = 0,
): number[] {
  const weights = new Float64Array(targets.length);
  for (const tree of trees) {
    const node = leafOf(tree, values, offset);
    const [from, to] = [tree.start[node] as number, tree.start[node + 1] as number];
    const share = 1 / ((to - from) * trees.length);
    for (let at = from; at < to; at += 1) {
      const rank = tree.ranks[at] as number;
      weights[rank] = (weights[rank] as number) + share;
    }
  }
  let sum = 0;
  let rank = -1;
  return levels.map((level) => {
    // The sum of all shares may differ from 1 by rounding.
    while (rank < targets.length - 1 && sum < level - 1e-9) {
      rank += 1;
      sum += weights[rank] as number;
    }
    return targets[Math.max(0, rank)] as number;
  });
}

/** Grows a tree on ranks, so that one pulse ten times as high as the others does not dominate it. */
function growForestTree(
  features: BinnedFeatures,
  rows: Int32Array,
  ranks: Uint16Array,
  number: number,
  options: ForestOptions,
): ForestTree {
  const middle = (ranks.length - 1) / 2;
  const gradients = Float64Array.from(ranks, (rank) => rank - middle);
  const weights = new Float64Array(ranks.length).fill(1);
  const leaves: Uint16Array[] = [];
  const firstFeature = (level: number) => (number + level) % options.featureStride;
  const tree = growTree(
    features,
    { rows, gradients, weights },
    { ...options, firstFeature },
    (node, leafRows) => {
      leaves[node] = Uint16Array.from(leafRows, (row) => ranks[row] as number);
    },
  );
  return { ...tree, ...concatenated(leaves, nodeCount(options.depth)) };
}

function concatenated(leaves: readonly (Uint16Array | undefined)[], nodes: number) {
  const start = new Uint32Array(nodes + 1);
  for (let node = 0; node < nodes; node += 1) {
    start[node + 1] = (start[node] as number) + (leaves[node]?.length ?? 0);
  }
  const ranks = new Uint16Array(start[nodes] as number);
  for (let node = 0; node < nodes; node += 1) {
    const leaf = leaves[node];
    if (leaf) ranks.set(leaf, start[node]);
  }
  return { start, ranks };
}

/** Whether a tree uses a block: pseudo-random but deterministic (Knuth's multiplicative hash). */
function isSeen(block: number, tree: number): boolean {
  const mixed = Math.imul(block + 1, 0x9e3779b1) ^ Math.imul(tree + 1, 0x85ebca6b);
  return (Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 8) % 10 < SEEN_OF_TEN;
}
