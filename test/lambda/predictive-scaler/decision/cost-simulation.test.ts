import * as fc from 'fast-check';
import {
  minuteCosts,
  newHpa,
  prepareLoads,
  simulateHpa,
} from '../../../../lambda/predictive-scaler/decision/cost-simulation';
import { LIMITS } from './fixtures';

function desiredOf(loads: number[], floors: number[], target: number): number[] {
  const desired = new Float64Array(loads.length);
  const hpa = { capacity: LIMITS, floors: Float64Array.from(floors), target };
  simulateHpa(prepareLoads(loads, LIMITS), hpa, desired);
  return [...desired];
}

function costsOf(loads: number[], desired: number[], startMinutes: number): number[] {
  const costs = new Float64Array(loads.length);
  const settings = { capacity: LIMITS, startMinutes, penalty: 50 };
  minuteCosts(prepareLoads(loads, LIMITS), Float64Array.from(desired), settings, costs);
  return [...costs];
}

const none = (length: number) => new Array<number>(length).fill(0);

describe('HPA', () => {
  it.each([
    ['sees the load a minute later', [700, 1400, 1400], none(3), [10, 10, 20]],
    ['leaves a tenth alone', [700, 770, 770], none(3), [10, 10, 10]],
    ['falls after five minutes', [1400, 700, 700, 700, 700, 700, 700], none(7), [20, 20, 20, 20, 20, 20, 10]],
    ['keeps the floor', [700, 700, 700], [3, 15, 3], [10, 15, 10]],
    ['sees the last known load in a gap', [700, 1400, Number.NaN, Number.NaN], none(4), [10, 10, 20, 20]],
  ])('%s', (_, loads, floors, expected) => {
    expect(desiredOf(loads, floors, 0.7)).toEqual(expected);
  });
});

test('a simulation that is resumed is the same as one in one go', () => {
  const load = fc.integer({ min: 0, max: 5500 });
  fc.assert(
    fc.property(
      fc.array(load, { minLength: 2, maxLength: 60 }),
      fc.nat(59),
      fc.nat(9),
      (loads, cut, start) => {
        const settings = { capacity: LIMITS, startMinutes: start, penalty: 50 };
        const floors = Float64Array.from(loads, (one) => one / 150);
        const desired = new Float64Array(loads.length);
        const costs = new Float64Array(loads.length);
        const memory = newHpa();
        for (const end of [Math.min(cut, loads.length), loads.length]) {
          const from = memory.minute;
          const prepared = prepareLoads(loads.slice(0, end), LIMITS);
          const hpa = { capacity: LIMITS, floors, target: 0.7 };
          if (end > 0) simulateHpa(prepared, hpa, desired, memory);
          minuteCosts(prepared, desired, settings, costs, from);
        }
        expect([...desired]).toEqual(desiredOf(loads, [...floors], 0.7));
        expect([...costs]).toEqual(costsOf(loads, [...desired], start));
      },
    ),
  );
});

describe('costs', () => {
  it.each([
    ['replicas alone where all is carried', [900, 900], [10, 10], 3, [10, 10]],
    ['what is asked for serves later', [1000, 1000, 1000], [5, 10, 10], 1, [255, 260, 10]],
    ['what is taken away is gone', [1000, 1000], [10, 9], 3, [10, 59]],
    ['unknown minutes cost nothing', [Number.NaN, 300], [10, 10], 3, [0, 10]],
    ['nobody pays for load above the most replicas', [9000], [50], 3, [50]],
  ])('%s', (_, loads, desired, startMinutes, expected) => {
    expect(costsOf(loads, desired, startMinutes)).toEqual(expected);
  });

  test('are those of the least replicas asked for during the start, minute by minute', () => {
    const minute = fc.record({
      load: fc.integer({ min: 0, max: 4000 }),
      asked: fc.integer({ min: 3, max: 50 }),
    });
    fc.assert(
      fc.property(
        fc.array(minute, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 14 }),
        (all, start) => {
          const expected = all.map(({ load, asked }, at) => {
            const window = all.slice(Math.max(0, at - start), at + 1);
            const ready = Math.min(...window.map((one) => one.asked));
            return asked + 50 * Math.max(0, load / 100 - ready);
          });
          const loads = all.map(({ load }) => load);
          const asked = all.map((one) => one.asked);
          costsOf(loads, asked, start).forEach((cost, at) => {
            expect(cost).toBeCloseTo(expected[at] as number, 9);
          });
        },
      ),
    );
  });
});
