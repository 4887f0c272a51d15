import { checkLoad } from '../../../../lambda/predictive-scaler/recommendation/capacity-check';
import {
  type RecommendationInput,
  recommend,
} from '../../../../lambda/predictive-scaler/recommendation/recommend';
import { exampleTraffic, FIRST_MINUTE } from '../../../helpers/traffic';
import { START_MINUTE, workload } from '../reconcile/rig';

/** Nine days of a wave a day around 1000, 100 a replica. */
const samples = exampleTraffic(9, 5);

const recommended = (change: Partial<RecommendationInput> = {}) =>
  recommend({
    settings: workload(),
    maxReplicas: 50,
    samples,
    nowMinute: START_MINUTE,
    intervalMinutes: 5,
    ...change,
  });

const capacity = { loadPerReplica: 100, minReplicas: 3, maxReplicas: 50 };

describe('a recommendation', () => {
  const found = recommended({ currentReplicas: 4 });

  it('has the load, its forecast and what the forecast is worth', () => {
    const last = samples.filter(({ minute }) => minute < START_MINUTE).slice(-3);
    expect(found.load).toBeCloseTo(last.reduce((sum, { load }) => sum + load, 0) / 3, 6);
    expect(found.forecasts.map(({ horizonMinutes }) => horizonMinutes)).toEqual([15, 30]);
    for (const { point, upper, replicas } of found.forecasts) {
      expect(upper).toBeGreaterThan(point);
      expect(replicas).toBe(Math.ceil(upper / 100));
    }
    expect(found.gate).toMatchObject({ state: 'ACTIVE', evidence: { skill: expect.any(Number) } });
  });

  it('comes from the decision of the deployed function, with its reason', () => {
    expect(found.replicas).toMatchObject({ current: 4, isCurrentKnown: true, action: 'SCALE_UP' });
    expect(found.replicas.recommended).toBeGreaterThan(4);
    expect(found.replicas.message).toMatch(/^floor 4 -> \d+ .*replicas by cheapest-replayed/);
  });

  it('goes down by the ramp of the deployed function', () => {
    const { replicas } = recommended({ currentReplicas: 50 });
    expect(replicas).toMatchObject({ action: 'SCALE_DOWN', reason: 'drop-limited' });
    expect(replicas.recommended).toBeGreaterThan(40);
  });

  it('reports whether the current replicas can serve the load, and the maximum the busiest hour', () => {
    expect(found.capacity.now).toMatchObject({ replicas: 4, needed: Math.ceil(found.load / 100) });
    const { busiest } = found.capacity;
    expect(busiest).toMatchObject({ replicas: 50, needed: expect.any(Number) });
    expect(busiest?.load).toBeGreaterThan(1500);
    expect((busiest?.minute ?? 0) % 60).toBe(0);
  });
});

describe('without an open gate', () => {
  const young = { samples: exampleTraffic(5, 5), nowMinute: FIRST_MINUTE + 5 * 1440 };

  it('keeps the replicas and reports what it waits for', () => {
    const { replicas, forecasts, gate, hourlyPatterns } = recommended({ ...young, currentReplicas: 20 });
    expect(replicas).toMatchObject({ recommended: 20, action: 'MAINTAIN' });
    expect(replicas.message).toContain('WARMING (history-too-short), waits for 7 days of history, has 5.0');
    expect({ forecasts, hourlyPatterns }).toEqual({
      forecasts: [],
      hourlyPatterns: { weekdays: [], weekend: [] },
    });
    expect(gate.state).toBe('WARMING');
  });

  it('starts from what the HPA would have where the replicas are not known', () => {
    const { load, replicas } = recommended(young);
    expect(replicas).toMatchObject({ current: Math.ceil(load / 70), isCurrentKnown: false });
  });

  it('raises them where the HPA does for the current load', () => {
    const { load, replicas } = recommended({ ...young, currentReplicas: 4 });
    const hpa = Math.ceil(load / 70);
    expect(hpa).toBeGreaterThan(4);
    expect(replicas).toMatchObject({ floor: 4, hpa, recommended: hpa, action: 'SCALE_UP' });
    expect(replicas.reason).toBe('load-needs-more');
    expect(replicas.message).toMatch(/; the HPA asks for \d+ at a load of [\d.]+ and a target of 0\.70$/);
  });

  it('still raises them for a planned event', () => {
    const start = new Date((young.nowMinute - 5) * 60_000).toISOString();
    const end = new Date((young.nowMinute + 60) * 60_000).toISOString();
    const event = { name: 'launch', start, end, timeZone: 'UTC', multiplier: 1, excludeFromTraining: false };
    const settings = workload({ events: [{ ...event, minReplicas: 30 }] });
    const { replicas } = recommended({ ...young, settings, currentReplicas: 20 });
    expect(replicas).toMatchObject({ recommended: 30, action: 'SCALE_UP', reason: 'planned-event' });
  });

  it('recommends nothing lower where the data stopped', () => {
    const old = samples.filter(({ minute }) => minute < START_MINUTE - 600);
    const { replicas, load } = recommended({ samples: old, currentReplicas: 12 });
    expect(replicas).toMatchObject({ recommended: 12, action: 'MAINTAIN' });
    expect(load).toBeNaN();
  });
});

it('fails where the limits contradict themselves', () => {
  expect(() => recommended({ maxReplicas: 2 })).toThrow(
    "'maxReplicas' must be a whole number of at least 'minReplicas' (3) and 1, got 2",
  );
});

it.each([
  [1000, 10, 10, 1],
  [1001, 10, 11, 1.001],
  [6000, 50, 60, 1.2], // would be 50 within the limits
  [0, 3, 0, 0],
])('a load of %d on %d replicas needs %d', (load, replicas, needed, utilisation) => {
  expect(checkLoad(load, replicas, capacity)).toEqual({ load, replicas, needed, utilisation });
});
