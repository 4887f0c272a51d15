import * as fc from 'fast-check';
import {
  type DecisionInput,
  type DecisionSettings,
  decide,
} from '../../../../lambda/predictive-scaler/decision/decide';
import { gate } from '../../../../lambda/predictive-scaler/decision/gate';
import { eventWindow } from '../../../../lambda/predictive-scaler/decision/planned-events';
import { DEFAULT_RAMP } from '../../../../lambda/predictive-scaler/decision/ramp';
import { forecastAt, GOOD, LIMITS } from './fixtures';

const settings: DecisionSettings = {
  mode: 'buffer',
  capacity: LIMITS,
  startMinutes: 3,
  intervalMinutes: 15,
  hpaTarget: { allowed: true },
  ramp: DEFAULT_RAMP,
};

const NOON = Date.parse('2026-11-27T12:00Z') / 60_000;
const input: DecisionInput = {
  forecast: forecastAt(NOON, [1000, 900], 950),
  past: [],
  recent: { firstMinute: NOON, loads: [] },
  currentReplicas: 12,
  state: { minReplicas: 10, recentlyWanted: [] },
  events: [],
  gate: gate(GOOD, true),
};
const event = { name: 'sale', start: '2026-11-27T12:10Z', end: '2026-11-27T14:00Z', minReplicas: 30 };

test('takes the rule at its word', () => {
  expect(decide(input, settings)).toMatchObject({
    minReplicas: 12,
    action: 'SCALE_UP',
    reason: 'as-wanted',
    state: { minReplicas: 12, recentlyWanted: [12] },
  });
});

test('without history adaptive mode uses its defaults, and reports it', () => {
  const decision = decide(input, { ...settings, mode: 'adaptive' });
  expect(decision.message).toContain('default-too-little-history');
  expect(decision).toMatchObject({ minReplicas: 12, hpaTarget: 0.8 });
});

test('a closed gate lowers the floor by a quarter in each run, and reports what it waits for', () => {
  const closed = { ...input, gate: gate({ ...GOOD, staleMinutes: 60 }, true) };
  const decision = decide(closed, settings);
  expect(decision).toMatchObject({ minReplicas: 8, action: 'SCALE_DOWN', reason: 'drop-limited' });
  expect(decision.message).toContain('60 minutes ago');
});

test('a closed gate that holds keeps the floor, and does not multiply what an event has raised', () => {
  const closed = { ...input, gate: gate({ ...GOOD, staleMinutes: 60 }, true), isHeld: true };
  expect(decide(closed, settings)).toMatchObject({
    minReplicas: 10,
    action: 'MAINTAIN',
    reason: 'held',
  });
  const events = [eventWindow({ ...event, minReplicas: 0, multiplier: 2 })];
  expect(decide({ ...closed, events }, settings).minReplicas).toBe(10);
});

test('a planned event raises the floor before it begins, without growth limit, and resets after it', () => {
  const events = [eventWindow(event)];
  expect(decide({ ...input, events }, settings)).toMatchObject({
    minReplicas: 30,
    reason: 'growth-limit-lifted',
  });
  const after = { ...input, events, forecast: forecastAt(NOON + 121, [1000, 900], 950) };
  expect(decide(after, settings).minReplicas).toBe(12);
});

it.each([
  ['WARMING', gate({ ...GOOD, daysOfHistory: 1 }, true), 30],
  ['DEGRADED', gate({ ...GOOD, skill: -1 }, true), 30],
  ['FORECAST_ONLY', gate(GOOD, false), 8],
])('a planned event in state %s', (_, verdict, minReplicas) => {
  expect(decide({ ...input, gate: verdict, events: [eventWindow(event)] }, settings).minReplicas).toBe(
    minReplicas,
  );
});

test('a multiplier stays below the most replicas', () => {
  const events = [eventWindow({ ...event, minReplicas: 0, multiplier: 10 })];
  expect(decide({ ...input, events }, settings).minReplicas).toBe(50);
});

test('grows without limit where the forecast exceeds what there is', () => {
  const forecast = forecastAt(NOON, [3000, 3000], 950);
  expect(decide({ ...input, forecast }, settings)).toMatchObject({
    minReplicas: 36,
    reason: 'growth-limit-lifted',
  });
  expect(decide({ ...input, forecast, currentReplicas: 40 }, settings)).toMatchObject({
    minReplicas: 20,
    reason: 'growth-limited',
  });
});

test('floors stay within the limits, whatever comes', () => {
  const load = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      load,
      load,
      fc.integer({ min: 0, max: 500 }),
      fc.boolean(),
      (first, second, minReplicas, adaptive) => {
        const one = {
          ...input,
          forecast: forecastAt(NOON, [first, second]),
          state: { minReplicas, recentlyWanted: [] },
        };
        const decision = decide(one, { ...settings, mode: adaptive ? 'adaptive' : 'buffer' });
        expect(decision.minReplicas).toBeGreaterThanOrEqual(3);
        expect(decision.minReplicas).toBeLessThanOrEqual(50);
        expect(decision.hpaTarget).toBeGreaterThan(0);
      },
    ),
  );
});
