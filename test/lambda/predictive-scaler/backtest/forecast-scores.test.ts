import {
  type ForecastOutcome,
  geometricMean,
  scoreForecasts,
} from '../../../../lambda/predictive-scaler/backtest/forecast-scores';

const outcome = (overrides: Partial<ForecastOutcome>): ForecastOutcome => ({
  load: 100,
  point: 100,
  quantiles: [],
  persistence: 90,
  yesterday: 80,
  ...overrides,
});

describe('scoreForecasts', () => {
  it('scores errors against the load, persistence and yesterday', () => {
    // errors 10 and 5 of 100 and 300; persistence is off by 20 and 40, yesterday by 50 and 25
    const scores = scoreForecasts([
      outcome({ load: 100, point: 110, persistence: 80, yesterday: 50 }),
      outcome({ load: 300, point: 295, persistence: 340, yesterday: 325 }),
    ]);
    expect(scores).toEqual({
      count: 2,
      wapePercent: 3.75,
      biasPercent: 1.25,
      relativeToPersistence: 0.25,
      relativeToYesterday: 0.2,
      quantiles: [],
    });
  });

  it('scores coverage and pinball loss of each quantile', () => {
    // q50: 80 and 120 -> losses 10 and 10; q90: 110 and 90 -> 1 and 9; q95: 120 and 100 -> 1 and 0
    const scores = scoreForecasts([
      outcome({ quantiles: [80, 110, 120] }),
      outcome({ quantiles: [120, 90, 100] }),
    ]).quantiles;
    expect(scores.map(({ level, coveragePercent }) => [level, coveragePercent])).toEqual([
      [0.5, 50],
      [0.9, 50],
      [0.95, 100],
    ]);
    const losses = scores.map(({ pinballPercent }) => pinballPercent);
    [10, 5, 0.5].forEach((loss, index) => {
      expect(losses[index]).toBeCloseTo(loss, 10);
    });
  });

  it('leaves out bins that were not measured', () => {
    const scores = scoreForecasts([outcome({ point: 110 }), outcome({ load: Number.NaN, point: 900 })]);
    expect(scores).toMatchObject({ count: 1, wapePercent: 10 });
  });

  it('takes a negative forecast for 0', () => {
    expect(scoreForecasts([outcome({ point: -50 })]).biasPercent).toBe(-100); // would be -150
  });

  it('compares only where the reference knew something', () => {
    const scores = scoreForecasts([
      outcome({ point: 105, persistence: 90 }),
      outcome({ point: 200, persistence: Number.NaN }),
    ]);
    expect(scores.relativeToPersistence).toBe(0.5); // would be 10.5
  });
});

test('geometricMean is the mean of ratios', () => {
  expect(geometricMean([0.5, 2])).toBeCloseTo(1, 12);
});
