import { evaluate } from './metric-math';

const SERIES = { a: [1, undefined, 3], b: [2, 2, 0] };

// What the user guide says of each function, with a missing value and a division by zero among the samples.
test.each([
  ['a + b * 2', [5, undefined, 3]],
  ['(a + b) / b', [1.5, undefined, undefined]],
  ['FILL(a, 7)', [1, 7, 3]],
  ['IF(b >= 2, 10, 20)', [10, 10, 20]],
  ['IF(FILL(a, 0) > 0, a / b, 5)', [0.5, 5, undefined]],
  ['MAX([a, b])', [2, 2, 3]],
  ['SUM(METRICS())', [3, 2, 3]],
  ['AVG(METRICS())', [1.5, 2, 1.5]],
  ['MAX(FILL(METRICS(), 9))', [2, 9, 3]],
  ['b / PERIOD(b)', [2 / 60, 2 / 60, 0]],
  ['a - 1 - 1', [-1, undefined, 1]],
])('%s is %j', (expression, expected) => {
  expect(evaluate(expression, SERIES, 60)).toEqual(expected);
});

test.each([
  ['ANOMALY_DETECTION_BAND(a)', 'unknown function ANOMALY_DETECTION_BAND'],
  ['c + 1', 'no metric c'],
  ['a +', 'unexpected end'],
  ['a b', 'unexpected b'],
  ['METRICS() + 1', 'several series'],
  ['a & b', 'unexpected  & b'],
])('%s fails', (expression, message) => {
  expect(() => evaluate(expression, SERIES, 60)).toThrow(message);
});
