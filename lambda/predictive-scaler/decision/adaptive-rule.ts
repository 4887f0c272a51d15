import type { Forecast } from '../types';
import { type CapacityLimits, replicasFor } from './capacity';
import { minuteCosts, prepareLoads, type SimulatedLoads, simulateHpa } from './cost-simulation';
import {
  coveredLoad,
  DEFAULT_FLOOR,
  FLOOR_CANDIDATES,
  type FloorCandidate,
  ISSUE_MINUTES,
  laterShare,
} from './floor-candidates';
import { minuteWeights } from './minute-weights';

/** Utilisation, 0 to 1. */
const HPA_TARGETS = [0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** Cheapest over the benchmark's traces together, beside the default floor. */
const DEFAULT_HPA_TARGET = 0.8;

/** Serving an unmet request is worth as much as serving so many (the benchmark's price of a failed request). */
const PENALTY = 50;

/** Past decisions that are not counted, minutes: their quantiles rest on the errors of too few hours. */
const UNPROVEN_MINUTES = 1440;

/** Known minutes below which the past proves nothing: a day has every hour once. */
const ENOUGH_MINUTES = 1440;

/**
 * A candidate counts by (least cost / its cost) to this power: one that cost 3 % more counts half. The mean of nearly
 * equal candidates wavers less than the cheapest, which changes with every outlier that enters or leaves.
 */
const POWER = 25;

export interface AdaptiveSettings {
  readonly capacity: CapacityLimits;
  /** From asking for a replica to its serving, minutes, a whole number. */
  readonly startMinutes: number;
  /** Between decisions, minutes. */
  readonly intervalMinutes: number;
  /** Whether the HPA's target may be chosen too, or what it is; utilisation 0 to 1. */
  readonly hpaTarget: { readonly allowed: true } | { readonly allowed: false; readonly fixed: number };
}

export interface AdaptiveInput {
  /** What to decide on. */
  readonly forecast: Forecast;
  /** Forecasts of the last days at the decision interval, oldest first, before `forecast`. */
  readonly past: readonly Forecast[];
  /** Loads, one a minute, that end before the forecast's origin; NaN where unknown. */
  readonly recent: { readonly firstMinute: number; readonly loads: ArrayLike<number> };
}

export type AdaptiveReason = 'cheapest-replayed' | 'default-too-little-history';

export interface AdaptiveDecision {
  /** The floor. */
  readonly replicas: number;
  /** Utilisation 0 to 1. */
  readonly hpaTarget: number;
  readonly reason: AdaptiveReason;
  readonly evidence: AdaptiveEvidence;
}

export interface AdaptiveEvidence {
  /** Minutes replayed whose load is known. */
  readonly knownMinutes: number;
  /** How the floor is set by the cheapest candidate, or by default. */
  readonly floor: FloorCandidate;
  /** What the cheapest candidate cost, replica-minutes a minute, penalties included; undefined where nothing was replayed. */
  readonly cost?: number;
}

interface PricedCandidate {
  readonly floor: FloorCandidate;
  /** Utilisation 0 to 1. */
  readonly hpaTarget: number;
  /** Mean, weighted by age and time of day, replica-minutes a minute, penalties included. */
  readonly cost: number;
  /** Floor that the candidate would set now. */
  readonly replicas: number;
}

/** Replays the last days with every candidate and decides as those would that would have cost least. */
export function adaptiveRule(input: AdaptiveInput, settings: AdaptiveSettings): AdaptiveDecision {
  const loads = replayLoads(input, settings.capacity);
  const counted = loads.served.subarray(UNPROVEN_MINUTES);
  const knownMinutes = counted.reduce((known, load) => known + (Number.isNaN(load) ? 0 : 1), 0);
  if (knownMinutes < ENOUGH_MINUTES) return defaultDecision(input.forecast, settings, knownMinutes);
  const priced = price(input, loads, settings);
  const cheapest = priced.reduce((best, next) => (next.cost < best.cost ? next : best));
  return {
    ...weightedMean(priced, cheapest.cost),
    reason: 'cheapest-replayed',
    evidence: { knownMinutes, floor: cheapest.floor, cost: cheapest.cost },
  };
}

function defaultDecision(
  forecast: Forecast,
  { capacity, startMinutes, intervalMinutes, hpaTarget }: AdaptiveSettings,
  knownMinutes: number,
): AdaptiveDecision {
  const share = laterShare(forecast, startMinutes, intervalMinutes);
  return {
    replicas: replicasFor(coveredLoad(DEFAULT_FLOOR, forecast, share), capacity),
    hpaTarget: hpaTarget.allowed ? DEFAULT_HPA_TARGET : hpaTarget.fixed,
    reason: 'default-too-little-history',
    evidence: { knownMinutes, floor: DEFAULT_FLOOR },
  };
}

/** The loads from the first past decision on. */
function replayLoads({ past, recent, forecast }: AdaptiveInput, capacity: CapacityLimits): SimulatedLoads {
  const start = past[0] ? past[0].originMinute + ISSUE_MINUTES : forecast.originMinute;
  const from = start - recent.firstMinute;
  const length = Math.max(0, forecast.originMinute - start);
  const loads = Float64Array.from({ length }, (_, at) => recent.loads[from + at] ?? Number.NaN);
  return prepareLoads(loads, capacity);
}

function price(input: AdaptiveInput, loads: SimulatedLoads, settings: AdaptiveSettings): PricedCandidate[] {
  const { capacity, startMinutes, intervalMinutes } = settings;
  const share = laterShare(input.forecast, startMinutes, intervalMinutes);
  const replicas = (floor: FloorCandidate, forecast: Forecast) =>
    replicasFor(coveredLoad(floor, forecast, share), capacity);
  const priceUnderTargets = replayer(loads, settings);
  return FLOOR_CANDIDATES.flatMap((floor) => {
    const floors = input.past.map((forecast) => replicas(floor, forecast));
    const now = replicas(floor, input.forecast);
    const prices = priceUnderTargets(inForce(input.past, floors, loads.served.length));
    return prices.map((price) => ({ floor, replicas: now, ...price }));
  });
}

/** Prices floors under each HPA target; its arrays serve all of them. */
function replayer(loads: SimulatedLoads, { capacity, startMinutes, hpaTarget }: AdaptiveSettings) {
  const targets = hpaTarget.allowed ? HPA_TARGETS : [hpaTarget.fixed];
  const desired = new Float64Array(loads.served.length);
  const costs = new Float64Array(loads.served.length);
  const weights = minuteWeights(loads.served, UNPROVEN_MINUTES);
  return (floors: Float64Array) =>
    targets.map((target) => {
      simulateHpa(loads, floors, target, capacity, desired);
      minuteCosts(loads, desired, { capacity, startMinutes, penalty: PENALTY }, costs);
      return { hpaTarget: target, cost: weightedSum(costs, weights) };
    });
}

/** The floor of each minute: each past decision's until the next is in force. */
function inForce(past: readonly Forecast[], floors: readonly number[], length: number): Float64Array {
  const minutes = new Float64Array(length);
  const start = past[0]?.originMinute ?? 0;
  past.forEach(({ originMinute }, at) => {
    minutes.fill(
      floors[at] as number,
      originMinute - start,
      (past[at + 1]?.originMinute ?? start + length) - start,
    );
  });
  return minutes;
}

function weightedSum(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += (values[at] as number) * (weights[at] as number);
  return sum;
}

function weightedMean(
  priced: readonly PricedCandidate[],
  least: number,
): Pick<AdaptiveDecision, 'replicas' | 'hpaTarget'> {
  let total = 0;
  let replicas = 0;
  let hpaTarget = 0;
  for (const candidate of priced) {
    const weight = candidate.cost > 0 ? (least / candidate.cost) ** POWER : 1;
    total += weight;
    replicas += weight * candidate.replicas;
    hpaTarget += weight * candidate.hpaTarget;
  }
  return { replicas: Math.round(replicas / total), hpaTarget: hpaTarget / total };
}
