import { minuteCosts, prepareLoads, simulateHpa, UNMET_PENALTY } from '../decision/cost-simulation';
import { ISSUE_MINUTES } from '../decision/floor-candidates';
import { type HpaSettings, hpaCandidates } from './hpa-candidates';
import { constant, hpaAlone, policyOutcome, readyReplicas, type ScalingSettings } from './policy-replay';

const DAY_MINUTES = 1440;

/** Settings of the seed's HPA: 3 to 50 replicas at 70 % CPU, on replicas of the given capacity. */
export const SEED_HPA: HpaSettings = { minReplicas: 3, maxReplicas: 50, target: 0.7 };

/** Minute in which the replicas fell shortest. */
export interface WorstMinute {
  /** Minutes since 1970-01-01 UTC. */
  readonly minute: number;
  readonly load: number;
  /** Replicas that were ready, and that the load needed. */
  readonly ready: number;
  readonly needed: number;
}

/** What settings did over the minutes that are scored. Unlike in the policies, load above the maximum counts as unmet. */
export interface HpaOutcome extends HpaSettings {
  readonly replicaHours: number;
  /** Replica-hours and UNMET_PENALTY times those that the unmet load would have needed. */
  readonly cost: number;
  /** Minutes with fewer ready replicas than the load needed. */
  readonly underMinutes: number;
  /** Load that the ready replicas did not serve, in percent of the load. */
  readonly unmetPercent: number;
  /** Absent where no minute fell short. */
  readonly worstMinute?: WorstMinute;
}

/** Settings of an HPA for a service, chosen on earlier days than they are scored on. Times are minutes since 1970. */
export interface HpaRecommendation {
  /** First minute on which the settings were chosen. */
  readonly chosenFromMinute: number;
  /** First minute that is scored, and the end of those before it. */
  readonly scoredFromMinute: number;
  readonly endMinute: number;
  /** Settings that were tried. */
  readonly candidates: number;
  /** The cheapest on the earlier days. */
  readonly recommended: HpaOutcome;
  readonly given: HpaOutcome;
  /** Given settings with the floor of predictive scaling. */
  readonly predictive?: HpaOutcome;
  readonly seed: HpaOutcome;
}

export interface RecommendationInput {
  /** One a minute from `startMinute` on; NaN where unknown. */
  readonly loads: Float64Array;
  /** Minutes since 1970-01-01 UTC. */
  readonly startMinute: number;
  readonly settings: ScalingSettings;
  /** Target of the HPA with the given settings, utilisation 0 to 1. */
  readonly givenTarget: number;
  /** Replicas that the given settings ask for in each minute with the floor of predictive scaling. @default not compared */
  readonly predictiveReplicas?: Float64Array;
}

/**
 * Replays the earlier half of the days with every candidate and takes the cheapest by replicas + UNMET_PENALTY x unmet
 * load, as the adaptive rule does; then scores it, the given settings and the seed's on the later days.
 * @returns undefined where there are less than two days, or no load is known
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

/** Of equal ones the last, which has the highest maximum: one that is not reached costs nothing. */
function cheapest(
  candidates: readonly HpaSettings[],
  loads: Float64Array,
  settings: ScalingSettings,
): HpaSettings {
  const priceOf = pricing(loads, settings);
  const priced = candidates.map((hpa) => ({ hpa, price: priceOf(hpa) }));
  return priced.reduce((best, next) => (next.price <= best.price ? next : best)).hpa;
}

/** Price of settings over loads, replica-minutes. Arrays are shared by the hundreds of candidates. */
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
  /** First minute that is scored, from the start. */
  readonly split: number;
  readonly settings: ScalingSettings;
}

/** The HPA runs through all days, and the later ones are scored. */
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
