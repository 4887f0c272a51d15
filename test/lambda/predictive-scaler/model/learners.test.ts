import fc from 'fast-check';
import { solveCholesky } from '../../../../lambda/predictive-scaler/model/cholesky';
import { predictLad, trainLad } from '../../../../lambda/predictive-scaler/model/lad-regression';
import {
  type BoostingOptions,
  predictBoostedTrees,
  trainBoostedTrees,
} from '../../../../lambda/predictive-scaler/model/trees/gradient-boosting';
import {
  forestQuantiles,
  trainForest,
} from '../../../../lambda/predictive-scaler/model/trees/quantile-forest';
import { weightedMedian } from '../../../../lambda/predictive-scaler/model/weighted-median';

const matrix = (rows: readonly (readonly number[])[]) => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  values: Float64Array.from(rows.flat()),
});
const ones = (rows: number) => new Float64Array(rows).fill(1);

describe('solveCholesky', () => {
  it('solves a system with a known solution', () => {
    // [[4, 2], [2, 3]] x = [10, 9] has x = [1.5, 2].
    const solution = solveCholesky(Float64Array.of(4, 0, 2, 3), Float64Array.of(10, 9), 2);
    expect(solution[0]).toBeCloseTo(1.5, 12);
    expect(solution[1]).toBeCloseTo(2, 12);
  });
});

describe('weightedMedian', () => {
  it.each([
    ['the middle one', [3, 1, 2], [1, 1, 1], 2],
    ['the lower of two', [1, 2], [1, 1], 1],
    ['the one with most of the weight', [1, 2, 3], [1, 1, 5], 3],
  ])('is %s', (_, values, weights, expected) => {
    const rows = Int32Array.from(values.keys());
    expect(weightedMedian(Float64Array.from(values), Float64Array.from(weights), rows)).toBe(expected);
  });
});

describe('trainLad', () => {
  /** Brownlee's stack loss plant data, as in R's `stackloss`: air flow, water temperature, acid, loss. */
  const STACKLOSS = [
    [80, 27, 89, 42],
    [80, 27, 88, 37],
    [75, 25, 90, 37],
    [62, 24, 87, 28],
    [62, 22, 87, 18],
    [62, 23, 87, 18],
    [62, 24, 93, 19],
    [62, 24, 93, 20],
    [58, 23, 87, 15],
    [58, 18, 80, 14],
    [58, 18, 89, 14],
    [58, 17, 88, 13],
    [58, 18, 82, 11],
    [58, 19, 93, 12],
    [50, 18, 89, 8],
    [50, 18, 86, 7],
    [50, 19, 72, 8],
    [50, 19, 79, 8],
    [50, 20, 80, 9],
    [56, 20, 82, 15],
    [70, 20, 91, 15],
  ];

  it("is R's: quantreg::rq(stack.loss ~ ., data = stackloss)", () => {
    const features = matrix(STACKLOSS.map((row) => row.slice(0, 3)));
    const targets = Float64Array.from(STACKLOSS, (row) => row[3] as number);
    const model = trainLad(features, targets, ones(21), { ridge: 0, iterations: 200 });
    const loss = STACKLOSS.reduce(
      (sum, row, index) => sum + Math.abs((row[3] as number) - predictLad(model, features.values, index * 3)),
      0,
    );
    // rq gives -39.690, 0.832, 0.574, -0.061 with a loss of 42.08; least squares has 0.716, 1.295, -0.152 and 49.7.
    expect(loss).toBeGreaterThanOrEqual(42.08);
    expect(loss).toBeLessThan(42.08 * 1.01);
    expect(model.coefficients[0]).toBeCloseTo(0.832, 1);
    expect(model.coefficients[1]).toBeCloseTo(0.574, 1);
  });

  it('counts an unknown value as the mean', () => {
    const features = matrix([[0], [1], [2], [3], [Number.NaN]]);
    const model = trainLad(features, Float64Array.of(0, 2, 4, 6, 3), ones(5), { ridge: 0, iterations: 50 });
    expect(predictLad(model, Float64Array.of(Number.NaN))).toBeCloseTo(3, 6);
    expect(predictLad(model, Float64Array.of(10))).toBeCloseTo(20, 6);
  });

  it('leaves a constant feature alone', () => {
    const features = matrix([
      [5, 0],
      [5, 1],
      [5, 2],
    ]);
    const { coefficients } = trainLad(features, Float64Array.of(1, 2, 3), ones(3), {
      ridge: 0,
      iterations: 20,
    });
    expect(coefficients[0]).toBe(0);
    expect(coefficients[1]).toBeCloseTo(1, 6);
  });
});

describe('trainBoostedTrees', () => {
  const ONE_STUMP: BoostingOptions = {
    trees: 1,
    depth: 1,
    learningRate: 1,
    minLeafRows: 1,
    bins: 8,
    featureStride: 1,
  };

  it('steps to the medians on both sides of the best split', () => {
    // Median 2 first; residuals -1 0 0 | 8 9 98 part at 3.5, and their medians are 0 and 9.
    const features = matrix([[1], [2], [3], [4], [5], [6]]);
    const targets = Float64Array.of(1, 2, 2, 10, 11, 100);
    const model = trainBoostedTrees(features, targets, ones(6), ONE_STUMP);
    expect([1, 3, 3.5, 3.6, 99].map((value) => predictBoostedTrees(model, Float64Array.of(value)))).toEqual([
      2, 2, 2, 11, 11,
    ]);
  });

  it('sends unknown values to the side that fits better', () => {
    const features = matrix([[1], [2], [3], [Number.NaN], [Number.NaN], [9], [8], [7]]);
    const targets = Float64Array.of(0, 0, 0, 5, 5, 5, 5, 5);
    const model = trainBoostedTrees(features, targets, ones(8), ONE_STUMP);
    expect(predictBoostedTrees(model, Float64Array.of(Number.NaN))).toBe(5);
    expect(predictBoostedTrees(model, Float64Array.of(2))).toBe(0);
  });

  it('learns a step in one of two features, and no feature that it may not see', () => {
    const rows = Array.from({ length: 64 }, (_, index) => [index % 8, Math.floor(index / 8)]);
    const targets = Float64Array.from(rows, ([, b]) => ((b as number) > 3 ? 10 : 0));
    const trees = { ...ONE_STUMP, trees: 40, learningRate: 0.3, minLeafRows: 4 };
    const seen = trainBoostedTrees(matrix(rows), targets, ones(64), trees);
    expect(predictBoostedTrees(seen, Float64Array.of(0, 7))).toBeCloseTo(10, 3);
    expect(predictBoostedTrees(seen, Float64Array.of(7, 0))).toBeCloseTo(0, 3);
    const first = trainBoostedTrees(matrix(rows), targets, ones(64), {
      ...trees,
      trees: 1,
      featureStride: 2,
    });
    expect(predictBoostedTrees(first, Float64Array.of(0, 7))).toBe(
      predictBoostedTrees(first, Float64Array.of(0, 0)),
    );
  });

  // A leaf takes the median of its rows' residuals, which may push a row with another residual out of the range: once in
  // some thousands of examples, by a small part of the width.
  it('stays within a width of the range of what it has seen, and gives the same twice', () => {
    const row = fc.tuple(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: -9, max: 9, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 5, maxLength: 40 }), (rows) => {
        const features = matrix(rows.map(([x]) => [x]));
        const targets = Float64Array.from(rows, ([, y]) => y);
        const options = { ...ONE_STUMP, trees: 10, depth: 2, learningRate: 0.5 };
        const train = () => trainBoostedTrees(features, targets, ones(rows.length), options);
        const predictions = [-9, 0, 9].map((x) => predictBoostedTrees(train(), Float64Array.of(x)));
        expect(predictions).toEqual([-9, 0, 9].map((x) => predictBoostedTrees(train(), Float64Array.of(x))));
        const [least, most] = [Math.min(...targets), Math.max(...targets)];
        for (const prediction of predictions) {
          expect(prediction).toBeGreaterThanOrEqual(least - (most - least));
          expect(prediction).toBeLessThanOrEqual(most + (most - least));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('trainForest', () => {
  const options = { trees: 30, depth: 5, minLeafRows: 5, bins: 16, featureStride: 1 };
  /** Even rows: 0 to 9; odd rows: 100 or, every tenth, 200. */
  const rows = Array.from({ length: 400 }, (_, row) => [row % 2, (row * 37) % 11]);
  const targets = Float64Array.from(rows, ([odd], row) =>
    odd ? (row % 20 === 9 ? 200 : 100) : (row / 2) % 10,
  );
  const blocks = rows.map((_, row) => Math.floor(row / 20));
  const forest = trainForest(matrix(rows), targets, blocks, options);
  const quantiles = (odd: number) => forestQuantiles(forest, [0.1, 0.5, 0.85, 0.97], Float64Array.of(odd, 5));

  it('gives the distribution of the rows like it, which a single forecast with errors would smear', () => {
    const [low, middle] = quantiles(0) as [number, number];
    expect(low).toBeLessThanOrEqual(2);
    expect(middle).toBeGreaterThanOrEqual(2);
    expect(quantiles(0)[3]).toBeLessThanOrEqual(9);
    expect(quantiles(1)).toEqual([100, 100, 100, 200]);
  });

  it('gives the same twice, and sends unknown features where they were in training', () => {
    expect(trainForest(matrix(rows), targets, blocks, options)).toEqual(forest);
    const holes = rows.map(([odd, other], row) => [odd ? Number.NaN : row % 4, other as number]);
    const learned = trainForest(matrix(holes), targets, blocks, options);
    expect(forestQuantiles(learned, [0.5], Float64Array.of(Number.NaN, 5))).toEqual([100]);
  });

  it('rises with the level and stays within what it has seen', () => {
    const level = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(level, level), fc.double(), ([a, b], value) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [below, above] = forestQuantiles(forest, [low, high], Float64Array.of(value, 1)) as [
          number,
          number,
        ];
        expect(below).toBeLessThanOrEqual(above);
        expect(below).toBeGreaterThanOrEqual(0);
        expect(above).toBeLessThanOrEqual(200);
      }),
    );
  });
});
