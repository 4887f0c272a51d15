import {
  type AdaptiveSettings,
  adaptiveRule,
} from '../../../../lambda/predictive-scaler/decision/adaptive-rule';
import { CandidateReplay } from '../../../../lambda/predictive-scaler/decision/candidate-replay';
import { laterShare } from '../../../../lambda/predictive-scaler/decision/floor-candidates';
import type { Forecast } from '../../../../lambda/predictive-scaler/types';
import { forecastAt, LIMITS } from './fixtures';

const settings: AdaptiveSettings = {
  capacity: LIMITS,
  startMinutes: 3,
  intervalMinutes: 15,
  hpaTarget: { allowed: true },
};

const wave = (minute: number) => 1000 + 300 * Math.sin((2 * Math.PI * minute) / 1440);

/** Four times the load every other hour. */
const steps = (minute: number) => (minute % 120 < 60 ? 400 : 1600);

/** Days of forecasts `bias` times a load between 700 and 1300, or another. */
function input(days: number, bias: number, burst = 1, load = wave) {
  const origin = days * 1440;
  const origins = Array.from({ length: (days * 1440) / 15 }, (_, at) => at * 15);
  const forecast = (at: number) => forecastAt(at, [bias * load(at + 15), bias * load(at + 30)], load(at - 8));
  const loads = Float64Array.from({ length: origin }, (_, at) => load(at) * (at % 60 < 10 ? burst : 1));
  return { forecast: forecast(origin), past: origins.map(forecast), recent: { firstMinute: 0, loads } };
}

test('with good forecasts it sets little above the load, and the HPA high', () => {
  const decision = adaptiveRule(input(3, 1), settings);
  expect(decision.reason).toBe('cheapest-replayed');
  expect(decision.replicas).toBeGreaterThanOrEqual(10);
  expect(decision.replicas).toBeLessThanOrEqual(12);
  expect(decision.hpaTarget).toBeGreaterThan(0.85);
});

test('steps that are foreseen are waited for; with forecasts far too low the HPA does it alone', () => {
  const good = adaptiveRule(input(3, 1, 1, steps), settings);
  const low = adaptiveRule(input(3, 0.2, 1, steps), settings);
  expect(good.evidence.floor.kind).not.toBe('none');
  expect(low.hpaTarget).toBeLessThan(good.hpaTarget);
  expect(low.evidence.cost).toBeGreaterThan(1.5 * (good.evidence.cost ?? 0));
});

describe('bursts of ten minutes every hour', () => {
  const bursts = input(3, 1, 2);
  const foreseen = (minute: number) => (minute % 60 === 0 || minute % 60 === 45 ? 2 : 1);
  const withPeak = (forecast: Forecast): Forecast => {
    const load = forecast.horizons[0]?.point ?? 0;
    return { ...forecast, peak: { quantile: () => foreseen(forecast.originMinute) * load } };
  };

  it('that peaks foresee raise the floor before they come, and not in between', () => {
    const past = bursts.past.map(withPeak);
    const before = adaptiveRule({ ...bursts, past, forecast: withPeak(bursts.forecast) }, settings);
    expect(before.evidence.floor.kind).toBe('peak');
    expect(before.replicas).toBeGreaterThanOrEqual(19);
    const [last, earlier] = [past.at(-1) as Forecast, past.at(-3) as Forecast];
    expect(earlier.originMinute % 60).toBe(15);
    const between = adaptiveRule({ ...bursts, past: past.slice(0, -3), forecast: earlier }, settings);
    expect(between.replicas).toBeLessThanOrEqual(13);
    expect(last.originMinute % 60).toBe(45);
  });

  it('that only means are forecast of keep more replicas there all the time: would be 12', () => {
    const calm = adaptiveRule(input(3, 1), settings);
    const restless = adaptiveRule(bursts, settings);
    expect(restless.replicas / restless.hpaTarget).toBeGreaterThan(1.2 * (calm.replicas / calm.hpaTarget));
  });
});

test('continues where it stopped with the same result as a new one', () => {
  const { past, forecast, recent } = input(3, 1, 1.5);
  const replay = new CandidateReplay(settings);
  for (const at of [200, 201, 250]) {
    adaptiveRule({ past: past.slice(0, at), forecast: past[at] as Forecast, recent }, settings, replay);
  }
  const resumed = adaptiveRule({ past, forecast, recent }, settings, replay);
  expect(resumed).toEqual(adaptiveRule({ past, forecast, recent }, settings));
  const other = input(3, 0.8);
  expect(adaptiveRule(other, settings, replay)).toEqual(adaptiveRule(other, settings));
});

test('does not go on from loads that changed when more was measured', () => {
  const { past, forecast, recent } = input(3, 1, 1.5);
  const replay = new CandidateReplay(settings);
  const at = past[250] as Forecast;
  const provisional = Float64Array.from(recent.loads);
  provisional.fill(5000, at.originMinute - 5, at.originMinute);
  const then = { firstMinute: 0, loads: provisional, unsettledFrom: at.originMinute - 5 };
  adaptiveRule({ past: past.slice(0, 250), forecast: at, recent: then }, settings, replay);
  const later = { ...recent, unsettledFrom: forecast.originMinute - 5 };
  const resumed = adaptiveRule({ past, forecast, recent: later }, settings, replay);
  expect(resumed).toEqual(adaptiveRule({ past, forecast, recent }, settings));
});

test('a day of unknown loads is too little: the default pair', () => {
  const { past, forecast } = input(3, 1);
  const loads = new Float64Array(4320).fill(Number.NaN);
  const decision = adaptiveRule({ past, forecast, recent: { firstMinute: 0, loads } }, settings);
  expect(decision).toMatchObject({ hpaTarget: 0.8, reason: 'default-too-little-history' });
  expect(decision.evidence.floor).toEqual({ kind: 'peak', level: 0.9 });
  expect(adaptiveRule({ ...input(3, 1), past: [] }, settings).evidence.knownMinutes).toBe(0);
});

test('leaves the HPA target alone where it may not choose', () => {
  const fixed = { ...settings, hpaTarget: { allowed: false, fixed: 0.7 } } as const;
  expect(adaptiveRule(input(3, 1), fixed).hpaTarget).toBeCloseTo(0.7, 12);
  expect(adaptiveRule({ ...input(3, 1), past: [] }, fixed).hpaTarget).toBe(0.7);
});

test('reads no loads from the origin on', () => {
  const { recent, ...rest } = input(3, 1);
  const loads = Float64Array.from({ length: 5000 }, (_, at) => recent.loads[at] ?? 9e9);
  const later = { ...rest, recent: { firstMinute: 0, loads } };
  expect(adaptiveRule(later, settings)).toEqual(adaptiveRule({ ...rest, recent }, settings));
});

it.each([
  [3, 0.5],
  [9, 0.5],
  [14, 0.83],
  [30, 1],
])('with a start of %p minutes the later horizon counts %p', (startMinutes, share) => {
  expect(laterShare(forecastAt(0, [1, 1]), startMinutes, 15)).toBeCloseTo(share, 2);
});
