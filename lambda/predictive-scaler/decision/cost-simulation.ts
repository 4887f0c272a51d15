import { type CapacityLimits, clampReplicas, REPLICA_DUST } from './capacity';

/** Cost of an unserved request in the unit of a served one: the benchmark's price of a failed request. */
export const UNMET_PENALTY = 50;

/** The HPA does not scale while the ratio of metric to target is within this distance of 1 (Kubernetes' default). */
const TOLERANCE = 0.1;

/** Settings of the cost of a simulation. */
export interface SimulationSettings {
  /** Load of one replica, and the bounds of the HPA. */
  readonly capacity: CapacityLimits;
  /** Time from creating a replica to its readiness (node, image, start), whole minutes. */
  readonly startMinutes: number;
  /** Cost of not serving the load of one replica, in the cost of replicas. */
  readonly penalty: number;
}

/** Loads of consecutive minutes, prepared for any number of simulations. */
export interface SimulatedLoads {
  /** Load of each minute, at most what `maxReplicas` can serve; NaN where unknown. */
  readonly served: Float64Array;
  /** The HPA's metric at each minute: the last known load before it. */
  readonly metric: Float64Array;
}

/** Prepares loads for simulations. @param loads one a minute, NaN where unknown */
export function prepareLoads(loads: ArrayLike<number>, limits: CapacityLimits): SimulatedLoads {
  const most = limits.maxReplicas * limits.loadPerReplica;
  const served = Float64Array.from(loads, (load) => Math.min(load, most));
  const metric = new Float64Array(loads.length);
  let last = Array.from(loads).find((load) => !Number.isNaN(load)) ?? 0;
  for (let minute = 0; minute < metric.length; minute += 1) {
    metric[minute] = last;
    const load = loads[minute] as number;
    if (!Number.isNaN(load)) last = load;
  }
  return { served, metric };
}

/** State of a simulated HPA, from which a simulation continues. */
export interface HpaMemory {
  /** Next minute to simulate. */
  minute: number;
  /** Desired replicas; undefined before the first minute. */
  current: number | undefined;
  /** Recommendations of the last four minutes, newest first. */
  recommended: [number, number, number, number];
}

/** State of an HPA before its first minute. */
export function newHpa(): HpaMemory {
  return { minute: 0, current: undefined, recommended: [0, 0, 0, 0] };
}

/** Settings of a simulated HPA. */
export interface SimulatedHpa {
  /** Load of one replica, and the bounds of the HPA. */
  readonly capacity: CapacityLimits;
  /** `minReplicas` in each minute. */
  readonly floors: Float64Array;
  /** Target utilisation, 0 to 1. */
  readonly target: number;
}

/**
 * Simulates the desired replicas of an HPA with a floor in each minute: target, tolerance and 300 s of scale-down
 * stabilization (Kubernetes' defaults), one decision a minute, from `memory` to the end of the loads. Results are
 * written into `desired`, because the caller simulates dozens of variants and reuses the arrays.
 */
export function simulateHpa(
  { metric }: SimulatedLoads,
  { capacity: { loadPerReplica, minReplicas, maxReplicas }, floors, target }: SimulatedHpa,
  desired: Float64Array,
  memory: HpaMemory = newHpa(),
): void {
  const perReplica = loadPerReplica * target;
  let current =
    memory.current ??
    clampReplicas((metric[0] ?? 0) / perReplica, { loadPerReplica, minReplicas, maxReplicas });
  // Scalars, as the loop runs a million times a decision.
  let [first, second, third, fourth] = memory.recommended;
  for (let minute = memory.minute; minute < metric.length; minute += 1) {
    const wanted = (metric[minute] as number) / perReplica;
    let recommended = current;
    if (Math.abs(wanted - current) > TOLERANCE * current) {
      recommended = Math.min(maxReplicas, Math.max(minReplicas, Math.ceil(wanted - REPLICA_DUST)));
    }
    let next = recommended;
    if (next < current) next = Math.max(next, first, second, third, fourth);
    fourth = third;
    third = second;
    second = first;
    first = recommended;
    current = Math.min(maxReplicas, Math.max(next, floors[minute] as number));
    desired[minute] = current;
  }
  memory.minute = metric.length;
  memory.current = current;
  memory.recommended = [first, second, third, fourth];
}

/**
 * Computes the cost of each minute, in replica-minutes: the desired replicas, and `penalty` for the load of each
 * missing ready replica; 0 where the load is unknown. A replica is ready `startMinutes` after it is created, and is
 * removed at once. Results are written into `costs`.
 * @param from first minute to compute
 */
export function minuteCosts(
  { served }: SimulatedLoads,
  desired: Float64Array,
  { capacity: { loadPerReplica }, startMinutes, penalty }: SimulationSettings,
  costs: Float64Array,
  from = 0,
): void {
  let lastGrowth = Number.NEGATIVE_INFINITY;
  for (let minute = Math.max(0, from - startMinutes); minute < served.length; minute += 1) {
    const asked = desired[minute] as number;
    if (minute > 0 && asked > (desired[minute - 1] as number)) lastGrowth = minute;
    if (minute < from) continue;
    const ready =
      minute - lastGrowth < startMinutes ? leastOf(desired, minute - startMinutes, minute) : asked;
    const unmet = (served[minute] as number) / loadPerReplica - ready;
    if (Number.isNaN(unmet)) costs[minute] = 0;
    else costs[minute] = asked + (unmet > 0 ? penalty * unmet : 0);
  }
}

function leastOf(values: Float64Array, first: number, last: number): number {
  let least = values[last] as number;
  for (let at = Math.max(0, first); at < last; at += 1) {
    if ((values[at] as number) < least) least = values[at] as number;
  }
  return least;
}
