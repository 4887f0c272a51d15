import type { Forecast } from '../types';
import { CandidateReplay, type MinuteLoads, type ReplaySettings } from './candidate-replay';
import { DEFAULT_FLOOR, type FloorCandidate } from './floor-candidates';
import { minuteWeights } from './minute-weights';

/** Cheapest over the benchmark's traces together, beside the default floor. */
const DEFAULT_HPA_TARGET = 0.8;

/** Past decisions that are not counted, minutes: their quantiles rest on the errors of too few hours. */
const UNPROVEN_MINUTES = 1440;

/** Known minutes below which the past proves nothing: a day has every hour once. */
const ENOUGH_MINUTES = 1440;

/**
 * A candidate counts by (least cost / its cost) to this power: one that cost 3 % more counts half. The mean of nearly
 * equal candidates wavers less than the cheapest, which changes with every outlier that enters or leaves.
 */
const POWER = 25;

export type AdaptiveSettings = ReplaySettings;

export interface AdaptiveInput {
  /** What to decide on. */
  readonly forecast: Forecast;
  /** Forecasts of the last days at the decision interval, oldest first, before `forecast`. */
  readonly past: readonly Forecast[];
  /** Loads that end before the forecast's origin. */
  readonly recent: MinuteLoads;
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

/**
 * Replays the last days with every candidate and decides as those would that would have cost least.
 * @param replay goes on where it stopped; one of a fresh start decides the same. @default a fresh one
 */
export function adaptiveRule(
  { forecast, past, recent }: AdaptiveInput,
  settings: AdaptiveSettings,
  replay = new CandidateReplay(settings),
): AdaptiveDecision {
  const { loads, candidates } = replay.replay(past, recent, forecast.originMinute);
  const counted = loads.served.subarray(UNPROVEN_MINUTES);
  const knownMinutes = counted.reduce((known, load) => known + (Number.isNaN(load) ? 0 : 1), 0);
  if (knownMinutes < ENOUGH_MINUTES) return defaultDecision(forecast, settings, replay, knownMinutes);
  const weights = minuteWeights(loads.served, UNPROVEN_MINUTES);
  const priced = candidates.map(
    ({ floor, hpaTarget, costs }): PricedCandidate => ({
      floor,
      hpaTarget,
      cost: weightedSum(costs, weights),
      replicas: replay.floorAt(floor, forecast),
    }),
  );
  const cheapest = priced.reduce((best, next) => (next.cost < best.cost ? next : best));
  return {
    ...weightedMean(priced, cheapest.cost),
    reason: 'cheapest-replayed',
    evidence: { knownMinutes, floor: cheapest.floor, cost: cheapest.cost },
  };
}

function defaultDecision(
  forecast: Forecast,
  { hpaTarget }: AdaptiveSettings,
  replay: CandidateReplay,
  knownMinutes: number,
): AdaptiveDecision {
  return {
    replicas: replay.floorAt(DEFAULT_FLOOR, forecast),
    hpaTarget: hpaTarget.allowed ? DEFAULT_HPA_TARGET : hpaTarget.fixed,
    reason: 'default-too-little-history',
    evidence: { knownMinutes, floor: DEFAULT_FLOOR },
  };
}

function weightedSum(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at += 1) sum += (values[at] as number) * (weights[at] as number);
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
