import fc from 'fast-check';
import { DEFAULT_ASSUMPTIONS } from '../../../bin/cost/assumptions';
import { type PerScenario, SCENARIOS } from '../../../bin/cost/item';
import { reportOf } from '../../../bin/cost/report';
import { autoscaler, DEPLOYMENT, SMALL } from './small-environment';

/** Rounding must not be taken for a saving. */
const SLACK_USD = 1e-6;

function costs(
  minReplicas: number,
  maxReplicas: number,
  load: { mean?: number; percent?: number } = {},
): PerScenario {
  const assumptions = {
    ...DEFAULT_ASSUMPTIONS,
    ...(load.percent !== undefined && { 'mean-load-percent': load.percent }),
  };
  const documents = [DEPLOYMENT, autoscaler(minReplicas, maxReplicas)];
  return reportOf({ ...SMALL, documents, assumptions, meanRequestsPerSecond: load.mean }).total;
}

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }))
  .map(([min, more]) => ({ min, max: min + more }));

test('more replicas never cost less', () => {
  fc.assert(
    fc.property(bounds, fc.nat(20), fc.nat(20), ({ min, max }, moreMin, moreMax) => {
      const mean = min * 50;
      const before = costs(min, max, { mean });
      const after = costs(min + moreMin, Math.max(max + moreMax, min + moreMin), { mean });
      for (const scenario of SCENARIOS) {
        expect(after[scenario]).toBeGreaterThanOrEqual(before[scenario] - SLACK_USD);
      }
    }),
  );
});

test('more load never costs less, and a scenario with more load is never cheaper', () => {
  fc.assert(
    fc.property(
      bounds,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      ({ min, max }, a, b) => {
        const [less, more] = [Math.min(a, b) * max * 100, Math.max(a, b) * max * 100];
        const [before, after] = [costs(min, max, { mean: less }), costs(min, max, { mean: more })];
        expect(after.expected).toBeGreaterThanOrEqual(before.expected - SLACK_USD);
        expect(after.low).toBeLessThanOrEqual(after.expected + SLACK_USD);
        expect(after.expected).toBeLessThanOrEqual(after.peak + SLACK_USD);
      },
    ),
  );
});
