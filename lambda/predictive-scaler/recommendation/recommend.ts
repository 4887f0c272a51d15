import type { WorkloadSettings } from '../constants';
import type { ScalingAction } from '../decision/buffer-rule';
import { checkCapacity, replicasFor } from '../decision/capacity';
import { type Decision, type DecisionReason, type DecisionSettings, decide } from '../decision/decide';
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
  readonly recommended: number;
  readonly action: ScalingAction;
  readonly reason: DecisionReason;
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
 * What the deployed function would decide if the current replicas were its floor: the same forecast, gate, rule, events
 * and ramps. A gate that is not open gives no reason to remove replicas: they are kept.
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
      isCurrentKnown: input.currentReplicas !== undefined,
      recommended: decision.minReplicas,
      action: decision.action,
      reason: decision.reason,
      message: decision.message,
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

/** Replicas that an HPA asks for where nobody says how many there are. */
function hpaReplicasAt(load: number, { capacity }: DecisionSettings, hpaTarget: number): number {
  return Number.isNaN(load) ? capacity.minReplicas : replicasFor(load / hpaTarget, capacity);
}
