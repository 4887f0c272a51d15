import type { Forecast } from '../types';
import { CandidateReplay, type MinuteLoads, type ReplaySettings } from './candidate-replay';
import { DEFAULT_FLOOR, type FloorCandidate } from './floor-candidates';
import { minuteWeights } from './minute-weights';

/** HPA target until there is enough history: the cheapest over all traces of the benchmark, with DEFAULT_FLOOR. */
const DEFAULT_HPA_TARGET = 0.8;

/** First part of the replay that does not count, minutes: its quantiles are based on the errors of too few hours. */
const WARM_UP_MINUTES = 1440;

/** Fewest replayed minutes with known loads, so that every hour of the day counts. */
const MIN_KNOWN_MINUTES = 1440;

/**
 * Weight of a candidate: (lowest cost / its cost) to this power; one that cost 3 % more has half the weight. The mean
 * of nearly equal candidates is more stable than the cheapest one, which changes with each outlier.
 */
const POWER = 25;

/** Settings of the adaptive rule. */
export type AdaptiveSettings = ReplaySettings;

/** Forecasts and loads that the adaptive rule reads. */
export interface AdaptiveInput {
  /** Current forecast. */
  readonly forecast: Forecast;
  /** Earlier forecasts of the last days at the decision interval, oldest first. */
  readonly past: readonly Forecast[];
  /** Measured loads before the origin of `forecast`. */
  readonly recent: MinuteLoads;
}

/** Whether the replay decided, or the default because of too little history. */
export type AdaptiveReason = 'cheapest-replayed' | 'default-too-little-history';

/** Result of the adaptive rule. */
export interface AdaptiveDecision {
  /** Floor, replicas. */
  readonly replicas: number;
  /** Target utilisation of the HPA, 0 to 1. */
  readonly hpaTarget: number;
  /** How it was decided. */
  readonly reason: AdaptiveReason;
  /** Numbers behind the decision. */
  readonly evidence: AdaptiveEvidence;
}

/** Numbers behind a decision of the adaptive rule. */
export interface AdaptiveEvidence {
  /** Replayed minutes with known loads, without the warm-up. */
  readonly knownMinutes: number;
  /** Cheapest candidate, or the default. */
  readonly floor: FloorCandidate;
  /** Cost of the cheapest candidate, replica-minutes a minute, penalties included. @default - nothing was replayed */
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
 * Replays the last days with every candidate and decides like those with the lowest cost.
 * @param replay continues where it stopped; a new one gives the same decision. @default - a new one
 */
export function adaptiveRule(
  { forecast, past, recent }: AdaptiveInput,
  settings: AdaptiveSettings,
  replay = new CandidateReplay(settings),
): AdaptiveDecision {
  const { loads, candidates } = replay.replay(past, recent, forecast.originMinute);
  const counted = loads.served.subarray(WARM_UP_MINUTES);
  const knownMinutes = counted.reduce((known, load) => known + (Number.isNaN(load) ? 0 : 1), 0);
  if (knownMinutes < MIN_KNOWN_MINUTES) return defaultDecision(forecast, settings, replay, knownMinutes);
  const weights = minuteWeights(loads.served, WARM_UP_MINUTES);
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
