import fc from 'fast-check';
import { syncHpa } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-controller';
import type {
  ResolvedHpaSpec,
  ScalingPolicy,
  ScalingRules,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import { FRESH_STATE } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-state';
import { resolveHpaSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import { busy, NOW, observe, replay, requests, type Step } from './fixtures';

const policy: fc.Arbitrary<ScalingPolicy> = fc.record({
  type: fc.constantFrom('Pods', 'Percent'),
  value: fc.integer({ min: 1, max: 120 }),
  periodSeconds: fc.constantFrom(15, 30, 60, 90),
});

const scalingRules: fc.Arbitrary<Partial<ScalingRules>> = fc.record({
  stabilizationWindowSeconds: fc.constantFrom(0, 15, 60, 300),
  selectPolicy: fc.constantFrom('Max', 'Min', 'Disabled'),
  policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
});

const withRules: fc.Arbitrary<ResolvedHpaSpec> = fc
  .record({
    minReplicas: fc.integer({ min: 1, max: 10 }),
    spread: fc.integer({ min: 0, max: 60 }),
    behavior: fc.record({ scaleUp: scalingRules, scaleDown: scalingRules }),
  })
  .map(({ minReplicas, spread, behavior }) =>
    resolveHpaSpec({ minReplicas, maxReplicas: minReplicas + spread, metrics: [requests(100)], behavior }),
  );

const anyHpa = fc
  .tuple(withRules, fc.boolean())
  .map(([spec, bare]): ResolvedHpaSpec => (bare ? { ...spec, behavior: null } : spec));

const load = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 8000 }) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const moments = fc.array(fc.record({ load }), { minLength: 1, maxLength: 40 });
const start = fc.integer({ min: 1, max: 80 });

describe('any HPA', () => {
  it('stays within min and max', () => {
    fc.assert(
      fc.property(anyHpa, start, moments, (spec, replicas, series) => {
        for (const { to } of replay(spec, replicas, series)) {
          expect(to).toBeGreaterThanOrEqual(spec.minReplicas);
          expect(to).toBeLessThanOrEqual(spec.maxReplicas);
        }
      }),
    );
  });

  it('does the same again given the same', () => {
    fc.assert(
      fc.property(anyHpa, start, moments, (spec, replicas, series) => {
        expect(replay(spec, replicas, series)).toEqual(replay(spec, replicas, series));
      }),
    );
  });

  it('leaves the state it was given alone, and works as well from a copy in JSON', () => {
    fc.assert(
      fc.property(anyHpa, fc.array(start, { maxLength: 5 }), start, (spec, recommended, replicas) => {
        const recommendations = recommended.map((count, index) => ({
          replicas: count,
          atSeconds: index * 200,
        }));
        const state = { ...FRESH_STATE, recommendations };
        const before = structuredClone(state);
        const result = syncHpa(state, 1000, spec, observe(replicas, 3000));
        expect(state).toEqual(before);
        const copy = JSON.parse(JSON.stringify(state));
        expect(syncHpa(copy, 1000, spec, observe(replicas, 3000))).toEqual(result);
      }),
    );
  });

  it('changes nothing, ever, while the load stays within the tolerance', () => {
    fc.assert(
      fc.property(anyHpa, fc.double({ min: 0.901, max: 1.099, noNaN: true }), (spec, ratio) => {
        const replicas = spec.maxReplicas;
        const steady = Array.from({ length: 30 }, () => ({ load: replicas * 100 * ratio }));
        for (const { to, reason } of replay(spec, replicas, steady)) {
          expect(`${to} ${reason}`).toBe(`${replicas} within-tolerance`);
        }
      }),
    );
  });

  it('asks for no fewer replicas under more load, freshly started', () => {
    const loads = fc.tuple(fc.nat(8000), fc.nat(8000)).map((pair) => pair.sort((a, b) => a - b));
    fc.assert(
      fc.property(anyHpa, start, loads, (spec, replicas, [less = 0, more = 0]) => {
        const to = (total: number) =>
          syncHpa(FRESH_STATE, NOW, spec, observe(replicas, total)).desiredReplicas;
        expect(to(less)).toBeLessThanOrEqual(to(more));
      }),
    );
  });

  it('gives counted pods what it gives them one by one', () => {
    fc.assert(
      fc.property(anyHpa, start, fc.nat(300), (spec, replicas, each) => {
        const one = syncHpa(FRESH_STATE, NOW, spec, { specReplicas: replicas, pods: busy(replicas, each) });
        expect(syncHpa(FRESH_STATE, NOW, spec, observe(replicas, each * replicas))).toEqual(one);
      }),
    );
  });

  it('has no more replicas with a lower floor, unless the higher one is above current and skips the metrics', () => {
    fc.assert(
      fc.property(anyHpa, start, load, fc.nat(9), (spec, replicas, total, lower) => {
        fc.pre(replicas >= spec.minReplicas);
        const to = (minReplicas: number) =>
          syncHpa(FRESH_STATE, NOW, { ...spec, minReplicas }, observe(replicas, total)).desiredReplicas;
        expect(to(Math.max(1, spec.minReplicas - lower))).toBeLessThanOrEqual(to(spec.minReplicas));
      }),
    );
  });
});

describe('an HPA with rules', () => {
  it('never moves up by more than its policies allow, in any period', () => {
    fc.assert(
      fc.property(withRules, moments, (spec, series) => {
        const steps = replay(spec, spec.minReplicas, series);
        steps.forEach((step, index) => {
          if (step.to > step.from) expect(step.to).toBeLessThanOrEqual(allowed('up', spec, steps, index));
        });
      }),
    );
  });

  it('never moves down by more than its policies allow, in any period', () => {
    fc.assert(
      fc.property(withRules, moments, (spec, series) => {
        const steps = replay(spec, spec.maxReplicas, series);
        steps.forEach((step, index) => {
          if (step.to < step.from)
            expect(step.to).toBeGreaterThanOrEqual(allowed('down', spec, steps, index));
        });
      }),
    );
  });

  it('never goes below the highest recommendation of the down window', () => {
    fc.assert(
      fc.property(withRules, moments, (spec, series) => {
        const steps = replay(spec, spec.maxReplicas, series);
        const window = spec.behavior?.scaleDown.stabilizationWindowSeconds ?? 0;
        steps.forEach(({ atSeconds, from, to }, index) => {
          const recent = steps
            .slice(0, index)
            .filter((earlier) => atSeconds - earlier.atSeconds < window)
            .map(({ recommended }) => recommended ?? 0);
          if (to < from) expect(to).toBeGreaterThanOrEqual(Math.min(from, Math.max(0, ...recent)));
        });
      }),
    );
  });

  it('never adds replicas once its floor is lowered under a low load', () => {
    const quiet = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(withRules, fc.integer({ min: 4, max: 50 }), quiet, (spec, floor, loads) => {
        const roomy = { ...spec, minReplicas: 3, maxReplicas: 50 };
        const lowered = loads.map((total) => ({ load: total }));
        for (const { from, to } of replay(roomy, floor, [{ load: 100, minReplicas: floor }, ...lowered])) {
          expect(to).toBeLessThanOrEqual(from);
        }
      }),
    );
  });
});

/**
 * Replicas that the policies allow at a step, from the counts themselves instead of events: those when the period
 * began, changed by the policy. Events of the other direction that the controller forgets only make it slower.
 */
function allowed(
  direction: 'up' | 'down',
  { behavior }: ResolvedHpaSpec,
  steps: readonly Step[],
  index: number,
) {
  if (!behavior) throw new Error('no rules, no pace');
  const rules = direction === 'up' ? behavior.scaleUp : behavior.scaleDown;
  const current = (steps[index] as Step).from;
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const now = (steps[index] as Step).atSeconds;
    const first = steps.find(({ atSeconds }) => now - atSeconds < periodSeconds) as Step;
    const sign = direction === 'up' ? 1 : -1;
    if (type === 'Pods') return first.from + sign * value;
    const share = first.from * (1 + (sign * value) / 100);
    return direction === 'up' ? Math.ceil(share) : Math.trunc(share);
  });
  if (rules.selectPolicy === 'Disabled') return current;
  const widest = (rules.selectPolicy === 'Max') === (direction === 'up');
  return widest ? Math.max(...limits) : Math.min(...limits);
}
