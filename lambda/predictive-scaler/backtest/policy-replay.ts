import { type CapacityLimits, replicasFor } from '../decision/capacity';
import { newHpa, prepareLoads, simulateHpa, UNMET_PENALTY } from '../decision/cost-simulation';
import { ISSUE_MINUTES } from '../decision/floor-candidates';

/**
 * Simulates scaling policies minute by minute, under the rules of the forecast benchmark: a decision is in force from
 * the minute after its origin until the next one; a new replica serves after its start-up; removals take effect at
 * once; every desired replica costs.
 */

/** Settings of all policies. */
export interface ScalingSettings extends CapacityLimits {
  /** Time from an origin until its new replicas serve, minutes; at least 1. */
  readonly leadMinutes: number;
}

/** Scores of a policy over the measured minutes. */
export interface PolicyScores {
  /** Minutes with fewer ready replicas than needed. */
  readonly underMinutes: number;
  /** The same as a share of the measured minutes, percent. */
  readonly underPercent: number;
  /** Load above the capacity of the ready replicas, percent of the load. */
  readonly unmetPercent: number;
  /** Sum of the desired replicas, hours. */
  readonly replicaHours: number;
  /** Replica-hours relative to exactly the needed replicas in each minute. */
  readonly relativeCost: number;
  /** Replica-hours plus UNMET_PENALTY times the missing ones, relative to exactly the needed replicas. */
  readonly penalisedCost: number;
}

/** Replicas and scores of a policy. */
export interface PolicyOutcome extends PolicyScores {
  /** Desired replicas in each minute. */
  readonly replicas: Float64Array;
  /** Minutes, counted from the start, with too few ready replicas. */
  readonly shortMinutes: readonly number[];
}

/** Ready replicas in each minute, for the desired `replicas`. */
export function readyReplicas(replicas: Float64Array, { leadMinutes }: ScalingSettings): Float64Array {
  const startMinutes = leadMinutes - ISSUE_MINUTES;
  return replicas.map((_, minute) =>
    Math.min(...replicas.subarray(Math.max(0, minute - startMinutes), minute + 1)),
  );
}

/**
 * Scores a policy.
 * @param loads load of each minute; NaN where it was not measured. It is capped at the capacity of all replicas
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
 * Desired replicas of an HPA in each minute, with the metric of the last full minute. Its target may change with each
 * decision: the simulation stops at each change and continues with the next target.
 * @param targets target utilisation in each minute, 0 to 1
 * @param floors `minReplicas` in each minute
 */
export function hpaReplicas(
  loads: Float64Array,
  targets: Float64Array,
  floors: Float64Array,
  settings: ScalingSettings,
): Float64Array {
  const { served, metric } = prepareLoads(loads, settings);
  const replicas = new Float64Array(loads.length);
  const memory = newHpa();
  while (memory.minute < loads.length) {
    const target = targets[memory.minute] as number;
    const end = endOfStretch(targets, memory.minute);
    const stretch = { served: served.subarray(0, end), metric: metric.subarray(0, end) };
    simulateHpa(stretch, { capacity: settings, floors, target }, replicas, memory);
  }
  return replicas;
}

/** First minute from `from` on with another value, or the end. */
function endOfStretch(values: Float64Array, from: number): number {
  const next = values.subarray(from).findIndex((value, at) => at > 0 && value !== values[from]);
  return next < 0 ? values.length : from + next;
}

/** Desired replicas of an HPA with a constant target and no floor. */
export function hpaAlone(loads: Float64Array, target: number, settings: ScalingSettings): Float64Array {
  const floors = constant(loads.length, settings.minReplicas);
  return hpaReplicas(loads, constant(loads.length, target), floors, settings);
}

/**
 * Expands a value for each origin to a value for each minute.
 * @param initial value until the first decision is in force
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
 * Perfect foresight with the same cadence and lead time: each decision is the largest number of replicas needed while
 * it is in force and while those of the next decision start.
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

/** Loads with each gap filled by the last known load, and by the first one at the beginning. */
function withoutGaps(loads: Float64Array): Float64Array {
  let last = loads.find((load) => !Number.isNaN(load)) ?? 0;
  return loads.map((load) => {
    if (!Number.isNaN(load)) last = load;
    return last;
  });
}

/** An array of one value. */
export function constant(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}
