import { gate } from '../../../../lambda/predictive-scaler/decision/gate';
import { GOOD } from './fixtures';

it.each([
  [{}, true, 'ACTIVE', 'all-checks-passed', /^$/],
  [{}, false, 'FORECAST_ONLY', 'not-enabled', /operator/],
  [{ daysOfHistory: 6.9 }, true, 'WARMING', 'history-too-short', /7 days of history, has 6.9/],
  [{ staleMinutes: 11 }, true, 'DEGRADED', 'data-stale', /ended 11 minutes ago/],
  [{ completeness: 0.79 }, true, 'DEGRADED', 'data-incomplete', /80 % .* has 79 %/],
  [{ scoredForecasts: 95 }, true, 'FORECAST_ONLY', 'too-few-scored', /96 forecasts .* has 95/],
  [{ skill: 0 }, true, 'DEGRADED', 'no-skill', /skill is 0 %/],
  [{ coverageOfQ90: 0.7 }, true, 'DEGRADED', 'coverage-off', /80 % to 98 % .* has 70 %/],
  [{ coverageOfQ90: 0.99 }, true, 'DEGRADED', 'coverage-off', /has 99 %/],
  [{ forecast: 'untrained' as const }, true, 'DEGRADED', 'waiting-for-training', /time left to train/],
  [{ forecast: 'unknown' as const }, true, 'DEGRADED', 'forecast-unknown', /not a finite number/],
  [{ skill: Number.NaN }, true, 'DEGRADED', 'no-skill', /NaN/],
])('%p, enabled %p: %s, %s', (change, enabled, state, reason, waitsFor) => {
  const verdict = gate({ ...GOOD, ...change }, enabled);
  expect(verdict).toMatchObject({ state, reason, evidence: { ...GOOD, ...change } });
  expect(verdict.waitsFor).toMatch(waitsFor);
});
