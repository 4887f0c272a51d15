import { type BinnedFeatures, MISSING_BIN } from './feature-matrix';
import { bestSplit, type NodeRows, type Split } from './split';

/** A binary tree. Nodes are in heap order: the children of node n are 2n + 1 and 2n + 2. */
export interface DecisionTree {
  /** Feature on which each node splits; -1 for a leaf. */
  readonly feature: Int16Array;
  /** Rows with a value up to this go left. */
  readonly threshold: Float64Array;
  /** 1 where rows without a value go left. */
  readonly missingLeft: Uint8Array;
}

/** Options of a tree. */
export interface TreeOptions {
  /** Levels of splits; a tree has at most 2^depth leaves. */
  readonly depth: number;
  /** Fewest rows of a leaf. */
  readonly minLeafRows: number;
  /** Each node considers every n-th feature only; 1 considers all. */
  readonly featureStride: number;
  /** First considered feature, by the level of the node. */
  readonly firstFeature: (level: number) => number;
}

/** Grows a tree that separates positive from negative gradients, and calls `onLeaf` for each leaf with its rows. */
export function growTree(
  features: BinnedFeatures,
  { rows: allRows, gradients, weights }: NodeRows,
  { depth, minLeafRows, featureStride: stride, firstFeature }: TreeOptions,
  onLeaf: (node: number, rows: Int32Array) => void,
): DecisionTree {
  const tree = emptyTree(depth);
  const pending = [{ node: 0, level: 0, rows: allRows }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, level, rows } = next;
    const options = { first: firstFeature(level), stride, minLeafRows };
    const split = level < depth ? bestSplit(features, { rows, gradients, weights }, options) : undefined;
    if (split === undefined) {
      onLeaf(node, rows);
      continue;
    }
    const [left, right] = splitRows(tree, node, features, rows, split);
    pending.push({ node: 2 * node + 1, level: level + 1, rows: left });
    pending.push({ node: 2 * node + 2, level: level + 1, rows: right });
  }
  return tree;
}

/** Leaf of the row of features that starts at `offset`. */
export function leafOf(
  { feature, threshold, missingLeft }: DecisionTree,
  values: Float64Array,
  offset: number,
): number {
  let node = 0;
  for (let split = feature[0] as number; split >= 0; split = feature[node] as number) {
    const value = values[offset + split] as number;
    const left = Number.isNaN(value) ? missingLeft[node] === 1 : value <= (threshold[node] as number);
    node = 2 * node + (left ? 1 : 2);
  }
  return node;
}

/** Number of nodes of a tree with `depth` levels of splits. */
export function nodeCount(depth: number): number {
  return 2 ** (depth + 1) - 1;
}

function emptyTree(depth: number): DecisionTree {
  const nodes = nodeCount(depth);
  return {
    feature: new Int16Array(nodes).fill(-1),
    threshold: new Float64Array(nodes),
    missingLeft: new Uint8Array(nodes),
  };
}

/** Writes the split into the tree, and returns the rows of both sides. */
function splitRows(
  tree: DecisionTree,
  node: number,
  { bins, edges }: BinnedFeatures,
  rows: Int32Array,
  { feature, bin, missingLeft }: Split,
): [left: Int32Array, right: Int32Array] {
  tree.feature[node] = feature;
  tree.threshold[node] = (edges[feature] as Float64Array)[bin] as number;
  tree.missingLeft[node] = missingLeft ? 1 : 0;
  const column = bins[feature] as Uint8Array;
  const missing = MISSING_BIN;
  const left = new Int32Array(rows.length);
  const right = new Int32Array(rows.length);
  let lefts = 0;
  let rights = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as number;
    const value = column[row] as number;
    if (value === missing ? missingLeft : value <= bin) {
      left[lefts] = row;
      lefts += 1;
    } else {
      right[rights] = row;
      rights += 1;
    }
  }
  return [left.subarray(0, lefts), right.subarray(0, rights)];
}
