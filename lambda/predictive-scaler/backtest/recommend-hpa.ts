import { minuteCosts, prepareLoads, simulateHpa, UNMET_PENALTY } from '../decision/cost-simulation';
import { ISSUE_MINUTES } from '../decision/floor-candidates';
import { type HpaSettings, hpaCandidates } from './hpa-candidates';
import { constant, hpaAlone, policyOutcome, readyReplicas, type ScalingSettings } from './policy-replay';

const DAY_MINUTES = 1440;

/** Settings of the seed's HPA: 3 to 50 replicas at 70 % CPU, for replicas of the given capacity. */
export const SEED_HPA: HpaSettings = { minReplicas: 3, maxReplicas: 50, target: 0.7 };

/** Minute with the most missing replicas. */
export interface WorstMinute {
  /** Minute since 1970-01-01 UTC. */
  readonly minute: number;
  /** Its load. */
  readonly load: number;
  /** Replicas that were ready. */
  readonly ready: number;
  /** Replicas that the load needed. */
  readonly needed: number;
}

/** Result of settings over the scored minutes. Unlike in the policies, load above the maximum counts as unmet. */
export interface HpaOutcome extends HpaSettings {
  /** Sum of the desired replicas, hours. */
  readonly replicaHours: number;
  /** Replica-hours plus UNMET_PENALTY times those that the unmet load needed. */
  readonly cost: number;
  /** Minutes with fewer ready replicas than the load needed. */
  readonly underMinutes: number;
  /** Load that the ready replicas could not serve, percent of the load. */
  readonly unmetPercent: number;
  /** Minute with the most missing replicas. @default - replicas sufficed in every minute */
  readonly worstMinute?: WorstMinute;
}

/**
 * Recommended settings of an HPA, chosen on earlier days than those scored. Moments are minutes since 1970-01-01 UTC.
 */
export interface HpaRecommendation {
  /** First minute of the days on which the settings were chosen. */
  readonly chosenFromMinute: number;
  /** First scored minute, and the end of the earlier days. */
  readonly scoredFromMinute: number;
  /** End of the scored days. */
  readonly endMinute: number;
  /** Number of settings that were tried. */
  readonly candidates: number;
  /** The cheapest settings on the earlier days. */
  readonly recommended: HpaOutcome;
  /** The current settings. */
  readonly given: HpaOutcome;
  /** The current settings with the floor of predictive scaling. @default - not compared */
  readonly predictive?: HpaOutcome;
  /** The seed's settings. */
  readonly seed: HpaOutcome;
}

/** Inputs of a recommendation. */
export interface RecommendationInput {
  /** Load of each minute from `startMinute` on; NaN where unknown. */
  readonly loads: Float64Array;
  /** First minute since 1970-01-01 UTC. */
  readonly startMinute: number;
  /** Capacity of a replica, its lead time, and the current bounds. */
  readonly settings: ScalingSettings;
  /** Current target utilisation, 0 to 1. */
  readonly givenTarget: number;
  /**
   * Desired replicas of the current settings with the floor of predictive scaling, by minute. @default - not compared
   */
  readonly predictiveReplicas?: Float64Array;
}

/**
 * Replays the earlier half of the days with every candidate and chooses the one with the lowest cost, replicas +
 * UNMET_PENALTY x unmet load, like the adaptive rule. Then it scores this one, the current settings and the seed's on
 * the later days.
 * @returns undefined for less than two days, or without any known load
 */
export function recommendHpa({
  loads,
  startMinute,
  settings,
  givenTarget,
  predictiveReplicas,
}: RecommendationInput): HpaRecommendation | undefined {
  const split = Math.ceil(Math.floor(loads.length / DAY_MINUTES) / 2) * DAY_MINUTES;
  const earlier = loads.subarray(0, split);
  const known = earlier.filter((load) => !Number.isNaN(load));
  const busiest = known.reduce((most, load) => Math.max(most, load), 0);
  if (loads.length < 2 * DAY_MINUTES || !(busiest > 0)) return undefined;
  const { minReplicas, maxReplicas, loadPerReplica } = settings;
  const given = { minReplicas, maxReplicas, target: givenTarget };
  const candidates = hpaCandidates(busiest, given, loadPerReplica);
  const outcome = (hpa: HpaSettings, replicas = hpaAlone(loads, hpa.target, { ...settings, ...hpa })) =>
    hpaOutcome(hpa, replicas, { loads, startMinute, split, settings });
  return {
    chosenFromMinute: startMinute,
    scoredFromMinute: startMinute + split,
    endMinute: startMinute + loads.length,
    candidates: candidates.length,
    recommended: outcome(cheapest(candidates, earlier, settings)),
    given: outcome(given),
    ...(predictiveReplicas && { predictive: outcome(given, predictiveReplicas) }),
    seed: outcome(SEED_HPA),
  };
}

/** The cheapest candidate. The last of equal ones has the highest maximum, which costs nothing until it is reached. */
function cheapest(
  candidates: readonly HpaSettings[],
  loads: Float64Array,
  settings: ScalingSettings,
): HpaSettings {
  const priceOf = pricing(loads, settings);
  const priced = candidates.map((hpa) => ({ hpa, price: priceOf(hpa) }));
  return priced.reduce((best, next) => (next.price <= best.price ? next : best)).hpa;
}

/** Cost of settings over loads, replica-minutes. Hundreds of candidates share the arrays. */
function pricing(loads: Float64Array, { loadPerReplica, leadMinutes }: ScalingSettings) {
  const unlimited = { loadPerReplica, minReplicas: 1, maxReplicas: Number.POSITIVE_INFINITY };
  const prepared = prepareLoads(loads, unlimited);
  const [desired, costs] = [new Float64Array(loads.length), new Float64Array(loads.length)];
  const startMinutes = leadMinutes - ISSUE_MINUTES;
  return ({ minReplicas, maxReplicas, target }: HpaSettings): number => {
    const capacity = { loadPerReplica, minReplicas, maxReplicas };
    simulateHpa(prepared, { capacity, floors: constant(loads.length, minReplicas), target }, desired);
    minuteCosts(prepared, desired, { capacity, startMinutes, penalty: UNMET_PENALTY }, costs);
    return costs.reduce((sum, cost) => sum + cost, 0);
  };
}

interface Replay {
  readonly loads: Float64Array;
  readonly startMinute: number;
  /** First scored minute, counted from the start. */
  readonly split: number;
  readonly settings: ScalingSettings;
}

/** Scores the later days; the HPA is simulated over all days. */
function hpaOutcome(
  hpa: HpaSettings,
  replicas: Float64Array,
  { loads, startMinute, split, settings }: Replay,
): HpaOutcome {
  const unlimited = { ...settings, minReplicas: 1, maxReplicas: Number.POSITIVE_INFINITY };
  const ready = readyReplicas(replicas, settings).subarray(split);
  const later = loads.subarray(split);
  const scores = policyOutcome(later, replicas.subarray(split), unlimited);
  const served = later.reduce((sum, load) => sum + (Number.isNaN(load) ? 0 : load), 0);
  const unmetReplicaHours = ((scores.unmetPercent / 100) * served) / settings.loadPerReplica / 60;
  return {
    ...hpa,
    replicaHours: scores.replicaHours,
    cost: scores.replicaHours + UNMET_PENALTY * unmetReplicaHours,
    underMinutes: scores.underMinutes,
    unmetPercent: scores.unmetPercent,
    worstMinute: worstMinute(later, ready, startMinute + split, settings.loadPerReplica),
  };
}

function worstMinute(
  loads: Float64Array,
  ready: Float64Array,
  startMinute: number,
  loadPerReplica: number,
): WorstMinute | undefined {
  const missing = loads.map((load, minute) => load / loadPerReplica - (ready[minute] as number));
  const worst = missing.reduce((most, next, minute) => (next > (missing[most] ?? 0) ? minute : most), -1);
  if (worst < 0) return undefined;
  const load = loads[worst] as number;
  return {
    minute: startMinute + worst,
    load,
    ready: ready[worst] as number,
    needed: Math.ceil(load / loadPerReplica),
  };
}
