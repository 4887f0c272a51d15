import * as fc from 'fast-check';
import {
  constant,
  hpaAlone,
  hpaReplicas,
  inForce,
  perfectForesight,
  policyOutcome,
  readyReplicas,
} from '../../../../lambda/predictive-scaler/backtest/policy-replay';
import { prepareLoads, simulateHpa } from '../../../../lambda/predictive-scaler/decision/cost-simulation';

/** 100 a replica, 1 to 10 replicas, that serve 3 minutes after the minute in which they are asked for. */
const settings = { loadPerReplica: 100, minReplicas: 1, maxReplicas: 10, leadMinutes: 4 };
const minutes = (...values: number[]) => Float64Array.from(values);

it('replicas serve when their start-up is over, and stop at once', () => {
  expect([...readyReplicas(minutes(1, 4, 4, 4, 4, 2, 2), settings)]).toEqual([1, 1, 1, 1, 4, 2, 2]);
});

it('decisions are in force from the minute after their origin on', () => {
  expect([...inForce([5, 6], 3, 1, 8)]).toEqual([1, 5, 5, 5, 6, 6, 6, 6]);
});

describe('policyOutcome', () => {
  it('adds up what was short, unmet and paid', () => {
    // needed 1, 3, 3, 2; ready 2, 2, 2, 2
    const outcome = policyOutcome(minutes(100, 250, 300, 150), constant(4, 2), settings);
    expect(outcome).toMatchObject({
      shortMinutes: [1, 2],
      underMinutes: 2,
      underPercent: 50,
      unmetPercent: (100 * 150) / 800,
      replicaHours: 8 / 60,
      relativeCost: 8 / 9,
      penalisedCost: (8 + 50 * 1.5) / 9,
    });
  });

  it('leaves out what was not measured', () => {
    const outcome = policyOutcome(minutes(100, Number.NaN, 100), constant(3, 2), settings);
    expect(outcome).toMatchObject({ replicaHours: 4 / 60, relativeCost: 2 });
  });

  it('caps the load at the capacity of all replicas', () => {
    const outcome = policyOutcome(minutes(5000), constant(1, 10), settings);
    expect(outcome).toMatchObject({ underMinutes: 0, unmetPercent: 0 });
  });
});

describe('an HPA', () => {
  it('scales up with the load of the last full minute', () => {
    expect([...hpaAlone(minutes(70, 70, 350, 350, 350), 0.7, settings)]).toEqual([1, 1, 1, 5, 5]);
  });

  it('leaves the replicas alone within its tolerance', () => {
    expect([...hpaAlone(minutes(210, 230, 230, 231), 0.7, settings)]).toEqual([3, 3, 3, 3]); // would be 4
  });

  it('scales down to the most it wanted in five minutes', () => {
    const replicas = hpaAlone(minutes(350, 70, 70, 70, 70, 70, 70, 70), 0.7, settings);
    expect([...replicas]).toEqual([5, 5, 5, 5, 5, 5, 1, 1]);
  });

  it('keeps to its floor and its most replicas', () => {
    const floors = minutes(1, 4, 4, 20);
    expect([...hpaReplicas(constant(4, 70), constant(4, 0.7), floors, settings)]).toEqual([1, 4, 4, 10]);
  });

  it('goes on from where it is when its target changes', () => {
    const loads = constant(8, 350);
    const targets = minutes(0.7, 0.7, 0.5, 0.5, 1, 1, 1, 1);
    const replicas = [...hpaReplicas(loads, targets, constant(8, 1), settings)];
    expect(replicas).toEqual([5, 5, 7, 7, 7, 7, 7, 7]); // would be 4 at once without stabilisation
  });

  it.each([0.5, 0.7, 0.83])('with a target of %d is the one that decisions simulate', (target) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1500, noNaN: true }), fc.integer({ min: 1, max: 10 })), {
          minLength: 1,
          maxLength: 60,
        }),
        (all) => {
          const loads = Float64Array.from(all, ([load]) => load);
          const floors = Float64Array.from(all, ([, floor]) => floor);
          const desired = new Float64Array(all.length);
          simulateHpa(prepareLoads(loads, settings), { capacity: settings, floors, target }, desired);
          const replicas = hpaReplicas(loads, constant(all.length, target), floors, settings);
          expect([...replicas]).toEqual([...desired]);
        },
      ),
    );
  });

  it('takes the last load in a gap', () => {
    const loads = minutes(Number.NaN, 140, Number.NaN, Number.NaN);
    expect([...hpaAlone(loads, 0.7, settings)]).toEqual([2, 2, 2, 2]);
  });
});

describe('perfect foresight', () => {
  const loads = Float64Array.from({ length: 20 }, (_, minute) => (minute === 12 ? 900 : 100));
  const replicas = perfectForesight(loads, 5, 4, settings);

  it('has the replicas ready for a peak', () => {
    expect(policyOutcome(loads, replicas, settings).underMinutes).toBe(0);
  });

  it('creates replicas one decision early, because they need time to start', () => {
    expect([...replicas]).toEqual([1, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 1, 1, 1, 1]);
  });
});
