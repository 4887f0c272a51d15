/** Load of one replica, and the bounds of the replicas. */
export interface CapacityLimits {
  /** Load that one replica can serve, in the unit of the loads. */
  readonly loadPerReplica: number;
  /** Fewest replicas, a whole number. */
  readonly minReplicas: number;
  /** Most replicas, a whole number, at least `minReplicas`. */
  readonly maxReplicas: number;
}

/** The seed's numbers: a load of 100 for each replica, 3 to 50 replicas. */
export const SEED_CAPACITY: CapacityLimits = { loadPerReplica: 100, minReplicas: 3, maxReplicas: 50 };

/** Rounding error of floating-point products that must not add a replica (1.2 x 250 / 100 is 3, not 4), in replicas. */
export const REPLICA_DUST = 1e-6;

/** Replicas rounded up and within the limits; NaN gives `maxReplicas`. */
export function clampReplicas(replicas: number, { minReplicas, maxReplicas }: CapacityLimits): number {
  if (Number.isNaN(replicas)) return maxReplicas;
  return Math.min(maxReplicas, Math.max(minReplicas, Math.ceil(replicas - REPLICA_DUST)));
}

/** Replicas that can serve the load, within the limits. */
export function replicasFor(load: number, limits: CapacityLimits): number {
  return clampReplicas(load / limits.loadPerReplica, limits);
}

/** Checks the limits. @throws {RangeError} that names the wrong one, its range and its value */
export function checkCapacity({ loadPerReplica, minReplicas, maxReplicas }: CapacityLimits): void {
  if (!(loadPerReplica > 0 && Number.isFinite(loadPerReplica))) {
    throw new RangeError(`'loadPerReplica' must be above 0, got ${loadPerReplica}`);
  }
  if (!(Number.isInteger(minReplicas) && minReplicas >= 0)) {
    throw new RangeError(`'minReplicas' must be a whole number of at least 0, got ${minReplicas}`);
  }
  if (!(Number.isInteger(maxReplicas) && maxReplicas >= Math.max(1, minReplicas))) {
    throw new RangeError(
      `'maxReplicas' must be a whole number of at least 'minReplicas' (${minReplicas}) and 1, got ${maxReplicas}`,
    );
  }
}
