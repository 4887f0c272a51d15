import {
  type HpaSettings,
  hpaCandidates,
} from '../../../../lambda/predictive-scaler/backtest/hpa-candidates';
import {
  type HpaRecommendation,
  recommendHpa,
  SEED_HPA,
} from '../../../../lambda/predictive-scaler/backtest/recommend-hpa';

const DAY = 1440;
const START = Date.parse('2026-11-02T00:00:00Z') / 60_000;
const settings = { loadPerReplica: 100, minReplicas: 3, maxReplicas: 50, leadMinutes: 4 };

/** A wave a day from 100 to 900. */
const wave = (minute: number) => 500 - 400 * Math.cos((2 * Math.PI * minute) / DAY);
const days = (count: number, load = wave) =>
  Float64Array.from({ length: count * DAY }, (_, minute) => load(minute));

function recommended(loads: Float64Array, change: Partial<typeof settings> = {}): HpaRecommendation {
  const found = recommendHpa({
    loads,
    startMinute: START,
    settings: { ...settings, ...change },
    givenTarget: 0.7,
  });
  if (!found) throw new Error('no recommendation');
  return found;
}

const settingsOf = ({ minReplicas, maxReplicas, target }: HpaSettings) => ({
  minReplicas,
  maxReplicas,
  target,
});

describe('a recommendation for an HPA', () => {
  const found = recommended(days(5));

  it('costs less than the given settings on days that it was not chosen on', () => {
    expect(found).toMatchObject({
      chosenFromMinute: START,
      scoredFromMinute: START + 3 * DAY,
      endMinute: START + 5 * DAY,
    });
    expect(found.recommended.cost).toBeLessThan(found.given.cost);
    expect(found.recommended.target).toBeGreaterThan(0.7);
  });

  it('is compared with the given settings and those of the seed', () => {
    expect(settingsOf(found.given)).toEqual({ minReplicas: 3, maxReplicas: 50, target: 0.7 });
    expect(settingsOf(recommended(days(2), { minReplicas: 9 }).seed)).toEqual(SEED_HPA);
  });

  it('is not changed by what comes on the scored days, and its score is', () => {
    const surge = (minute: number) =>
      minute >= 3 * DAY + 700 && minute < 3 * DAY + 720 ? 4_000 : wave(minute);
    const other = recommended(days(5, surge));
    expect(settingsOf(other.recommended)).toEqual(settingsOf(found.recommended));
    expect(other.recommended.underMinutes).toBeGreaterThan(found.recommended.underMinutes);
    expect(other.recommended.worstMinute).toMatchObject({
      minute: START + 3 * DAY + 700,
      load: 4_000,
      needed: 40,
    });
  });

  it('does not score the days that it was chosen on', () => {
    const surge = (minute: number) => (minute === 700 ? 4_000 : wave(minute));
    expect(recommended(days(5, surge)).given).toEqual(found.given);
  });

  it('counts load above the most replicas as unmet', () => {
    const { given } = recommended(days(2), { maxReplicas: 5 });
    expect(given.unmetPercent).toBeGreaterThan(10);
    expect(given.worstMinute).toMatchObject({ ready: 5, needed: 9 });
  });

  it('keeps replicas for rises that the HPA is too late for', () => {
    // From 200 to 1500 and back within a quarter of an hour, every hour.
    const pulses = (minute: number) => (minute % 60 < 15 ? 1_500 : 200);
    expect(recommended(days(2, pulses)).recommended.minReplicas).toBeGreaterThan(10);
  });

  it('compares with replicas that predictive scaling asks for', () => {
    const loads = days(2);
    const predictiveReplicas = new Float64Array(loads.length).fill(20);
    const input = { loads, startMinute: START, settings, givenTarget: 0.7, predictiveReplicas };
    expect(recommendHpa(input)?.predictive).toMatchObject({ replicaHours: 24 * 20, underMinutes: 0 });
  });

  it('leaves out what was not measured', () => {
    const gap = (minute: number) => (minute % DAY < 600 ? Number.NaN : wave(minute));
    const { given } = recommended(days(2, gap));
    expect(given.replicaHours).toBeLessThan(recommended(days(2)).given.replicaHours);
    expect(given.cost).not.toBeNaN();
  });

  it.each([
    ['less than two days', days(1)],
    ['an idle service', days(4, () => 0)],
    ['a service that was never measured', days(4, () => Number.NaN)],
  ])('is not made for %s', (_, loads) => {
    expect(recommendHpa({ loads, startMinute: START, settings, givenTarget: 0.7 })).toBeUndefined();
  });
});

describe('candidates', () => {
  const given = { minReplicas: 3, maxReplicas: 50, target: 0.7 };

  it('have the given settings, and maximums above what the busiest minute asks for', () => {
    const candidates = hpaCandidates(1800, given, 100);
    expect(candidates[0]).toEqual(given);
    const at90 = candidates.filter(({ minReplicas, target }) => minReplicas === 2 && target === 0.9);
    expect(at90.map(({ maxReplicas }) => maxReplicas)).toEqual([20, 25, 30]);
    expect(Math.max(...candidates.slice(1).map(({ minReplicas }) => minReplicas))).toBeLessThanOrEqual(18);
  });

  it('have two replicas at least, unless fewer are given', () => {
    const least = (minReplicas: number) =>
      Math.min(...hpaCandidates(1800, { ...given, minReplicas }, 100).map((one) => one.minReplicas));
    expect([least(1), least(3)]).toEqual([1, 2]);
  });

  it('have a maximum that is given below those of the load', () => {
    const maximums = hpaCandidates(1800, { ...given, maxReplicas: 12 }, 100).map(
      ({ maxReplicas }) => maxReplicas,
    );
    expect(Math.min(...maximums)).toBe(12);
  });

  it('stay few for services with thousands of replicas', () => {
    expect(hpaCandidates(1_000_000, { ...given, maxReplicas: 10_000 }, 100).length).toBeLessThan(2_500);
  });
});
