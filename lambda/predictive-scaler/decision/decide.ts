import type { Forecast } from '../types';
import { type AdaptiveInput, type AdaptiveSettings, adaptiveRule } from './adaptive-rule';
import { bufferRule, type ScalingAction } from './buffer-rule';
import { type CapacityLimits, clampReplicas, replicasFor } from './capacity';
import { type FloorCandidate, ISSUE_MINUTES } from './floor-candidates';
import type { GateVerdict } from './gate';
import { type EventEffect, type EventWindow, effectDuring } from './planned-events';
import { type RampLimits, type RampReason, ramp } from './ramp';

/** HPA target for rules that do not choose one, utilisation 0 to 1. */
const DEFAULT_HPA_TARGET = 0.7;

/** Wanted replicas kept in the state; at least as many as any ramp reads. */
const KEPT_RUNS = 16;

/** Settings of a workload's decisions. */
export interface DecisionSettings extends AdaptiveSettings {
  /** Rule that turns forecasts into replicas. */
  readonly mode: 'buffer' | 'adaptive';
  /** Limits on how fast the floor moves. */
  readonly ramp: RampLimits;
}

/** State between runs; plain data. */
export interface DecisionState {
  /** Floor in force, replicas. */
  readonly minReplicas: number;
  /** Replicas that the last runs wanted before the ramp, oldest first. */
  readonly recentlyWanted: readonly number[];
}

/** Inputs of a decision. */
export interface DecisionInput extends AdaptiveInput {
  /** Current replicas. */
  readonly currentReplicas: number;
  /** State of the last run. */
  readonly state: DecisionState;
  /** Planned events. */
  readonly events: readonly EventWindow[];
  /** Whether the forecast may set the floor. */
  readonly gate: GateVerdict;
  /** Whether the floor in force must not be lowered, because too little is known. @default false */
  readonly isHeld?: boolean;
}

/** Reason of a floor. */
export type DecisionReason = 'gate-closed' | 'planned-event' | 'held' | RampReason;

/** Result of a decision. */
export interface Decision {
  /** Floor, replicas. */
  readonly minReplicas: number;
  /** Target utilisation of the HPA, 0 to 1. */
  readonly hpaTarget: number;
  /** Direction in which the floor moves. */
  readonly action: ScalingAction;
  /** Reason of the floor. */
  readonly reason: DecisionReason;
  /** Explanation for people. */
  readonly message: string;
  /** State for the next run. */
  readonly state: DecisionState;
}

/** Replicas that a step wants, before the ramp. */
interface WantedFloor {
  readonly replicas: number;
  readonly hpaTarget: number;
  readonly message: string;
  readonly reason?: 'gate-closed' | 'planned-event' | 'held';
}

/** Decides the floor in this order: rule (if the gate is open), planned events, hold, ramp. */
export function decide(input: DecisionInput, settings: DecisionSettings): Decision {
  const { capacity } = settings;
  const { state } = input;
  const wantedFloor = applyHold(input, applyEvents(input, settings, applyRule(input, settings)));
  const wanted = clampReplicas(wantedFloor.replicas, capacity);
  const step = ramp(
    {
      wanted,
      previous: clampReplicas(state.minReplicas, capacity),
      recentlyWanted: state.recentlyWanted,
      breachDue: wantedFloor.reason === 'planned-event' || breachDue(input, capacity),
    },
    settings.ramp,
  );
  const minReplicas = clampReplicas(step.replicas, capacity);
  return {
    minReplicas,
    hpaTarget: wantedFloor.hpaTarget,
    action: actionOf(state.minReplicas, minReplicas),
    reason: step.reason === 'as-wanted' ? (wantedFloor.reason ?? step.reason) : step.reason,
    message: `floor ${state.minReplicas} -> ${minReplicas} (${step.reason}): ${wantedFloor.message}`,
    state: { minReplicas, recentlyWanted: [...state.recentlyWanted, wanted].slice(-KEPT_RUNS) },
  };
}

/** Replicas of the rule while the gate is open, otherwise the base. */
function applyRule(input: DecisionInput, settings: DecisionSettings): WantedFloor {
  const { state, reason, waitsFor } = input.gate;
  const fixed = settings.hpaTarget.allowed ? DEFAULT_HPA_TARGET : settings.hpaTarget.fixed;
  if (state !== 'ACTIVE') {
    const message = `${state} (${reason}), waits for ${waitsFor}`;
    return { replicas: settings.capacity.minReplicas, hpaTarget: fixed, message, reason: 'gate-closed' };
  }
  if (settings.mode === 'buffer') {
    const { replicas, message } = bufferRule(input.forecast, input.currentReplicas, settings.capacity);
    return { replicas, hpaTarget: fixed, message };
  }
  const { replicas, hpaTarget, reason: why, evidence } = adaptiveRule(input, settings);
  const message = `${replicas} replicas by ${why} (cheapest of all: ${nameOf(evidence.floor)}), HPA target ${hpaTarget.toFixed(2)}`;
  return { replicas, hpaTarget, message };
}

function nameOf(floor: FloorCandidate): string {
  return floor.kind === 'none' ? 'no floor' : `${floor.level} quantile of the ${floor.kind}`;
}

/** Planned events apply whatever the state of the gate, except FORECAST_ONLY. */
function applyEvents(input: DecisionInput, settings: DecisionSettings, wanted: WantedFloor): WantedFloor {
  const effect = effectAhead(input, settings);
  if (!effect || input.gate.state === 'FORECAST_ONLY') return wanted;
  const replicas = Math.max(wanted.replicas * effect.multiplier, effect.minReplicas);
  if (replicas === wanted.replicas) return wanted;
  const message = `${wanted.message}; planned event ${effect.names.join(', ')}`;
  return { ...wanted, replicas, message, reason: 'planned-event' };
}

/** Keeps the floor in force. Comes after the events: their multiplier must not apply to a floor they have raised. */
function applyHold({ isHeld = false, state }: DecisionInput, wanted: WantedFloor): WantedFloor {
  if (!isHeld || state.minReplicas <= wanted.replicas) return wanted;
  const message = `${wanted.message}; the floor in force is kept`;
  return { ...wanted, replicas: state.minReplicas, message, reason: 'held' };
}

/** Effect of planned events from now until the last minute that this decision's replicas must serve. */
export function effectAhead(
  { forecast: { originMinute }, events }: Pick<DecisionInput, 'forecast' | 'events'>,
  { startMinutes, intervalMinutes }: Pick<AdaptiveSettings, 'startMinutes' | 'intervalMinutes'>,
): EventEffect | undefined {
  return effectDuring(events, originMinute, originMinute + ISSUE_MINUTES + startMinutes + intervalMinutes);
}

function breachDue({ forecast, currentReplicas }: DecisionInput, capacity: CapacityLimits): boolean {
  return replicasFor(peakOf(forecast), capacity) > currentReplicas;
}

function peakOf({ horizons, recentLoad }: Forecast): number {
  return Math.max(Number.isNaN(recentLoad) ? 0 : recentLoad, ...horizons.map(({ point }) => point));
}

/** What happens to a number of replicas. */
export function actionOf(previous: number, next: number): ScalingAction {
  if (next > previous) return 'SCALE_UP';
  return next < previous ? 'SCALE_DOWN' : 'MAINTAIN';
}
