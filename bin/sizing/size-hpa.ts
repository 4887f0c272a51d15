import { constant, hpaReplicas, policyOutcome } from '../../lambda/predictive-scaler/backtest/policy-replay';
import { recommendHpa } from '../../lambda/predictive-scaler/backtest/recommend-hpa';
import { minuteLoads } from '../../lambda/predictive-scaler/backtest/trace';
import type { LoadSample } from '../../lambda/predictive-scaler/types';

const DAY_MINUTES = 1440;

/** Last days that are replayed: two weeks have every weekday twice. */
const REPLAYED_DAYS = 14;

/** Time from a decision to when its replicas serve, minutes: the default of `npm run backtest`. */
const LEAD_MINUTES = 4;

/** Replicas above those that the traffic has needed. */
const HEADROOM = 1.25;

/** Most replicas that the configuration allows. */
const MOST_REPLICAS = 1000;

export interface HpaInput {
  /** Sorted by time, requests per second. */
  readonly samples: readonly LoadSample[];
  readonly stepMinutes: number;
  /** Factor on all loads. */
  readonly growth: number;
  /** What a pod serves at most, requests per second. */
  readonly capacity: number;
  /** Current settings; the target is a share of the capacity, 0 to 1. */
  readonly given: { readonly minReplicas: number; readonly maxReplicas: number; readonly target: number };
  /** Highest target: other metrics of the HPA act there. */
  readonly highestTarget: number;
  /** Fewest replicas that the stage needs. */
  readonly leastReplicas: number;
}

/** Bounds and target of the HPA, and how they did on the traffic. */
export interface HpaSize {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Share of a pod's capacity, 0 to 1. */
  readonly target: number;
  /** Minutes that were replayed; 0: the trace is too short, and bounds follow from its peak. */
  readonly replayedMinutes: number;
  /** Mean replicas over those minutes; null without a replay. */
  readonly meanReplicas: number | null;
  /** Minutes with fewer ready replicas than the load needed; null without a replay. */
  readonly shortMinutes: number | null;
}

/**
 * Chooses minimum and target as `npm run backtest` does, and the maximum so that it is a quarter above what a replay of
 * the HPA asked for. A trace of less than two days has the fewest replicas and the highest target.
 */
export function sizeHpa(input: HpaInput): HpaSize {
  const { samples, capacity, leastReplicas, highestTarget, growth } = input;
  const peak = growth * samples.reduce((most, { load }) => Math.max(most, load), 0);
  const { loads, startMinute } = lastDays(input);
  const limits = { loadPerReplica: capacity, leadMinutes: LEAD_MINUTES };
  const found = recommendHpa({
    loads,
    startMinute,
    settings: { ...limits, ...input.given },
    givenTarget: input.given.target,
  });
  const target = Math.min(highestTarget, found?.recommended.target ?? highestTarget);
  const atPeak = Math.ceil(peak / (capacity * target));
  if (!found) {
    const maxReplicas = bounded(Math.ceil(atPeak * HEADROOM), leastReplicas);
    return {
      minReplicas: leastReplicas,
      maxReplicas,
      target,
      replayedMinutes: 0,
      meanReplicas: null,
      shortMinutes: null,
    };
  }
  const minReplicas = bounded(found.recommended.minReplicas, leastReplicas);
  const settings = { ...limits, minReplicas, maxReplicas: MOST_REPLICAS };
  const floors = constant(loads.length, minReplicas);
  const desired = hpaReplicas(loads, constant(loads.length, target), floors, settings);
  const outcome = policyOutcome(loads, desired, settings);
  const most = desired.reduce((one, other) => Math.max(one, other), atPeak);
  return {
    minReplicas,
    maxReplicas: bounded(Math.ceil(most * HEADROOM), minReplicas),
    target,
    replayedMinutes: loads.length,
    meanReplicas: (outcome.replicaHours * 60) / loads.length,
    shortMinutes: outcome.underMinutes,
  };
}

function lastDays({ samples, stepMinutes, growth }: HpaInput) {
  const first = samples[0]?.minute ?? 0;
  const endMinute = (samples.at(-1)?.minute ?? 0) + stepMinutes;
  const startMinute = Math.max(first, endMinute - REPLAYED_DAYS * DAY_MINUTES);
  const grown = samples.map(({ minute, load }) => ({ minute, load: load * growth }));
  const loads = minuteLoads({
    name: 'trace',
    samples: grown,
    stepMinutes,
    cadenceMinutes: stepMinutes,
    horizonsMinutes: [stepMinutes],
    startMinute,
    endMinute,
    simulatesScaling: true,
  });
  return { loads, startMinute };
}

function bounded(replicas: number, least: number): number {
  return Math.min(MOST_REPLICAS, Math.max(least, replicas));
}
