import * as fc from 'fast-check';
import { checkCapacity, replicasFor } from '../../../../lambda/predictive-scaler/decision/capacity';
import { LIMITS } from './fixtures';

it.each([
  [0, 3],
  [300, 3],
  [301, 4],
  [1.1 * 300 + 1.1 * 700, 11],
  [1e9, 50],
  [Number.NaN, 50],
])('a load of %p takes %p replicas', (load, replicas) => {
  expect(replicasFor(load, LIMITS)).toBe(replicas);
});

test('replicas rise with the load, within the limits', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e5, noNaN: true }),
      fc.double({ min: 0, max: 1e5, noNaN: true }),
      (a, b) => {
        const [less, more] = [replicasFor(Math.min(a, b), LIMITS), replicasFor(Math.max(a, b), LIMITS)];
        expect(less).toBeGreaterThanOrEqual(3);
        expect(more).toBeLessThanOrEqual(50);
        expect(more).toBeGreaterThanOrEqual(less);
      },
    ),
  );
});

it.each([
  [{ ...LIMITS, loadPerReplica: 0 }, 'loadPerReplica'],
  [{ ...LIMITS, minReplicas: 2.5 }, 'minReplicas'],
  [{ ...LIMITS, maxReplicas: 2 }, 'maxReplicas'],
])('throws for %p', (limits, field) => {
  expect(() => checkCapacity(limits)).toThrow(field);
});
