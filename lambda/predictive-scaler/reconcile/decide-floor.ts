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

/** Length of the load history in which past decisions are replayed, minutes. */
const REPLAYED_MINUTES = 4 * 1440;

/** What a decision is based on. */
export interface FloorInput {
  /** Settings of the workload. */
  readonly settings: WorkloadSettings;
  /** Forecast of its load. */
  readonly workloadForecast: WorkloadForecast;
  /** Its HPA, as read in this run. */
  readonly hpa: HpaSnapshot;
  /** Planned events. */
  readonly events: readonly EventWindow[];
  /** State of the last run; undefined for a new workload. */
  readonly state: Pick<WorkloadState, 'decision' | 'goodMinute'> | undefined;
  /** The current run. */
  readonly run: Run;
}

/** The floor of this run. */
export interface FloorDecision {
  /** Floor and its reason. */
  readonly decision: Decision;
  /** End of its lease, minutes since 1970-01-01 UTC: a new one, or the old one if the lease is not renewed. */
  readonly leaseEndMinute: number;
  /** Whether the lease is not renewed because data have been missing for too long. */
  readonly isLapsing: boolean;
  /** Last run with known loads and a forecast, this one included; minutes since 1970-01-01 UTC. */
  readonly lastDataMinute: number;
}

/** Decides the floor from the forecast, or from the floor in force where data are missing. */
export function decideFloor(input: FloorInput): FloorDecision {
  const { settings, workloadForecast, hpa, events, state, run } = input;
  const decisionSettings = decisionSettingsOf(settings, hpa.maxReplicas, run.intervalMinutes);
  const stored = state?.decision;
  const { reason, evidence } = workloadForecast.gate;
  const isMissing = isDataMissing(evidence) || reason === 'forecast-unknown';
  const lastDataMinute = isMissing
    ? Math.min(state?.goodMinute ?? run.nowMinute, run.nowMinute)
    : run.nowMinute;
  const { forecast, history, past } = workloadForecast;
  const previous = clampReplicas(floorInForce(stored, settings, hpa, run), decisionSettings.capacity);
  const hold = holdOf({
    isDataMissing: isMissing,
    isWaitingForTraining: reason === 'waiting-for-training',
    isEventAhead: effectAhead({ forecast, events }, decisionSettings) !== undefined,
    lastDataMinute,
    nowMinute: run.nowMinute,
  });
  const decisionInput: DecisionInput = {
    forecast,
    past,
    recent: replayedLoads(history, run.originMinute),
    currentReplicas: hpa.currentReplicas,
    state: { minReplicas: previous, recentlyWanted: stored?.recentlyWanted ?? [] },
    events,
    gate: workloadForecast.gate,
    isHeld: hold !== 'none',
  };
  const decision = decide(decisionInput, decisionSettings);
  const leaseEndMinute = stored?.leaseEndMinute ?? run.nowMinute;
  if (hold !== 'lapsing' || previous === settings.baseMinReplicas) {
    return { decision, leaseEndMinute: run.leaseEndMinute, isLapsing: false, lastDataMinute };
  }
  if (leaseEndMinute > run.nowMinute) return { decision, leaseEndMinute, isLapsing: true, lastDataMinute };
  return { decision: lapsed(decision, settings), leaseEndMinute, isLapsing: false, lastDataMinute };
}

/** The decision once a lease that was not renewed has ended: back to the base. */
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
 * The floor in force: the last decision while its lease is valid, even if a manifest that was applied in between has
 * reset `minReplicas`. Without a stored decision it is the HPA's floor if it has a lease, otherwise the base.
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

/** Loads of the minutes in which past decisions are replayed. */
export function replayedLoads(history: LoadHistory, originMinute: number): MinuteLoads {
  const firstMinute = originMinute - REPLAYED_MINUTES;
  return { firstMinute, loads: history.loadsByMinute(firstMinute, originMinute) };
}

/**
 * Settings of the decision for a workload.
 * @param maxReplicas upper bound of the HPA
 * @param intervalMinutes time between two runs
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
