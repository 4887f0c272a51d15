import {
  type AdaptiveSettings,
  adaptiveRule,
} from '../../../../lambda/predictive-scaler/decision/adaptive-rule';
import { laterShare } from '../../../../lambda/predictive-scaler/decision/floor-candidates';
import { forecastAt, LIMITS } from './fixtures';

const settings: AdaptiveSettings = {
  capacity: LIMITS,
  startMinutes: 3,
  intervalMinutes: 15,
  hpaTarget: { allowed: true },
};

/** Days of forecasts `bias` times a load between 700 and 1300. */
function input(days: number, bias: number, burst = 1) {
  const load = (minute: number) => 1000 + 300 * Math.sin((2 * Math.PI * minute) / 1440);
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

test('forecasts that were far too low leave it to the recent load and the HPA: would be 6 replicas', () => {
  const [good, low] = [adaptiveRule(input(3, 1), settings), adaptiveRule(input(3, 0.6), settings)];
  expect(low.hpaTarget).toBeLessThanOrEqual(good.hpaTarget);
  expect(low.replicas).toBeGreaterThanOrEqual(9);
});

test('bursts that come back raise the floor', () => {
  const [calm, bursts] = [adaptiveRule(input(3, 1), settings), adaptiveRule(input(3, 1, 1.5), settings)];
  expect(bursts.replicas).toBeGreaterThan(calm.replicas + 2);
});

test('a day of unknown loads is too little: the default pair', () => {
  const { past, forecast } = input(3, 1);
  const loads = new Float64Array(4320).fill(Number.NaN);
  const decision = adaptiveRule({ past, forecast, recent: { firstMinute: 0, loads } }, settings);
  expect(decision).toMatchObject({ level: 0.92, hpaTarget: 0.8, reason: 'default-too-little-history' });
  expect(adaptiveRule({ ...input(3, 1), past: [] }, settings).evidence.knownMinutes).toBe(0);
});

test('leaves the HPA target alone where it may not choose', () => {
  const fixed = { ...settings, hpaTarget: { allowed: false, fixed: 0.7 } } as const;
  expect(adaptiveRule(input(3, 1), fixed).hpaTarget).toBeCloseTo(0.7, 12);
  expect(adaptiveRule({ ...input(3, 1), past: [] }, fixed).hpaTarget).toBe(0.7);
});

test('looks at nothing at or after the origin', () => {
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
