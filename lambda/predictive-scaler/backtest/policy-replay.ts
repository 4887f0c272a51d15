import { type CapacityLimits, replicasFor } from '../decision/capacity';
import { prepareLoads } from '../decision/cost-simulation';
import { ISSUE_MINUTES } from '../decision/floor-candidates';

/**
 * What scaling policies would have done to a service, minute by minute, under the rules of the forecast benchmark: a
 * decision is in force from the minute after its origin to the next one's; a replica asked for serves when its start-up
 * is over; removals take effect at once; whoever asked for a replica pays for it.
 */

/** Unmet load costs as much as serving so many times that load. */
export const UNMET_PENALTY = 50;

/** The HPA leaves the replicas alone while the metric is within this share of its target. */
const HPA_TOLERANCE = 0.1;

/** The HPA scales down to the most it wanted in these minutes (300 s). */
const HPA_STABILISATION_MINUTES = 5;

/** What all policies have in common. */
export interface ScalingSettings extends CapacityLimits {
  /** From an origin to when a replica that was asked for at it serves, minutes; at least 1. */
  readonly leadMinutes: number;
}

/** How a policy did over the minutes that were measured. */
export interface PolicyScores {
  /** Minutes with fewer ready replicas than needed. */
  readonly underMinutes: number;
  readonly underPercent: number;
  /** Load above what the ready replicas serve, in percent of the load. */
  readonly unmetPercent: number;
  readonly replicaHours: number;
  /** Replica-hours relative to exactly the needed replicas in each minute. */
  readonly relativeCost: number;
  /** Replica-hours and UNMET_PENALTY times the unmet ones, relative to exactly the needed replicas. */
  readonly penalisedCost: number;
}

export interface PolicyOutcome extends PolicyScores {
  /** Replicas asked for in each minute. */
  readonly replicas: Float64Array;
  /** Minutes, from the start, in which too few were ready. */
  readonly shortMinutes: readonly number[];
}

/** Replicas that serve, where `replicas` are asked for in each minute. */
export function readyReplicas(replicas: Float64Array, { leadMinutes }: ScalingSettings): Float64Array {
  const startMinutes = leadMinutes - ISSUE_MINUTES;
  return replicas.map((_, minute) =>
    Math.min(...replicas.subarray(Math.max(0, minute - startMinutes), minute + 1)),
  );
}

/**
 * Scores of a policy.
 * @param loads load of each minute; NaN where it was not measured. More than all replicas serve counts as that much
 */
export function policyOutcome(
  loads: Float64Array,
  replicas: Float64Array,
  settings: ScalingSettings,
): PolicyOutcome {
  const { loadPerReplica, maxReplicas } = settings;
  const ready = readyReplicas(replicas, settings);
  const shortMinutes: number[] = [];
  let [minutes, load, unmet, paid, needed] = [0, 0, 0, 0, 0];
  loads.forEach((measured, minute) => {
    if (Number.isNaN(measured)) return;
    const served = Math.min(measured, maxReplicas * loadPerReplica);
    const need = replicasFor(served, settings);
    const there = ready[minute] as number;
    minutes += 1;
    load += served;
    unmet += Math.max(0, served - there * loadPerReplica);
    paid += replicas[minute] as number;
    needed += need;
    if (there < need) shortMinutes.push(minute);
  });
  return {
    underMinutes: shortMinutes.length,
    underPercent: (100 * shortMinutes.length) / minutes,
    unmetPercent: load > 0 ? (100 * unmet) / load : 0,
    replicaHours: paid / 60,
    relativeCost: paid / needed,
    penalisedCost: (paid + (UNMET_PENALTY * unmet) / loadPerReplica) / needed,
    replicas,
    shortMinutes,
  };
}

/**
 * Replicas that an HPA asks for, with the metric of the last full minute. As `simulateHpa` of the decision, which
 * knows one target only, while here it changes with each decision.
 * @param targets utilisation target in each minute, 0 to 1
 * @param floors its `minReplicas` in each minute
 */
export function hpaReplicas(
  loads: Float64Array,
  targets: Float64Array,
  floors: Float64Array,
  settings: ScalingSettings,
): Float64Array {
  const { metric } = prepareLoads(loads, settings);
  const replicas = new Float64Array(loads.length);
  const wanted: number[] = [];
  let current = replicasFor((metric[0] ?? 0) / (targets[0] ?? 1), settings);
  for (let minute = 0; minute < loads.length; minute += 1) {
    const load = metric[minute] as number;
    const target = targets[minute] as number;
    const utilisation = load / (settings.loadPerReplica * current * target);
    const isNear = Math.abs(utilisation - 1) <= HPA_TOLERANCE;
    const desired = isNear ? current : replicasFor(load / target, settings);
    wanted.push(desired);
    if (wanted.length > HPA_STABILISATION_MINUTES) wanted.shift();
    const stable = desired < current ? Math.max(...wanted) : desired;
    const floor = Math.max(floors[minute] as number, settings.minReplicas);
    current = Math.min(Math.max(stable, floor), settings.maxReplicas);
    replicas[minute] = current;
  }
  return replicas;
}

/** An HPA with one target and nothing beside it. */
export function hpaAlone(loads: Float64Array, target: number, settings: ScalingSettings): Float64Array {
  const floors = constant(loads.length, settings.minReplicas);
  return hpaReplicas(loads, constant(loads.length, target), floors, settings);
}

/**
 * A value for each origin as one for each minute.
 * @param initial until the first decision is in force
 */
export function inForce(
  decisions: readonly number[],
  cadenceMinutes: number,
  initial: number,
  minutes: number,
): Float64Array {
  return Float64Array.from({ length: minutes }, (_, minute) => {
    const index = Math.floor((minute - ISSUE_MINUTES) / cadenceMinutes);
    return index < 0 ? initial : (decisions[Math.min(index, decisions.length - 1)] ?? initial);
  });
}

/**
 * Perfect foresight at the same cadence and lead: each decision is the most replicas needed while it is in force and
 * while those of the next one start.
 */
export function perfectForesight(
  loads: Float64Array,
  cadenceMinutes: number,
  origins: number,
  settings: ScalingSettings,
): Float64Array {
  const need = withoutGaps(loads).map((load) => replicasFor(load, settings));
  const startMinutes = settings.leadMinutes - ISSUE_MINUTES;
  const decisions = Array.from({ length: origins }, (_, index) => {
    const from = index * cadenceMinutes + ISSUE_MINUTES;
    return Math.max(settings.minReplicas, ...need.subarray(from, from + cadenceMinutes + startMinutes));
  });
  return inForce(decisions, cadenceMinutes, need[0] ?? settings.minReplicas, loads.length);
}

/** The last known load in place of gaps, the first one before it. */
function withoutGaps(loads: Float64Array): Float64Array {
  let last = loads.find((load) => !Number.isNaN(load)) ?? 0;
  return loads.map((load) => {
    if (!Number.isNaN(load)) last = load;
    return last;
  });
}

export function constant(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}
