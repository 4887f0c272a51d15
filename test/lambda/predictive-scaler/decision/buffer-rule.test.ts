import { bufferRule } from '../../../../lambda/predictive-scaler/decision/buffer-rule';
import { forecastAt, LIMITS } from './fixtures';

it.each([
  // The seed would say ceil(10.1) x 1.2 = 13.2.
  ['rounds up after the buffer', [1010, 900], 10, 13, 'SCALE_UP', 'above-up-threshold'],
  ['takes the highest forecast', [900, 1500], 18, 18, 'MAINTAIN', 'within-thresholds'],
  ['exactly 1.2 times is not above', [1000, 1000], 10, 12, 'MAINTAIN', 'within-thresholds'],
  ['below 0.7 times', [500, 400], 10, 6, 'SCALE_DOWN', 'below-down-threshold'],
  ['keeps the least', [0, 0], 3, 3, 'MAINTAIN', 'within-thresholds'],
  ['keeps the most', [9000, 0], 50, 50, 'MAINTAIN', 'within-thresholds'],
])('%s', (_, points, current, replicas, action, reason) => {
  expect(bufferRule(forecastAt(0, points), current, LIMITS)).toMatchObject({ replicas, action, reason });
});
