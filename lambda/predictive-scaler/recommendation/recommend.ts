import type { WorkloadSettings } from '../constants';
import type { ScalingAction } from '../decision/buffer-rule';
import { type CapacityLimits, checkCapacity, replicasFor } from '../decision/capacity';
import { newHpa, prepareLoads, simulateHpa } from '../decision/cost-simulation';
import {
  actionOf,
  type Decision,
  type DecisionReason,
  type DecisionSettings,
  decide,
} from '../decision/decide';
import type { GateVerdict } from '../decision/gate';
import { eventWindow } from '../decision/planned-events';
import { Calendar } from '../model/calendar';
import { RECENT_MINUTES } from '../model/level';
import { decisionSettingsOf, replayedLoads } from '../reconcile/decide-floor';
import { forecastWorkload, type WorkloadForecast } from '../reconcile/workload-forecast';
import { BIN_MINUTES, mergeHistory } from '../state/stored-history';
import type { LoadSample } from '../types';
import { type BusiestHour, busiestHour, type CapacityCheck, checkLoad } from './capacity-check';
import { type DayPatterns, dayPatterns } from './load-patterns';

/** Upper bound of the forecasts, a probability. */
const UPPER_LEVEL = 0.95;

export interface RecommendationInput {
  readonly settings: WorkloadSettings;
  /** Most replicas, of the HPA. */
  readonly maxReplicas: number;
  /** Replicas there are. @default unknown: as many as an HPA with the workload's target asks for at the current load */
  readonly currentReplicas?: number;
  /** Of the last 15 days or more, in the unit of the settings. */
  readonly samples: readonly LoadSample[];
  /** Moment of the recommendation, minutes since 1970-01-01 UTC; loads from it on are not read. */
  readonly nowMinute: number;
  /** Time between two runs of the deployed function, minutes: how far one step goes. */
  readonly intervalMinutes: number;
}

/** Load that is expected, in the unit of the settings. */
export interface ForecastLoad {
  readonly horizonMinutes: number;
  readonly point: number;
  /** Load that is not exceeded with a probability of 95 %. */
  readonly upper: number;
  /** Replicas that carry the upper bound, within the limits. */
  readonly replicas: number;
}

/** How many replicas. */
export interface RecommendedReplicas {
  /** Replicas that the recommendation starts from. */
  readonly current: number;
  /** Whether they were given; else they are those that the HPA's target asks for. */
  readonly isCurrentKnown: boolean;
  /** The floor, or what the HPA asks for over it. */
  readonly recommended: number;
  /** Floor that the function would decide. */
  readonly floor: number;
  /** Replicas that the HPA alone asks for at the current load. */
  readonly hpa: number;
  readonly action: ScalingAction;
  readonly reason: DecisionReason | 'load-needs-more';
  readonly message: string;
}

/** The seed's `get_scaling_recommendation`; plain data. Times are minutes since 1970-01-01 UTC. */
export interface Recommendation {
  readonly workload: string;
  readonly originMinute: number;
  /** Mean of the last 15 minutes; NaN: unknown. */
  readonly load: number;
  /** Empty where nothing is forecast. */
  readonly forecasts: readonly ForecastLoad[];
  /** With what the forecasts of the last day were worth. */
  readonly gate: GateVerdict;
  readonly replicas: RecommendedReplicas;
  readonly capacity: {
    /** Absent where the load is unknown. */
    readonly now?: CapacityCheck;
    /** Absent before there is a week of history. */
    readonly busiest?: BusiestHour;
  };
  readonly hourlyPatterns: DayPatterns;
}

/**
 * What the deployed function would decide if the current replicas were its floor, with the same forecast, gate, rule,
 * events and ramps, and what the HPA makes of that floor at the current load. A gate that is not open gives no reason to
 * remove replicas: they are kept.
 * @throws {RangeError} where the limits of the replicas contradict themselves
 */
export function recommend(input: RecommendationInput): Recommendation {
  const { settings, samples } = input;
  const decisionSettings = decisionSettingsOf(settings, input.maxReplicas, input.intervalMinutes);
  const { capacity } = decisionSettings;
  checkCapacity(capacity);
  const originMinute = Math.floor(input.nowMinute / BIN_MINUTES) * BIN_MINUTES;
  const loads = mergeHistory(undefined, samples, settings.stepMinutes, originMinute);
  const events = settings.events.map(eventWindow);
  const workloadForecast = forecastWorkload({
    settings,
    loads,
    events,
    models: undefined,
    originMinute,
    mayTrain: true,
  });
  const { forecast, gate, history } = workloadForecast;
  const origin = originMinute / BIN_MINUTES;
  const load = history.lastMinutes(origin, RECENT_MINUTES);
  const current = input.currentReplicas ?? hpaReplicasAt(load, decisionSettings, settings.hpaTarget);
  const decision = decideFrom(current, workloadForecast, input, decisionSettings);
  const isCurrentKnown = input.currentReplicas !== undefined;
  const patterns = dayPatterns(history, new Calendar(settings.timeZone), origin);
  return {
    workload: settings.name,
    originMinute,
    load,
    forecasts: forecast.horizons.map(({ horizonMinutes, point, quantile }) => {
      const upper = quantile(UPPER_LEVEL);
      return { horizonMinutes, point, upper, replicas: replicasFor(upper, capacity) };
    }),
    gate,
    replicas: {
      current,
      isCurrentKnown,
      ...withHpa(decision, { current, load, target: settings.hpaTarget, capacity }),
    },
    capacity: {
      ...(!Number.isNaN(load) && { now: checkLoad(load, current, capacity) }),
      busiest: busiestHour(patterns, settings.timeZone, originMinute, capacity),
    },
    hourlyPatterns: patterns,
  };
}

function decideFrom(
  current: number,
  { forecast, gate, history, past }: WorkloadForecast,
  { settings }: RecommendationInput,
  decisionSettings: DecisionSettings,
): Decision {
  const input = {
    forecast,
    past,
    recent: replayedLoads(history, forecast.originMinute),
    currentReplicas: current,
    state: { minReplicas: current, recentlyWanted: [] },
    events: settings.events.map(eventWindow),
    gate,
    isHeld: gate.state !== 'ACTIVE',
  };
  return decide(input, decisionSettings);
}

/** What an HPA sees. */
interface HpaMoment {
  readonly current: number;
  readonly load: number;
  /** Utilisation 0 to 1. */
  readonly target: number;
  readonly capacity: CapacityLimits;
}

/** The HPA never goes below the floor; a load above the forecast, or a rule that sets no floor, needs it to go higher. */
function withHpa(
  { minReplicas: floor, reason, message }: Decision,
  { current, load, target, capacity }: HpaMoment,
): Omit<RecommendedReplicas, 'current' | 'isCurrentKnown'> {
  const next = (least: number) => {
    const desired = new Float64Array(1);
    const hpa = { capacity, floors: Float64Array.of(least), target };
    simulateHpa(prepareLoads([load], capacity), hpa, desired, { ...newHpa(), current });
    return desired[0] as number;
  };
  const hpa = next(capacity.minReplicas);
  const recommended = next(floor);
  const action = actionOf(current, recommended);
  if (recommended <= floor) return { recommended, floor, hpa, action, reason, message };
  return {
    recommended,
    floor,
    hpa,
    action,
    reason: 'load-needs-more',
    message: `${message}; the HPA asks for ${hpa} at a load of ${load.toFixed(1)} and a target of ${target.toFixed(2)}`,
  };
}

/** Replicas that an HPA asks for where nobody says how many there are. */
function hpaReplicasAt(load: number, { capacity }: DecisionSettings, hpaTarget: number): number {
  return Number.isNaN(load) ? capacity.minReplicas : replicasFor(load / hpaTarget, capacity);
}
