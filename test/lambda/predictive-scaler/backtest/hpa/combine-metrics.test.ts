import { combineMetrics } from '../../../../../lambda/predictive-scaler/backtest/hpa/combine-metrics';
import {
  failure,
  type MetricOutcome,
  proposal,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/metric-outcome';

const asks = (replicas: number) => proposal(`asks for ${replicas}`, replicas, 1, 'ratio');
const fails = failure('fails', 'no-samples');

it.each<[string, MetricOutcome[], number | string]>([
  ['the maximum wins', [asks(4), asks(9), asks(6)], 9],
  ['the maximum wins when all ask for fewer: would be 2 by the first', [asks(2), asks(3)], 3],
  ['0 is a proposal', [asks(0)], 0],
  ['all invalid: error', [fails, fails], 'metrics-failed'],
  ['some invalid, maximum below current: no scale-down; would be 4', [asks(4), fails], 'scale-down-blocked'],
  ['some invalid, maximum at current: nothing is blocked', [fails, asks(5)], 5],
  ['some invalid, maximum above current: scale-up; would be 5 if blocked', [fails, asks(6)], 6],
])('%s', (_, outcomes, expected) => {
  const { winner, blocked, error } = combineMetrics(outcomes, 5);
  expect(winner?.replicas ?? blocked).toBe(expected);
  expect(error).toBe(outcomes.includes(fails) ? 'no-samples' : null);
});

it('reports the first error', () => {
  expect(combineMetrics([asks(1), failure('a', 'unavailable'), fails], 5).error).toBe('unavailable');
});
