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

/** Quantile that is reported as a forecast's upper bound, a probability. */
const UPPER_LEVEL = 0.95;

/** Inputs of a recommendation. */
export interface RecommendationInput {
  /** Settings of the workload. */
  readonly settings: WorkloadSettings;
  /** `maxReplicas` of the HPA. */
  readonly maxReplicas: number;
  /** Current replicas. @default - those that an HPA with the workload's target wants at the current load */
  readonly currentReplicas?: number;
  /** Loads of at least the last 15 days, in the unit of the settings. */
  readonly samples: readonly LoadSample[];
  /** Moment of the recommendation, minutes since 1970-01-01 UTC; loads from it on are not read. */
  readonly nowMinute: number;
  /** Time between two runs of the deployed function, minutes; it limits the size of a step. */
  readonly intervalMinutes: number;
}

/** Forecast load, in the unit of the settings. */
export interface ForecastLoad {
  /** Time from the origin to the start of the bin, minutes. */
  readonly horizonMinutes: number;
  /** Median of the forecast. */
  readonly point: number;
  /** Load that is not exceeded with a probability of 95 %. */
  readonly upper: number;
  /** Replicas that can serve the upper bound, within the limits. */
  readonly replicas: number;
}

/** Recommended replicas, and how they come about. */
export interface RecommendedReplicas {
  /** Replicas that the recommendation starts from. */
  readonly current: number;
  /** Whether they were given; otherwise they are those that the HPA's target needs. */
  readonly isCurrentKnown: boolean;
  /** The floor, or more if the HPA wants more. */
  readonly recommended: number;
  /** Floor that the function would decide. */
  readonly floor: number;
  /** Replicas that the HPA alone wants at the current load. */
  readonly hpa: number;
  /** Direction of the change. */
  readonly action: ScalingAction;
  /** Reason of the recommendation. */
  readonly reason: DecisionReason | 'load-needs-more';
  /** Explanation for people. */
  readonly message: string;
}

/** Result of the seed's `get_scaling_recommendation`; plain data. Moments are minutes since 1970-01-01 UTC. */
export interface Recommendation {
  /** Name of the workload. */
  readonly workload: string;
  /** Moment of the forecast. */
  readonly originMinute: number;
  /** Mean load of the last 15 minutes; NaN where unknown. */
  readonly load: number;
  /** Forecasts by horizon; empty without a forecast. */
  readonly forecasts: readonly ForecastLoad[];
  /** Whether the forecast can be trusted, with the accuracy of the last day's forecasts. */
  readonly gate: GateVerdict;
  /** Recommended replicas. */
  readonly replicas: RecommendedReplicas;
  /** Loads compared with the capacity of replicas. */
  readonly capacity: {
    /** Current load. @default - the load is unknown */
    readonly now?: CapacityCheck;
    /** Busiest hour. @default - less than a week of history */
    readonly busiest?: BusiestHour;
  };
  /** Loads by hour of the day. */
  readonly hourlyPatterns: DayPatterns;
}

/**
 * Recommends the replicas that the deployed function and the HPA would give if the current replicas were the floor:
 * with the same forecast, gate, rule, events and ramps, and with the HPA at the current load. While the gate is not
 * open, no replicas are removed.
 * @throws {RangeError} where the limits of the replicas are invalid
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

/** Input of a simulated HPA. */
interface HpaMoment {
  readonly current: number;
  readonly load: number;
  /** Utilisation 0 to 1. */
  readonly target: number;
  readonly capacity: CapacityLimits;
}

/** The HPA keeps at least the floor, and wants more if the load is above the forecast or the rule sets no floor. */
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

/** Replicas that an HPA wants, as the current ones where these are unknown. */
function hpaReplicasAt(load: number, { capacity }: DecisionSettings, hpaTarget: number): number {
  return Number.isNaN(load) ? capacity.minReplicas : replicasFor(load / hpaTarget, capacity);
}
