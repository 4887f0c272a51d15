import { LoadHistory } from '../../../../lambda/predictive-scaler/model/load-history';
import { dataEvidence, forecastEvidence } from '../../../../lambda/predictive-scaler/reconcile/gate-evidence';
import { mergeHistory } from '../../../../lambda/predictive-scaler/state/stored-history';
import { forecastAt } from '../decision/fixtures';

const ORIGIN = 20 * 1440;

test('nothing is known without a sample', () => {
  expect(dataEvidence(mergeHistory(undefined, [], 5, ORIGIN), ORIGIN)).toEqual({
    daysOfHistory: 0,
    staleMinutes: Number.POSITIVE_INFINITY,
    completeness: 0,
  });
});

test('days count from the first sample, staleness from the end of the last, completeness over the last day', () => {
  const samples = Array.from({ length: 2 * 288 - 3 }, (_, index) => ({
    minute: ORIGIN - 2880 + 5 * index,
    load: 1,
  }));
  expect(dataEvidence(mergeHistory(undefined, samples, 5, ORIGIN), ORIGIN)).toEqual({
    daysOfHistory: 2,
    staleMinutes: 15,
    completeness: 285 / 288,
  });
});

describe('what forecasts were worth', () => {
  /** The load rises by 1 every five minutes. */
  const history = LoadHistory.of(
    5,
    0,
    5,
    Float64Array.from({ length: ORIGIN / 5 }, (_, bin) => bin),
  );
  const origins = (from: number) => Array.from({ length: 4 }, (_, index) => from + 15 * index);
  /** Forecasts of a change that is `share` of the right one; right ones would be 4 and 7 above the last load. */
  const past = (share: number, from = ORIGIN - 300) =>
    origins(from).map((origin) => {
      const last = origin / 5 - 1;
      return forecastAt(origin, [last + 4 * share, last + 7 * share]);
    });

  it.each([
    [1, 1],
    [0.5, 0.5],
    [0, 0],
    [3, -1],
  ])('a change of %f of the right one has the skill %f', (share, skill) => {
    expect(forecastEvidence(past(share), history, ORIGIN)).toMatchObject({ scoredForecasts: 8, skill });
  });

  test('counts those of the last day whose load is known', () => {
    expect(forecastEvidence(past(1, ORIGIN - 1500), history, ORIGIN).scoredForecasts).toBe(0);
    expect(forecastEvidence(past(1, ORIGIN - 60), history, ORIGIN).scoredForecasts).toBe(5);
  });

  test('has no skill where the load never changes, and no coverage without forecasts', () => {
    const flat = LoadHistory.of(5, 0, 5, new Float64Array(ORIGIN / 5).fill(7));
    expect(forecastEvidence([forecastAt(ORIGIN - 300, [7, 7])], flat, ORIGIN)).toEqual({
      scoredForecasts: 2,
      skill: 0,
      coverageOfQ90: 1,
      error: 0,
    });
    expect(forecastEvidence([], flat, ORIGIN).coverageOfQ90).toBeNaN();
    const tenth = forecastEvidence([forecastAt(ORIGIN - 300, [7.7, 6.3])], flat, ORIGIN);
    expect(tenth.error).toBeCloseTo(0.1, 12);
  });
});
