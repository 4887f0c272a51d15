import fc from 'fast-check';
import { ExpertWeights } from '../../../../lambda/predictive-scaler/model/combination';
import {
  type Residual,
  residualQuantiles,
} from '../../../../lambda/predictive-scaler/model/residual-quantiles';

describe('ExpertWeights', () => {
  it('are equal while nothing is known', () =>
    expect(new ExpertWeights(4).weights()).toEqual([0.25, 0.25, 0.25, 0.25]));

  it('follow the relative error to the power of 12', () => {
    const trust = new ExpertWeights(2);
    trust.observe(0, [110, 120], 100);
    const [better = 0, worse = 0] = trust.weights();
    expect(worse / better).toBeCloseTo(2 ** -12, 9);
    expect(trust.combine([1, 2])).toBeCloseTo(1 + worse, 9);
  });

  it('forget by half in 36 hours', () => {
    const trust = new ExpertWeights(2);
    trust.observe(0, [108, 100.5], 100);
    trust.observe(36 * 60, [100.5, 104.25], 100);
    // 8 / 2 + 0.5 and 0.5 / 2 + 4.25: as good as each other.
    const [first = 0, second = 0] = trust.weights();
    expect(first).toBeCloseTo(second, 9);
  });

  it('go to an expert without any error, also where others have none either', () => {
    const trust = new ExpertWeights(3);
    trust.observe(0, [0, 0, 5], 0);
    expect(trust.weights()).toEqual([0.5, 0.5, 0]);
  });
});

describe('residualQuantiles', () => {
  const noise = (count: number): Residual[] =>
    Array.from({ length: count }, (_, index) => ({
      minute: index * 15,
      forecast: 100,
      load: 100 + ((index * 7919) % 401) / 10 - 20,
    }));

  it('have the share of residuals below them that they promise', () => {
    const quantiles = residualQuantiles(noise(400), 6000);
    for (const level of [0.5, 0.9, 0.95]) {
      // Uniform errors between -20 and 20.
      expect(quantiles.quantile(100, level)).toBeCloseTo(80 + 40 * level, -0.5);
    }
  });

  it('grow with the load, by its power of three quarters', () => {
    const quantiles = residualQuantiles(noise(400), 6000);
    const margin = (forecast: number) => quantiles.quantile(forecast, 0.9) - forecast;
    expect(margin(1600) / margin(100)).toBeCloseTo(8, 6);
  });

  it('move outwards where few residuals are known, and stay at the forecast where none are', () => {
    expect(residualQuantiles(noise(8), 120).quantile(100, 0.95)).toBe(
      Math.max(...noise(8).map(({ load }) => load)),
    );
    expect(residualQuantiles([], 0).quantile(100, 0.95)).toBe(100);
  });

  it('rise with the level and are never negative', () => {
    const residual = fc.record({
      minute: fc.nat({ max: 5000 }),
      forecast: fc.double({ min: 0, max: 500, noNaN: true }),
      load: fc.double({ min: 0, max: 500, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(residual, { maxLength: 30 }),
        fc.double({ min: 0, max: 500, noNaN: true }),
        (known, forecast) => {
          const quantiles = residualQuantiles(known, 5000);
          const values = [0.05, 0.5, 0.9, 0.95, 0.99].map((level) => quantiles.quantile(forecast, level));
          expect(values).toEqual([...values].sort((a, b) => a - b));
          expect(values[0]).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
