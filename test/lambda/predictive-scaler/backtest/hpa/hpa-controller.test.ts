import { syncHpa } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-controller';
import type { HpaSpec, MetricSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import { FRESH_STATE, type HpaState } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-state';
import { resolveHpaSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import {
  SYNC_REASON_MESSAGES,
  type SyncReason,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/sync-reason';
import { busy, NOW, observe, pending, replay, requests, rules } from './fixtures';

/** An HPA on requests per second that holds nothing back. */
function plainHpa(changes: Partial<HpaSpec> = {}) {
  const behavior = { scaleUp: rules(), scaleDown: rules() };
  return resolveHpaSpec({ minReplicas: 3, maxReplicas: 50, metrics: [requests(100)], behavior, ...changes });
}

const queue: MetricSpec = { type: 'External', name: 'queue', target: { type: 'Value', value: 100 } };
const slowUp = rules({ policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] });
const held = rules({ stabilizationWindowSeconds: 300 });

/** One sync of a controller that recommended `earlier` a moment ago. */
function syncOnce(spec: Partial<HpaSpec>, replicas: number, load: number | null, earlier = replicas) {
  const state = { ...FRESH_STATE, recommendations: [{ replicas: earlier, atSeconds: NOW - 15 }] };
  return syncHpa(state, NOW, plainHpa(spec), observe(replicas, load));
}

describe('the order of checks', () => {
  it.each<[string, Partial<HpaSpec>, number, number | null, number, SyncReason]>([
    ['0 replicas, min above 0: nothing; would be 3 by min', {}, 0, 5000, 0, 'disabled'],
    ['above max: max; would be 3 by metrics', {}, 60, 10, 50, 'above-max'],
    ['above max: max even without metrics', {}, 60, null, 50, 'above-max'],
    ['below min: min; would be 50 by metrics', {}, 2, 9000, 3, 'below-min'],
    ['below min: min even without metrics', {}, 2, null, 3, 'below-min'],
    [
      'below min: min at any pace; would be 3 by the policy',
      { minReplicas: 9, behavior: { scaleUp: slowUp } },
      2,
      10,
      9,
      'below-min',
    ],
    ['between: metrics', {}, 4, 800, 8, 'metrics'],
    ['between: no metric', {}, 4, null, 4, 'metrics-failed'],
    ['between: near the target', {}, 4, 410, 4, 'within-tolerance'],
    ['between: the metrics ask for more than max', {}, 40, 9000, 50, 'limited-to-max'],
    ['between: the metrics ask for less than min', {}, 10, 100, 3, 'limited-to-min'],
    ['between: too fast up', { behavior: { scaleUp: slowUp } }, 4, 800, 5, 'scale-up-limited'],
    [
      'between: too fast down',
      { behavior: { scaleDown: { ...slowUp, stabilizationWindowSeconds: 0 } } },
      8,
      400,
      7,
      'scale-down-limited',
    ],
    ['between: down too early', { behavior: { scaleDown: held } }, 8, 400, 8, 'scale-down-held'],
    ['no behavior: metrics', { behavior: null }, 4, 800, 8, 'metrics'],
    ['no behavior: twice current', { behavior: null }, 4, 900, 8, 'scale-up-limited'],
    ['no behavior: down too early', { behavior: null }, 8, 400, 8, 'scale-down-held'],
  ])('%s', (_, spec, replicas, load, desiredReplicas, reason) => {
    expect(syncOnce(spec, replicas, load)).toMatchObject({ desiredReplicas, reason });
    expect(SYNC_REASON_MESSAGES[reason]).toBeTruthy();
  });

  it('up too early', () => {
    expect(syncOnce({ behavior: { scaleUp: held } }, 4, 800)).toMatchObject({
      desiredReplicas: 4,
      reason: 'scale-up-held',
    });
  });

  it('lets metrics decide at 0 replicas when min is 0', () => {
    const spec = plainHpa({ minReplicas: 0, metrics: [queue] });
    const observation = { specReplicas: 0, pods: [], externalValues: { queue: 150 } };
    expect(syncHpa(FRESH_STATE, NOW, spec, observation)).toMatchObject({
      desiredReplicas: 2,
      reason: 'metrics',
    });
    const idle = { ...observation, externalValues: { queue: 0 } };
    expect(syncHpa(FRESH_STATE, NOW, spec, idle)).toMatchObject({
      desiredReplicas: 0,
      reason: 'at-recommendation',
    });
  });

  it('reports that unready pods reversed the change', () => {
    const pods = [...busy(10, 120), ...pending(4)];
    const result = syncHpa(FRESH_STATE, NOW, plainHpa(), { specReplicas: 14, pods });
    expect(result).toMatchObject({ desiredReplicas: 14, reason: 'direction-kept' });
  });
});

describe('a metric that fails', () => {
  const spec = plainHpa({ metrics: [requests(100), queue] });

  it.each<[string, number, number, SyncReason, number | null]>([
    ['blocks a scale-down: would be 4', 400, 10, 'scale-down-blocked', null],
    ['does not block a scale-up: would be 10', 1500, 15, 'metrics', 15],
  ])('%s, and is reported', (_, load, desiredReplicas, reason, recommendedReplicas) => {
    const result = syncHpa(FRESH_STATE, NOW, spec, observe(10, load));
    expect(result).toMatchObject({ desiredReplicas, reason, recommendedReplicas, error: 'unavailable' });
    expect(result.metrics.map(({ status }) => status)).toEqual(['valid', 'failed']);
  });

  it('leaves no recommendation: later scale-downs would be held by it', () => {
    const { state } = syncHpa(FRESH_STATE, NOW, spec, observe(10, 400));
    expect(state.recommendations).toEqual([{ replicas: 10, atSeconds: NOW }]); // the first sync's seed only
  });
});

describe('memory', () => {
  const patient = plainHpa({ behavior: { scaleUp: rules(), scaleDown: held } });

  it('starts with current, so that an immediate scale-down is held; would be 4', () => {
    const first = syncHpa(FRESH_STATE, NOW, patient, observe(10, 400));
    expect(first).toMatchObject({ desiredReplicas: 10, recommendedReplicas: 4, reason: 'scale-down-held' });
    expect(syncHpa(first.state, NOW + 299, patient, observe(10, 400)).desiredReplicas).toBe(10);
    expect(syncHpa(first.state, NOW + 300, patient, observe(10, 400)).desiredReplicas).toBe(4);
  });

  it('starts with current even when the first sync asks no metrics', () => {
    const first = syncHpa(FRESH_STATE, NOW, patient, observe(60, 400));
    expect(first.state.recommendations).toEqual([{ replicas: 60, atSeconds: NOW }]);
    // Would be 4 if nothing had been recorded.
    expect(syncHpa(first.state, NOW + 15, patient, observe(50, 400)).desiredReplicas).toBe(50);
  });

  it('holds raw recommendations, before stabilisation, pace and bounds', () => {
    const limited = plainHpa({ maxReplicas: 20, behavior: { scaleUp: slowUp, scaleDown: held } });
    const first = syncHpa(FRESH_STATE, NOW, limited, observe(10, 9000));
    expect(first.desiredReplicas).toBe(11);
    expect(first.state.recommendations).toContainEqual({ replicas: 90, atSeconds: NOW }); // would be 11 or 20
  });

  it('lost with the controller holds no scale-down', () => {
    const before: HpaState = { ...FRESH_STATE, recommendations: [{ replicas: 9, atSeconds: NOW - 100 }] };
    expect(syncHpa(before, NOW, patient, observe(12, 400)).desiredReplicas).toBe(9);
    // A restart seeds the current count instead, which holds even more.
    expect(syncHpa(FRESH_STATE, NOW, patient, observe(12, 400)).desiredReplicas).toBe(12);
  });

  it('takes scale events with behavior only', () => {
    expect(syncOnce({}, 4, 800).state.scaleUps).toEqual([{ change: 4, atSeconds: NOW }]);
    expect(syncOnce({}, 60, 800).state.scaleDowns).toEqual([{ change: 10, atSeconds: NOW }]);
    expect(syncOnce({ behavior: null }, 4, 800).state.scaleUps).toEqual([]);
  });

  it('overwrites a scale-up older than the scale-up periods, though scale-down periods still ask for it', () => {
    const up = rules({ policies: [{ type: 'Pods', value: 8, periodSeconds: 30 }] });
    const down = rules({ policies: [{ type: 'Pods', value: 1, periodSeconds: 600 }] });
    const spec = plainHpa({ behavior: { scaleUp: up, scaleDown: down } });
    const grown = (atSeconds: number, state: HpaState, from: number) =>
      syncHpa(state, atSeconds, spec, observe(from, 9000)).state;
    const once = grown(NOW, FRESH_STATE, 4);
    const at31 = grown(NOW + 31, once, 12);
    expect(at31.scaleUps).toEqual([{ change: 8, atSeconds: NOW + 31 }]);
    // Period start 20 - 8 = 12; would be 4 with both events, and the limit 3.
    expect(syncHpa(at31, NOW + 60, spec, observe(20, 300)).desiredReplicas).toBe(11);
    const at30 = grown(NOW + 30, once, 12);
    expect(at30.scaleUps).toHaveLength(2);
  });

  it('stays as small as its windows', () => {
    let state = FRESH_STATE;
    for (let sync = 0; sync < 1000; sync += 1) {
      state = syncHpa(state, NOW + sync * 15, patient, observe(10, sync % 2 ? 3000 : 400)).state;
    }
    expect(state.recommendations.length).toBeLessThanOrEqual(300 / 15 + 2);
    expect(state.scaleUps.length).toBeLessThanOrEqual(2);
  });
});

describe('a floor', () => {
  const behavior = {
    scaleUp: rules({ policies: [{ type: 'Percent', value: 100, periodSeconds: 30 }] }),
    scaleDown: {
      stabilizationWindowSeconds: 300,
      policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }],
    },
  } as const;
  const spec = plainHpa({ behavior });
  const minute = (load: number, minReplicas?: number) =>
    Array.from({ length: 4 }, () => ({ load, minReplicas }));
  const counts = (moments: Parameters<typeof replay>[2], start: number) =>
    replay(spec, start, moments).map(({ to }) => to);

  it('jumps when raised, without metrics, and uses up the budget of the period', () => {
    const steps = replay(spec, 4, [
      { load: 400 },
      { load: 4000, minReplicas: 20 },
      { load: 4000, minReplicas: 20 },
      { load: 4000, minReplicas: 20 },
    ]);
    expect(steps.map(({ to, reason }) => `${to} ${reason}`)).toEqual([
      '4 within-tolerance',
      '20 below-min', // would be 8 by the policy
      '20 scale-up-limited', // would be 40 if the jump were no scale-up: 4 at the start of the period
      '40 metrics',
    ]);
  });

  it('holds a scale-up back for one sync when raised above current by less; would be 8 without a floor', () => {
    const raised = { load: 800, minReplicas: 5 };
    expect(counts([{ load: 400 }, raised, raised], 4)).toEqual([4, 5, 8]);
  });

  it('falls at the pace of the policies when lowered; would stay at 20 for 300 s if stabilised', () => {
    const quiet = Array.from({ length: 6 }, () => minute(500, 20)).flat();
    const after = Array.from({ length: 4 }, () => minute(500, 3)).flat();
    expect(counts([...quiet, ...after], 20).slice(quiet.length)).toEqual([
      ...[18, 18, 18, 18],
      ...[16, 16, 16, 16],
      ...[14, 14, 14, 14],
      ...[12, 12, 12, 12],
    ]);
  });

  it('falls to the highest recommendation of the down window and waits there', () => {
    const quiet = Array.from({ length: 6 }, () => minute(500, 20)).flat();
    const peak = { load: 1700, minReplicas: 20 }; // asks for 17
    const after = Array.from({ length: 7 }, () => minute(500, 3)).flat();
    const fall = counts([...quiet, peak, ...after], 20).slice(quiet.length + 1);
    // 18, then 17 until the peak is 300 s old (20 syncs after it), then on: would be 16 after the first minute.
    expect(fall.slice(0, 19)).toEqual([...[18, 18, 18, 18], ...Array(15).fill(17)]);
    expect(fall[19]).toBe(15);
  });

  it('goes back when a manifest writes min back, like any lowering', () => {
    const moments = [{ load: 500, minReplicas: 20 }, { load: 500 }, { load: 500 }];
    // The seed of the first sync holds: would be 18 with an older controller.
    expect(counts(moments, 20)).toEqual([20, 20, 20]);
  });
});
