import { solveCholesky } from './cholesky';
import type { FeatureMatrix } from './trees/feature-matrix';

/**
 * Linear regression for the least absolute error (LAD), by iteratively reweighted least squares (Schlossmacher 1973,
 * "An iterative technique for absolute deviations curve fitting"), with a ridge penalty on standardized features, so
 * that nearly equal lags share their weight. An unknown value counts as the feature's mean.
 */

/** Options of the regression. */
export interface LadOptions {
  /** Penalty of each squared standardised coefficient, as a share of the total weight. */
  readonly ridge: number;
  /** Number of reweighting steps. */
  readonly iterations: number;
}

/** A trained model for raw, not standardized, features. */
export interface LinearModel {
  /** Prediction where all features are 0. */
  readonly intercept: number;
  /** Coefficient of each feature. */
  readonly coefficients: Float64Array;
  /** Mean of each feature, used for an unknown value. */
  readonly means: Float64Array;
}

/** Smallest residual, as a share of the median, for which the weight still grows. */
const SMALLEST_RESIDUAL = 0.05;

/** Standard deviation up to which a feature counts as constant. */
const MIN_DEVIATION = 1e-9;

/** Trains the regression. @param weights weight of each row, positive */
export function trainLad(
  matrix: FeatureMatrix,
  targets: Float64Array,
  weights: Float64Array,
  { ridge, iterations }: LadOptions,
): LinearModel {
  const scaling = scalingOf(matrix, weights);
  const features = standardise(matrix, scaling);
  let rowWeights = weights;
  let solution = new Float64Array(matrix.columns + 1);
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    solution = solveWeighted(features, targets, rowWeights, ridge);
    rowWeights = reweight(features, targets, weights, solution);
  }
  return inRawTerms(solution, scaling);
}

/** Prediction for the row of features that starts at `offset`. */
export function predictLad(model: LinearModel, values: Float64Array, offset = 0): number {
  const { intercept, coefficients, means } = model;
  let sum = intercept;
  for (let column = 0; column < coefficients.length; column += 1) {
    const value = values[offset + column] as number;
    sum += (coefficients[column] as number) * (Number.isNaN(value) ? (means[column] as number) : value);
  }
  return sum;
}

interface Scaling {
  readonly means: Float64Array;
  /** Standard deviations; 0 for a constant. */
  readonly deviations: Float64Array;
}

function scalingOf({ rows, columns, values }: FeatureMatrix, weights: Float64Array): Scaling {
  const means = new Float64Array(columns);
  const deviations = new Float64Array(columns);
  for (let column = 0; column < columns; column += 1) {
    let [total, sum, squares] = [0, 0, 0];
    for (let row = 0; row < rows; row += 1) {
      const value = values[row * columns + column] as number;
      if (Number.isNaN(value)) continue;
      const weight = weights[row] as number;
      total += weight;
      sum += weight * value;
      squares += weight * value * value;
    }
    const mean = total > 0 ? sum / total : 0;
    const deviation = total > 0 ? Math.sqrt(Math.max(0, squares / total - mean * mean)) : 0;
    means[column] = mean;
    deviations[column] = deviation > MIN_DEVIATION ? deviation : 0;
  }
  return { means, deviations };
}

function standardise(
  { rows, columns, values }: FeatureMatrix,
  { means, deviations }: Scaling,
): FeatureMatrix {
  const standardised = values.map((value, index) => {
    const column = index % columns;
    const deviation = deviations[column] as number;
    return Number.isNaN(value) || deviation === 0 ? 0 : (value - (means[column] as number)) / deviation;
  });
  return { rows, columns, values: standardised };
}

/** Weighted ridge regression by the normal equations; the last coefficient is the intercept, which is not penalised. */
function solveWeighted(
  { rows, columns, values }: FeatureMatrix,
  targets: Float64Array,
  weights: Float64Array,
  ridge: number,
) {
  const size = columns + 1;
  const normal = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let row = 0; row < rows; row += 1) {
    addRow(
      normal,
      right,
      values.subarray(row * columns, (row + 1) * columns),
      targets[row] as number,
      weights[row] as number,
    );
  }
  const total = normal[size * size - 1] as number;
  for (let column = 0; column < columns; column += 1) {
    const cell = column * size + column;
    normal[cell] = (normal[cell] as number) + ridge * total;
  }
  return Float64Array.from(solveCholesky(normal, right, size));
}

/** Adds weight x (features, 1)(features, 1)^T to the lower triangle, and weight x target x (features, 1). */
function addRow(
  normal: Float64Array,
  right: Float64Array,
  features: Float64Array,
  target: number,
  weight: number,
): void {
  const columns = features.length;
  const size = columns + 1;
  for (let a = 0; a < columns; a += 1) {
    const scaled = weight * (features[a] as number);
    if (scaled === 0) continue;
    const start = a * size;
    for (let b = 0; b <= a; b += 1) {
      normal[start + b] = (normal[start + b] as number) + scaled * (features[b] as number);
    }
    right[a] = (right[a] as number) + scaled * target;
    normal[columns * size + a] = (normal[columns * size + a] as number) + scaled;
  }
  right[columns] = (right[columns] as number) + weight * target;
  normal[size * size - 1] = (normal[size * size - 1] as number) + weight;
}

/** Row weights with which squared residuals approximate absolute ones. */
function reweight(
  features: FeatureMatrix,
  targets: Float64Array,
  weights: Float64Array,
  solution: Float64Array,
) {
  const { rows, columns, values } = features;
  const residuals = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let prediction = solution[columns] as number;
    for (let column = 0; column < columns; column += 1) {
      prediction += (solution[column] as number) * (values[row * columns + column] as number);
    }
    residuals[row] = Math.abs((targets[row] as number) - prediction);
  }
  const typical = Float64Array.from(residuals).sort()[rows >> 1] as number;
  const least = SMALLEST_RESIDUAL * typical + 1e-9;
  return weights.map((weight, row) => (weight * typical) / Math.max(residuals[row] as number, least));
}

function inRawTerms(solution: Float64Array, { means, deviations }: Scaling): LinearModel {
  const columns = means.length;
  const coefficients = new Float64Array(columns);
  let intercept = solution[columns] as number;
  for (let column = 0; column < columns; column += 1) {
    const deviation = deviations[column] as number;
    if (deviation === 0) continue;
    coefficients[column] = (solution[column] as number) / deviation;
    intercept -= (coefficients[column] as number) * (means[column] as number);
  }
  return { intercept, coefficients, means };
}
