import type { WorkloadSettings } from '../constants';
import type { MinuteLoads } from '../decision/candidate-replay';
import { clampReplicas } from '../decision/capacity';
import {
  type Decision,
  type DecisionInput,
  type DecisionSettings,
  decide,
  effectAhead,
} from '../decision/decide';
import { isDataMissing } from '../decision/gate';
import { holdOf } from '../decision/hold';
import type { EventWindow } from '../decision/planned-events';
import { rampFor } from '../decision/ramp';
import { hasLease } from '../hpa/floor-lease';
import type { HpaSnapshot } from '../hpa/hpa-client';
import type { LoadHistory } from '../model/load-history';
import type { StoredDecision, WorkloadState } from '../state/workload-state';
import { DECISION_MINUTES } from './forecaster-options';
import type { Run } from './run';
import type { WorkloadForecast } from './workload-forecast';

/** Days of loads whose decisions are replayed, minutes. */
const REPLAYED_MINUTES = 4 * 1440;

/** A floor for this run. */
export interface FloorDecision {
  readonly decision: Decision;
  /** End of its lease, minutes since 1970-01-01 UTC: a new one, or that of a lease that is not renewed. */
  readonly leaseEndMinute: number;
  readonly isLapsing: boolean;
  /** Last run with loads and forecast, this one included. */
  readonly goodMinute: number;
}

export function decideFloor(
  settings: WorkloadSettings,
  workloadForecast: WorkloadForecast,
  hpa: HpaSnapshot,
  events: readonly EventWindow[],
  state: Pick<WorkloadState, 'decision' | 'goodMinute'> | undefined,
  run: Run,
): FloorDecision {
  const decisionSettings = decisionSettingsOf(settings, hpa.maxReplicas, run.intervalMinutes);
  const stored = state?.decision;
  const { reason, evidence } = workloadForecast.gate;
  const isMissing = isDataMissing(evidence) || reason === 'forecast-unknown';
  const goodMinute = isMissing ? Math.min(state?.goodMinute ?? run.nowMinute, run.nowMinute) : run.nowMinute;
  const { forecast, history, past } = workloadForecast;
  const previous = clampReplicas(floorInForce(stored, settings, hpa, run), decisionSettings.capacity);
  const hold = holdOf({
    isDataMissing: isMissing,
    isWaitingForTraining: reason === 'waiting-for-training',
    isEventAhead: effectAhead({ forecast, events }, decisionSettings) !== undefined,
    goodMinute,
    nowMinute: run.nowMinute,
  });
  const input: DecisionInput = {
    forecast,
    past,
    recent: replayedLoads(history, run.originMinute),
    currentReplicas: hpa.currentReplicas,
    state: { minReplicas: previous, recentlyWanted: stored?.recentlyWanted ?? [] },
    events,
    gate: workloadForecast.gate,
    isHeld: hold !== 'none',
  };
  const decision = decide(input, decisionSettings);
  const leaseEndMinute = stored?.leaseEndMinute ?? run.nowMinute;
  if (hold !== 'lapsing' || previous === settings.baseMinReplicas) {
    return { decision, leaseEndMinute: run.leaseEndMinute, isLapsing: false, goodMinute };
  }
  if (leaseEndMinute > run.nowMinute) return { decision, leaseEndMinute, isLapsing: true, goodMinute };
  return { decision: lapsed(decision, settings), leaseEndMinute, isLapsing: false, goodMinute };
}

/** The lease was not renewed, and is over. */
function lapsed(decision: Decision, { baseMinReplicas }: WorkloadSettings): Decision {
  const message = `floor ${decision.minReplicas} -> ${baseMinReplicas} (lease-over): data have been missing for too long`;
  return {
    ...decision,
    minReplicas: baseMinReplicas,
    action: 'SCALE_DOWN',
    reason: 'gate-closed',
    message,
    state: { minReplicas: baseMinReplicas, recentlyWanted: [] },
  };
}

/**
 * What was decided last, while its lease runs: a manifest that was applied in between has reset `minReplicas`, and is
 * no reason to begin anew. Without a decision the lease on the HPA tells; without both there is no floor.
 */
function floorInForce(
  stored: StoredDecision | undefined,
  { baseMinReplicas, mode }: WorkloadSettings,
  hpa: HpaSnapshot,
  { nowMinute }: Run,
): number {
  if (stored && stored.mode === mode && stored.leaseEndMinute > nowMinute) return stored.floor;
  return hasLease(hpa) ? hpa.minReplicas : baseMinReplicas;
}

/** Loads whose decisions are replayed. */
export function replayedLoads(history: LoadHistory, originMinute: number): MinuteLoads {
  const firstMinute = originMinute - REPLAYED_MINUTES;
  return { firstMinute, loads: history.loadsByMinute(firstMinute, originMinute) };
}

/**
 * @param maxReplicas of the HPA
 * @param intervalMinutes between two runs
 */
export function decisionSettingsOf(
  settings: WorkloadSettings,
  maxReplicas: number,
  intervalMinutes: number,
): DecisionSettings {
  return {
    mode: settings.rule,
    capacity: {
      loadPerReplica: settings.loadPerReplica,
      minReplicas: settings.baseMinReplicas,
      maxReplicas,
    },
    startMinutes: settings.startMinutes,
    intervalMinutes: DECISION_MINUTES,
    hpaTarget: { allowed: false, fixed: settings.hpaTarget },
    ramp: rampFor(intervalMinutes),
  };
}
