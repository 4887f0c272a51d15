import {
  jsonHpaRecommendation,
  recommendationLines,
  recommendationTable,
  savingOf,
} from '../../../bin/backtest/recommendation-table';
import type { HpaOutcome, HpaRecommendation } from '../../../lambda/predictive-scaler/backtest/recommend-hpa';

const START = Date.parse('2026-11-02T00:00:00Z') / 60_000;

const outcome = (change: Partial<HpaOutcome> = {}): HpaOutcome => ({
  minReplicas: 3,
  maxReplicas: 50,
  target: 0.7,
  replicaHours: 200,
  cost: 200,
  underMinutes: 0,
  unmetPercent: 0,
  ...change,
});

const cheaper = outcome({
  minReplicas: 2,
  maxReplicas: 30,
  target: 0.85,
  replicaHours: 150,
  cost: 160,
  underMinutes: 7,
  unmetPercent: 0.0123,
  worstMinute: { minute: START + 5 * 1440 + 61, load: 1300, ready: 8, needed: 13 },
});

const recommendation = (change: Partial<HpaRecommendation> = {}): HpaRecommendation => ({
  chosenFromMinute: START,
  scoredFromMinute: START + 4 * 1440,
  endMinute: START + 7 * 1440,
  candidates: 466,
  recommended: cheaper,
  given: outcome(),
  seed: outcome(),
  ...change,
});

it('says what is recommended, on which days it was chosen and on which it is scored', () => {
  const [what, how, held] = recommendationLines(recommendation());
  expect(what).toContain('minReplicas 2, maxReplicas 30, target 85 % of the capacity of a replica');
  expect(how).toContain('cheapest of 466 settings on the days from 2026-11-02 00:00 to 2026-11-06 00:00');
  expect(how).toContain('scores them on the days from 2026-11-06 00:00 to 2026-11-09 00:00 UTC');
  expect(held).toBe(
    'On those days replicas + 50 x unmet load were 20.0 % less than with the settings given.',
  );
});

it.each<[what: string, recommended: HpaOutcome, advice: string]>([
  ['they are the best', outcome(), 'They are the settings given: keep them.'],
  ['the others did not hold', { ...cheaper, cost: 201 }, 'keep the settings given.'],
])('advises to keep the given settings where %s', (_, recommended, advice) => {
  expect(recommendationLines(recommendation({ recommended })).at(-1)).toContain(advice);
});

it('has saving and risk of each setting', () => {
  expect(recommendationTable(recommendation({ seed: outcome({ minReplicas: 4 }) }))).toEqual([
    [
      'HPA',
      'min',
      'max',
      'target',
      'replica-hours',
      'saves',
      'short minutes',
      'unmet load %',
      'worst: ready of needed',
    ],
    ['recommended', '2', '30', '85 %', '150.0', '', '7', '0.012', '8 of 13, 11-07 01:01'],
    ['given', '3', '50', '70 %', '200.0', '50.0 (25.0 %)', '0', '0.000', 'none'],
    ["seed's", '4', '50', '70 %', '200.0', '50.0 (25.0 %)', '0', '0.000', 'none'],
  ]);
});

it('has one row where the given settings are those of the seed, and money where a price is given', () => {
  const [, ...rows] = recommendationTable(recommendation(), 0.5);
  expect(rows.map((row) => row[0])).toEqual(['recommended', "given (the seed's)"]);
  expect(rows.map((row) => row.slice(6, 8))).toEqual([
    ['75.00', ''],
    ['100.00', '25.00'],
  ]);
});

it('saves less than nothing where more replicas are recommended', () => {
  expect(savingOf(recommendation({ recommended: outcome({ replicaHours: 250 }) }), outcome())).toEqual({
    replicaHours: -50,
    percent: -25,
  });
});

it('goes into JSON with its days and savings', () => {
  expect(jsonHpaRecommendation(recommendation(), 0.5)).toMatchObject({
    chosenOn: { from: '2026-11-02T00:00:00Z', to: '2026-11-06T00:00:00Z' },
    scoredOn: { from: '2026-11-06T00:00:00Z', to: '2026-11-09T00:00:00Z' },
    recommended: { minReplicas: 2, worstMinute: { ready: 8 } },
    savings: { given: { replicaHours: 50, percent: 25, cost: 25 }, seed: { percent: 25 } },
  });
});
