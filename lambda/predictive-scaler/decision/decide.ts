import type { Forecast } from '../types';
import { type AdaptiveInput, type AdaptiveSettings, adaptiveRule } from './adaptive-rule';
import { bufferRule, type ScalingAction } from './buffer-rule';
import { type CapacityLimits, clampReplicas, replicasFor } from './capacity';
import { type FloorCandidate, ISSUE_MINUTES } from './floor-candidates';
import type { GateVerdict } from './gate';
import { type EventEffect, type EventWindow, effectDuring } from './planned-events';
import { type RampLimits, type RampReason, ramp } from './ramp';

/** HPA target beside a rule that knows none, utilisation 0 to 1. */
const DEFAULT_HPA_TARGET = 0.7;

/** Wishes kept in the state; as many as any ramp holds. */
const WISHES_KEPT = 16;

export interface DecisionSettings extends AdaptiveSettings {
  readonly mode: 'buffer' | 'adaptive';
  readonly ramp: RampLimits;
}

/** Plain data from one run to the next. */
export interface DecisionState {
  /** Floor in force, replicas. */
  readonly minReplicas: number;
  /** What the rule asked for, oldest first. */
  readonly recentlyWanted: readonly number[];
}

export interface DecisionInput extends AdaptiveInput {
  /** Replicas there are. */
  readonly currentReplicas: number;
  readonly state: DecisionState;
  readonly events: readonly EventWindow[];
  readonly gate: GateVerdict;
  /** Whether the floor in force stays at least as it is, as nothing is known that speaks against it. @default false */
  readonly isHeld?: boolean;
}

export type DecisionReason = 'gate-closed' | 'planned-event' | 'held' | RampReason;

export interface Decision {
  readonly minReplicas: number;
  /** Utilisation 0 to 1. */
  readonly hpaTarget: number;
  /** What happens to the floor. */
  readonly action: ScalingAction;
  readonly reason: DecisionReason;
  readonly message: string;
  /** For the next run. */
  readonly state: DecisionState;
}

interface Wish {
  readonly replicas: number;
  readonly hpaTarget: number;
  readonly message: string;
  readonly reason?: 'gate-closed' | 'planned-event' | 'held';
}

/** Forecast, gate, calendar and ramp, in this order, make a floor. */
export function decide(input: DecisionInput, settings: DecisionSettings): Decision {
  const { capacity } = settings;
  const { state } = input;
  const wish = withHold(input, withEvents(input, settings, ruled(input, settings)));
  const wanted = clampReplicas(wish.replicas, capacity);
  const step = ramp(
    {
      wanted,
      previous: clampReplicas(state.minReplicas, capacity),
      recentlyWanted: state.recentlyWanted,
      breachDue: wish.reason === 'planned-event' || breachDue(input, capacity),
    },
    settings.ramp,
  );
  const minReplicas = clampReplicas(step.replicas, capacity);
  return {
    minReplicas,
    hpaTarget: wish.hpaTarget,
    action: actionOf(state.minReplicas, minReplicas),
    reason: step.reason === 'as-wanted' ? (wish.reason ?? step.reason) : step.reason,
    message: `floor ${state.minReplicas} -> ${minReplicas} (${step.reason}): ${wish.message}`,
    state: { minReplicas, recentlyWanted: [...state.recentlyWanted, wanted].slice(-WISHES_KEPT) },
  };
}

/** What the forecast asks for, where the gate lets it. */
function ruled(input: DecisionInput, settings: DecisionSettings): Wish {
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

/** An operator's word holds whatever the forecast is worth, except while the scaler only watches. */
function withEvents(input: DecisionInput, settings: DecisionSettings, wish: Wish): Wish {
  const effect = effectAhead(input, settings);
  if (!effect || input.gate.state === 'FORECAST_ONLY') return wish;
  const replicas = Math.max(wish.replicas * effect.multiplier, effect.minReplicas);
  if (replicas === wish.replicas) return wish;
  const message = `${wish.message}; planned event ${effect.names.join(', ')}`;
  return { ...wish, replicas, message, reason: 'planned-event' };
}

/** After the events, whose multipliers would multiply a floor that they have raised. */
function withHold({ isHeld = false, state }: DecisionInput, wish: Wish): Wish {
  if (!isHeld || state.minReplicas <= wish.replicas) return wish;
  const message = `${wish.message}; the floor in force is kept`;
  return { ...wish, replicas: state.minReplicas, message, reason: 'held' };
}

/** From now until the last minute that what is asked for now has to serve. */
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
