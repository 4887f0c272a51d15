import { forecastByAnalogs } from './analogs';
import type { Calendar } from './calendar';
import { FEATURE_COUNT, type Question, writeFeatures } from './features';
import { type LinearModel, predictLad, trainLad } from './lad-regression';
import { levelBefore } from './level';
import type { LoadHistory } from './load-history';
import type { FeatureMatrix } from './trees/feature-matrix';
import {
  type BoostedTrees,
  type BoostingOptions,
  predictBoostedTrees,
  trainBoostedTrees,
} from './trees/gradient-boosting';

/** Names of the experts; lists of forecasts and weights have this order. */
export const EXPERT_NAMES = ['lad', 'deep-trees', 'shallow-trees', 'analogs'] as const;

/** Fewest rows for training: two days of 15-minute bins. */
const MIN_ROWS = 192;

/** Training uses every bin of the last days only: neighbouring rows are nearly equal, and rows cost training time. */
const DENSE_DAYS = 3;
const SPARSE_MINUTES = 10;

const LAD_OPTIONS = { ridge: 0.01, iterations: 12 };

/**
 * Two kinds of trees with different errors: deep trees find interactions of features, shallow trees add single effects.
 * Each tree sees a part of the features, so that no feature dominates.
 */
const DEEP_TREES: Omit<BoostingOptions, 'minLeafRows'> = {
  trees: 150,
  depth: 6,
  learningRate: 0.06,
  bins: 32,
  featureStride: 4,
};
const SHALLOW_TREES: Omit<BoostingOptions, 'minLeafRows'> = {
  trees: 150,
  depth: 3,
  learningRate: 0.1,
  bins: 32,
  featureStride: 3,
};

/** Trained experts of one horizon; plain data. */
export interface TrainedExperts {
  /** Linear regression for the least absolute error. */
  readonly lad: LinearModel;
  /** Boosted trees of depth 6. */
  readonly deepTrees: BoostedTrees;
  /** Boosted trees of depth 3. */
  readonly shallowTrees: BoostedTrees;
}

/**
 * Trains the experts of one horizon on the whole history.
 * @param ahead bins from the origin to the target; 0 is the bin that begins at the origin
 * @returns undefined where the history has too few rows
 */
export function trainExperts(
  history: LoadHistory,
  calendar: Calendar,
  ahead: number,
): TrainedExperts | undefined {
  const { matrix, targets, weights } = trainingSet(history, calendar, ahead);
  if (matrix.rows < MIN_ROWS) return undefined;
  const leaf = (rows: number) => Math.min(rows, Math.max(5, Math.floor(matrix.rows / 40)));
  return {
    lad: trainLad(matrix, targets, weights, LAD_OPTIONS),
    deepTrees: trainBoostedTrees(matrix, targets, weights, { ...DEEP_TREES, minLeafRows: leaf(15) }),
    shallowTrees: trainBoostedTrees(matrix, targets, weights, { ...SHALLOW_TREES, minLeafRows: leaf(40) }),
  };
}

/**
 * Forecast of each expert for the question's target, in the order of EXPERT_NAMES. Untrained experts return the analog
 * forecast.
 */
export function askExperts(trained: TrainedExperts | undefined, question: Question): number[] {
  const analogs = forecastByAnalogs(question);
  if (trained === undefined) return EXPERT_NAMES.map(() => analogs);
  const features = new Float64Array(FEATURE_COUNT);
  writeFeatures(question, features, 0);
  const { load, scale } = question.level;
  const changes = [
    predictLad(trained.lad, features),
    predictBoostedTrees(trained.deepTrees, features),
    predictBoostedTrees(trained.shallowTrees, features),
  ];
  return [...changes.map((change) => Math.max(0, load + scale * change)), analogs];
}

interface TrainingSet {
  readonly matrix: FeatureMatrix;
  /** Changes from the level to the target, divided by the scale. */
  readonly targets: Float64Array;
  /** Scale times the number of bins that the row represents, so that the sum of errors is in the unit of the load. */
  readonly weights: Float64Array;
}

/** A row for each bin with a known target, from the second day on; older days have a row for every ten minutes. */
function trainingSet(history: LoadHistory, calendar: Calendar, ahead: number): TrainingSet {
  const rows: { question: Question; outcome: number; bins: number }[] = [];
  const dense = history.end - DENSE_DAYS * history.binsPerDay;
  const sparseBins = history.binsIn(SPARSE_MINUTES);
  let bins = 1;
  for (let origin = history.first + history.binsPerDay; origin + ahead < history.end; origin += bins) {
    bins = origin + sparseBins <= dense ? sparseBins : 1;
    const target = origin + ahead;
    const outcome = history.at(target);
    const level = levelBefore(history, origin);
    if (Number.isNaN(outcome) || level === undefined) continue;
    rows.push({
      question: { history: history.until(origin), calendar, origin, target, level },
      outcome,
      bins,
    });
  }
  const values = new Float64Array(rows.length * FEATURE_COUNT);
  const targets = new Float64Array(rows.length);
  const weights = new Float64Array(rows.length);
  rows.forEach(({ question, outcome, bins }, row) => {
    const { load, scale } = question.level;
    writeFeatures(question, values, row * FEATURE_COUNT);
    targets[row] = (outcome - load) / scale;
    weights[row] = bins * scale;
  });
  normalise(weights);
  return { matrix: { rows: rows.length, columns: FEATURE_COUNT, values }, targets, weights };
}

/** Scales the weights to a mean of one. */
function normalise(weights: Float64Array): void {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  for (let row = 0; row < weights.length; row += 1) weights[row] = (weights[row] as number) / mean;
}
