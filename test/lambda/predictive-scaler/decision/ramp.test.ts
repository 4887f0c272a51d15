import * as fc from 'fast-check';
import { DEFAULT_RAMP, ramp, rampFor } from '../../../../lambda/predictive-scaler/decision/ramp';

const calm = { recentlyWanted: [], breachDue: false };

it.each([
  [{ wanted: 18, previous: 10, ...calm }, 18, 'as-wanted'],
  [{ wanted: 30, previous: 10, ...calm }, 20, 'growth-limited'],
  [{ wanted: 30, previous: 10, ...calm, breachDue: true }, 30, 'growth-limit-lifted'],
  [{ wanted: 7, previous: 3, ...calm }, 7, 'as-wanted'],
  [{ wanted: 9, previous: 10, ...calm }, 9, 'as-wanted'],
  [{ wanted: 3, previous: 20, ...calm }, 15, 'drop-limited'],
  [{ wanted: 3, previous: 4, ...calm }, 3, 'as-wanted'],
  [{ wanted: 47, previous: 50, ...calm }, 47, 'as-wanted'],
  [{ wanted: 48, previous: 50, ...calm }, 50, 'within-dead-band'],
  [
    { wanted: 15, previous: 20, recentlyWanted: [40, 18, 16], breachDue: false },
    18,
    'held-at-recent-maximum',
  ],
])('%p: %p, %p', (input, replicas, reason) => {
  expect(ramp(input, DEFAULT_RAMP)).toEqual({ replicas, reason });
});

describe('any step', () => {
  const replicas = fc.integer({ min: 1, max: 200 });
  const input = fc.record({
    wanted: replicas,
    previous: replicas,
    recentlyWanted: fc.array(replicas, { maxLength: 4 }),
    breachDue: fc.boolean(),
  });
  const step = (one: Parameters<typeof ramp>[0]) => ramp(one, DEFAULT_RAMP).replicas;

  test('lies between the current and the wanted floor', () => {
    fc.assert(
      fc.property(input, (one) => {
        expect(step(one)).toBeGreaterThanOrEqual(Math.min(one.wanted, one.previous));
        expect(step(one)).toBeLessThanOrEqual(Math.max(one.wanted, one.previous));
      }),
    );
  });

  test('removes at most a quarter, or one replica', () => {
    fc.assert(
      fc.property(input, (one) => {
        expect(one.previous - step(one)).toBeLessThanOrEqual(Math.max(1, one.previous / 4));
      }),
    );
  });

  test('increases with the wanted floor', () => {
    fc.assert(
      fc.property(input, replicas, (one, more) => {
        expect(step({ ...one, wanted: one.wanted + more })).toBeGreaterThanOrEqual(step(one));
      }),
    );
  });

  test('does not move once it has reached the wanted floor', () => {
    fc.assert(
      fc.property(input, (one) => {
        expect(step({ ...one, wanted: step(one), previous: step(one) })).toBe(step(one));
      }),
    );
  });

  test('brings any floor to the wanted one, or within its dead band', () => {
    fc.assert(
      fc.property(input, ({ wanted, previous }) => {
        let floor = previous;
        for (let run = 0; run < 60; run += 1) floor = step({ wanted, previous: floor, ...calm });
        expect(floor).toBeGreaterThanOrEqual(wanted);
        expect(floor - wanted).toBeLessThanOrEqual(0.05 * floor);
      }),
    );
  });
});

test('more frequent runs let go as much in an hour', () => {
  const [often, seldom] = [rampFor(5), rampFor(15)];
  expect((1 - often.dropShare) ** 12).toBeCloseTo((1 - seldom.dropShare) ** 4, 12);
  expect([often.holdRuns * 5, seldom.holdRuns * 15]).toEqual([30, 30]);
  expect(seldom).toEqual(DEFAULT_RAMP);
});
