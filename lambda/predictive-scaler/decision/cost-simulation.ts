import { type CapacityLimits, clampReplicas, REPLICA_DUST } from './capacity';

/** Serving an unmet request is worth as much as serving so many (the benchmark's price of a failed request). */
export const UNMET_PENALTY = 50;

/** The HPA leaves the replicas alone while the ratio of metric to target is this near to 1 (Kubernetes' default). */
const TOLERANCE = 0.1;

/** What is simulated. */
export interface SimulationSettings {
  readonly capacity: CapacityLimits;
  /** From asking for a replica to its serving, minutes, a whole number: node start, image pull, readiness. */
  readonly startMinutes: number;
  /** How many replicas' cost it is worth to serve the load of one. */
  readonly penalty: number;
}

/** Loads of a stretch of minutes, prepared for any number of simulations. */
export interface SimulatedLoads {
  /** Of each minute; NaN where unknown. Cut to what the most replicas carry. */
  readonly served: Float64Array;
  /** The HPA's metric at each minute: the last known load before it. */
  readonly metric: Float64Array;
}

/** @param loads one a minute, NaN where unknown */
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

/** Where a simulated HPA stopped, to go on from. */
export interface HpaMemory {
  /** First minute that is not simulated yet. */
  minute: number;
  /** Replicas asked for; undefined before the first minute. */
  current: number | undefined;
  /** What the metric asked for in the four minutes before, newest first. */
  recommended: [number, number, number, number];
}

export function newHpa(): HpaMemory {
  return { minute: 0, current: undefined, recommended: [0, 0, 0, 0] };
}

/** An HPA that is simulated. */
export interface SimulatedHpa {
  readonly capacity: CapacityLimits;
  /** `minReplicas` in each minute. */
  readonly floors: Float64Array;
  /** Utilisation that the HPA aims at, 0 to 1. */
  readonly target: number;
}

/**
 * Replicas that an HPA asks for at each minute over floors in force: its target, tolerance and 300 s of
 * down-stabilisation (Kubernetes' default), one decision a minute, from where it stopped to the end of the loads.
 * Written into `desired`: the caller simulates dozens of variants and keeps the arrays.
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
 * Cost of each minute, in replica-minutes: the replicas asked for, and `penalty` for each replica's worth of load that
 * those ready do not carry; 0 where the load is unknown. A replica serves `startMinutes` after it is asked for, and is
 * gone at once. Written into `costs`.
 * @param from first minute that is priced
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
