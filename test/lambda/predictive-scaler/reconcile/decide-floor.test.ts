import * as fc from 'fast-check';
import { ANNOTATIONS } from '../../../../lambda/predictive-scaler/constants';
import { gate } from '../../../../lambda/predictive-scaler/decision/gate';
import { eventWindow } from '../../../../lambda/predictive-scaler/decision/planned-events';
import type { HpaSnapshot } from '../../../../lambda/predictive-scaler/hpa/hpa-client';
import { LoadHistory } from '../../../../lambda/predictive-scaler/model/load-history';
import { decideFloor } from '../../../../lambda/predictive-scaler/reconcile/decide-floor';
import { noForecast } from '../../../../lambda/predictive-scaler/reconcile/forecaster-options';
import type { Run } from '../../../../lambda/predictive-scaler/reconcile/run';
import type { WorkloadForecast } from '../../../../lambda/predictive-scaler/reconcile/workload-forecast';
import type { StoredDecision } from '../../../../lambda/predictive-scaler/state/workload-state';
import { forecastAt, GOOD } from '../decision/fixtures';
import { workload } from './rig';

const NOW = 30 * 1440;
const settings = workload({ rule: 'buffer', baseMinReplicas: 3 });
const run = {
  runId: 'run',
  slotMinute: NOW,
  nowMinute: NOW,
  originMinute: NOW,
  intervalMinutes: 5,
  leaseEndMinute: NOW + 20,
} as Run;

function workloadForecast(load: number, staleMinutes: number): WorkloadForecast {
  const isStale = staleMinutes > 10;
  return {
    history: LoadHistory.of(5, NOW / 5 - 288, 5, new Float64Array(288).fill(load)),
    forecast: isStale ? noForecast(NOW) : forecastAt(NOW, [load, load], load),
    past: [],
    gate: gate({ ...GOOD, staleMinutes }, true),
    weights: {},
    models: undefined,
  };
}

function kept(floor: number, leaseEndMinute = NOW + 15): StoredDecision {
  return {
    slotMinute: NOW - 5,
    runId: 'before',
    mode: 'act',
    floor,
    base: 3,
    leaseEndMinute,
    reason: 'as-wanted',
    recentlyWanted: [floor],
  };
}

function hpa(minReplicas: number, change: Partial<HpaSnapshot> = {}): HpaSnapshot {
  return {
    minReplicas,
    maxReplicas: 50,
    currentReplicas: minReplicas,
    desiredReplicas: minReplicas,
    annotations: {},
    resourceVersion: '1',
    scaledObject: undefined,
    ...change,
  };
}

const withLease = (end: number) => ({
  annotations: { [ANNOTATIONS.expiresAt]: new Date(end * 60_000).toISOString() },
});

/** Without data, so that the floor in force is what comes out. */
const floorInForce = (decision: StoredDecision | undefined, now: HpaSnapshot) =>
  decideFloor({
    settings,
    workloadForecast: workloadForecast(0, 60),
    hpa: now,
    events: [],
    state: { decision, goodMinute: NOW - 10 },
    run,
  }).decision.minReplicas;

describe('the floor in force', () => {
  it.each([
    ['is what was decided last, though a manifest has reset it', kept(20), hpa(3), 20],
    ['is nothing, once its lease is over and it was let go', kept(20, NOW - 60), hpa(3), 3],
    [
      'is what is there, while a lease that is over was not let go',
      kept(20, NOW - 60),
      hpa(18, withLease(NOW - 60)),
      18,
    ],
    ['is what the lease on the HPA says, without a state', undefined, hpa(18, withLease(NOW + 10)), 18],
    ["is not a person's minReplicas", undefined, hpa(18), 3],
    ['is not what a dry run decided', { ...kept(20), mode: 'forecast-only' as const }, hpa(3), 3],
    ['is at most the present maximum', kept(20), hpa(3, { maxReplicas: 12 }), 12],
  ])('%s', (_, decision, now, floor) => {
    expect(floorInForce(decision, now)).toBe(floor);
  });
});

test('no floor is outside of base and maximum, and none is lower for missing data, whatever came before', () => {
  const replicas = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(
      fc.record({
        load: fc.double({ min: 0, max: 1e6, noNaN: true }),
        staleMinutes: fc.integer({ min: 0, max: 500 }),
        goodMinute: fc.integer({ min: NOW - 500, max: NOW + 500 }),
        maxReplicas: fc.integer({ min: 3, max: 1000 }),
        minReplicas: replicas,
        keptFloor: replicas,
        multiplier: fc.double({ min: 0.1, max: 1000, noNaN: true }),
        hasEvent: fc.boolean(),
      }),
      ({ load, staleMinutes, goodMinute, maxReplicas, minReplicas, keptFloor, multiplier, hasEvent }) => {
        const sale = { name: 'sale', start: '1970-01-01T00:00Z', end: '1971-01-01T00:00Z', multiplier };
        const { decision, isLapsing } = decideFloor({
          settings,
          workloadForecast: workloadForecast(load, staleMinutes),
          hpa: hpa(minReplicas, { maxReplicas }),
          events: hasEvent ? [eventWindow(sale)] : [],
          state: { decision: kept(keptFloor), goodMinute },
          run,
        });
        expect(decision.minReplicas).toBeGreaterThanOrEqual(3);
        expect(decision.minReplicas).toBeLessThanOrEqual(maxReplicas);
        const before = Math.min(Math.max(keptFloor, 3), maxReplicas);
        const isHeld = staleMinutes > 10 && (NOW - goodMinute <= 120 || isLapsing);
        if (isHeld) expect(decision.minReplicas).toBeGreaterThanOrEqual(before);
      },
    ),
  );
});
