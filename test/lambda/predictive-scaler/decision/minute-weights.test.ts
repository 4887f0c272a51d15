import { minuteWeights } from '../../../../lambda/predictive-scaler/decision/minute-weights';

const DAY = 1440;
const sum = (weights: Float64Array) => weights.reduce((total, weight) => total + weight, 0);

test('minutes at the same time of day count more than younger ones of other hours', () => {
  const weights = minuteWeights(new Float64Array(3 * DAY).fill(1), 0);
  expect(sum(weights)).toBeCloseTo(1, 12);
  const daysAgo = (days: number) => weights[Math.round(3 * DAY + 10 - days * DAY)] as number;
  expect(daysAgo(1)).toBeGreaterThan(4 * daysAgo(0.5));
  expect(daysAgo(1) / daysAgo(2)).toBeCloseTo(2, 6);
});

test('unknown and skipped minutes count nothing', () => {
  const loads = new Float64Array(100).fill(5);
  loads[70] = Number.NaN;
  const weights = minuteWeights(loads, 50);
  expect([...weights.subarray(0, 50), weights[70]].every((weight) => weight === 0)).toBe(true);
  expect(sum(weights)).toBeCloseTo(1, 12);
});
