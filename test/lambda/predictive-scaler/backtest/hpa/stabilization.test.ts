import { FRESH_STATE } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-state';
import { resolveHpaSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import { stabilize } from '../../../../../lambda/predictive-scaler/backtest/hpa/stabilization';
import { NOW } from './fixtures';

/** Recommendations as [age in seconds, replicas]. */
type History = [ageSeconds: number, replicas: number][];

function stateWith(history: History) {
  const recommendations = history.map(([age, replicas]) => ({ replicas, atSeconds: NOW - age }));
  return { ...FRESH_STATE, recommendations };
}

describe('with rules (up 60 s, down 300 s), current 10', () => {
  const spec = resolveHpaSpec({
    maxReplicas: 100,
    behavior: { scaleUp: { stabilizationWindowSeconds: 60 }, scaleDown: { stabilizationWindowSeconds: 300 } },
  });
  it.each<[string, History, number, number]>([
    ['up to the lowest of the up window: would be 20', [[15, 14]], 20, 14],
    [
      'down to the highest of the down window: would be 3',
      [
        [15, 3],
        [200, 7],
      ],
      3,
      7,
    ],
    [
      'two-sided: stays between them; would be 20',
      [
        [15, 4],
        [200, 30],
      ],
      20,
      10,
    ],
    ['lower of window and new, up', [[15, 30]], 20, 20],
    ['up window: 59 s counts', [[59, 12]], 20, 12],
    ['up window: 60 s does not, would be 12', [[60, 12]], 20, 20],
    ['down window: 299 s counts', [[299, 8]], 3, 8],
    ['down window: 300 s does not, would be 8', [[300, 8]], 3, 3],
    ['never lifts above current on the way down: would be 30', [[100, 30]], 3, 10],
  ])('%s', (_, history, recommended, expected) => {
    expect(stabilize(stateWith(history), spec, 10, recommended, NOW)).toBe(expected);
  });

  it('takes nothing from a window of 0 s, not even of this second', () => {
    const off = { stabilizationWindowSeconds: 0 };
    const spec0 = resolveHpaSpec({ maxReplicas: 100, behavior: { scaleUp: off, scaleDown: off } });
    expect(
      stabilize(
        stateWith([
          [0, 1],
          [0, 50],
        ]),
        spec0,
        10,
        20,
        NOW,
      ),
    ).toBe(20);
    expect(
      stabilize(
        stateWith([
          [0, 1],
          [0, 50],
        ]),
        spec0,
        10,
        5,
        NOW,
      ),
    ).toBe(5);
  });
});

describe('without behavior, current 10', () => {
  const spec = resolveHpaSpec({ maxReplicas: 100 });
  it.each<[string, History, number, number]>([
    ['down to the highest of 300 s: would be 3', [[200, 7]], 3, 7],
    ['300 s counts here: would be 3 with rules', [[300, 7]], 3, 7],
    ['301 s does not: would be 7', [[301, 7]], 3, 3],
    ['lifts above current: would be 10 with rules', [[100, 30]], 3, 30],
    ['up at once', [[100, 4]], 20, 20],
  ])('%s', (_, history, recommended, expected) => {
    expect(stabilize(stateWith(history), spec, 10, recommended, NOW)).toBe(expected);
  });

  it('has the window of the flag', () => {
    const short = resolveHpaSpec({ maxReplicas: 100 }, { downscaleStabilizationSeconds: 60 });
    expect(stabilize(stateWith([[61, 7]]), short, 10, 3, NOW)).toBe(3); // would be 7 within 300 s
  });
});
