import { type DecisionMoment, replay } from '../../../../lambda/predictive-scaler/backtest/replay';
import { minuteLoads, originsOf } from '../../../../lambda/predictive-scaler/backtest/trace';
import { exampleTrace, FIRST_MINUTE } from '../../../helpers/traffic';

const DAY = 1440;
const trace = exampleTrace();

describe('originsOf', () => {
  it.each([
    [60, [30, 90], 23],
    [30, [15, 30], 47],
    [5, [15, 30], 94],
  ])(
    'with steps of %d minutes gives every origin whose bins end within the days',
    (step, horizons, count) => {
      const cadence = Math.max(15, step);
      const origins = originsOf({
        ...trace,
        stepMinutes: step,
        cadenceMinutes: cadence,
        horizonsMinutes: horizons,
      });
      expect(origins).toHaveLength(count);
      expect(origins.slice(0, 2)).toEqual([trace.startMinute, trace.startMinute + cadence]);
    },
  );
});

describe('minuteLoads', () => {
  const coarse = (samples: { minute: number; load: number }[]) =>
    minuteLoads({ ...trace, samples, stepMinutes: 10, startMinute: 0, endMinute: 40 });

  it('draws straight lines between the middles of steps', () => {
    const loads = coarse([0, 100, 200, 100].map((load, index) => ({ minute: 10 * index, load })));
    [
      [0, 0],
      [5, 5],
      [14, 95],
      [15, 105],
      [25, 195],
    ].forEach(([minute = 0, load = 0]) => {
      expect(loads[minute]).toBeCloseTo(load, 9);
    });
    expect(loads[39]).toBe(100);
  });

  it('has gaps where nothing was measured', () => {
    const loads = coarse([
      { minute: 0, load: 10 },
      { minute: 20, load: 30 },
      { minute: 30, load: 30 },
    ]);
    expect([loads[10], loads[19]]).toEqual([Number.NaN, Number.NaN]);
    expect([loads[9], loads[20]]).toEqual([14.5, 25.5]); // on the line from 10 at 5 to 30 at 25
  });
});

describe('replay', () => {
  const moments = [...replay(trace)];

  it('yields every origin with every horizon', () => {
    expect(moments.map(({ originMinute }) => originMinute)).toEqual(originsOf(trace));
    for (const { originMinute, forecasts } of moments) {
      expect(forecasts.map(({ targetMinute }) => targetMinute - originMinute)).toEqual([0, 60]);
    }
  });

  it('has the measured load', () => {
    const [first] = moments[0]?.forecasts ?? [];
    expect(first?.load).toBe(trace.samples[8 * 24]?.load);
  });

  it('forecasts the same whatever comes later', () => {
    const cut = trace.startMinute + 6 * 60;
    const samples = trace.samples.map((it) => (it.minute < cut ? it : { ...it, load: 9 * it.load }));
    const forecastsUpTo = (all: typeof moments) =>
      all
        .filter(({ originMinute }) => originMinute <= cut)
        .map(({ forecasts }) =>
          forecasts.map(({ point, quantiles, baselines }) => [point, quantiles, baselines]),
        );
    expect(forecastsUpTo([...replay({ ...trace, samples })])).toEqual(forecastsUpTo(moments));
  });

  it('lets a decider read the last 15 days and nothing at or after the origin', () => {
    const seen: DecisionMoment[] = [];
    const decider = (moment: DecisionMoment) => {
      seen.push(moment);
      return { replicas: 4, hpaTarget: 0.8, replicasUnderFixedHpa: 5, reason: 'test' };
    };
    const [first] = replay({ ...trace, endMinute: FIRST_MINUTE + 8 * DAY + 180 }, { decider });
    expect(first?.decision).toEqual({
      replicas: 4,
      hpaTarget: 0.8,
      replicasUnderFixedHpa: 5,
      reason: 'test',
    });
    expect(seen[0]?.history.end).toBe(trace.startMinute / 60);
    expect(seen[0]?.history.at(trace.startMinute / 60)).toBeNaN();
  });
});
