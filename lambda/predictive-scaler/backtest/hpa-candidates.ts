import { type CapacityLimits, clampReplicas } from '../decision/capacity';

/** Settings of an HPA. */
export interface HpaSettings {
  /** Fewest replicas. */
  readonly minReplicas: number;
  /** Most replicas. */
  readonly maxReplicas: number;
  /** Target utilisation, 0 to 1. */
  readonly target: number;
}

/** Targets to try: lower ones cost capacity that is never used, higher ones leave no reserve while a replica starts. */
const TARGETS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/**
 * Fewest replicas to try: a single replica interrupts the service while it is replaced, which a replay does not show.
 */
const MIN_REPLICAS = 2;

/** Factor from one tried minimum to the next; the step is at least one replica. */
const MINIMUM_GROWTH = 1.15;

/** Maximums to try, as multiples of the replicas for the busiest minute: later days may be busier. */
const MAXIMUM_HEADROOMS = [1, 1.25, 1.5];

/**
 * Settings to try: every minimum x target x maximum, and the current settings. Of two with the same cost the later one
 * has the higher maximum.
 * @param busiestLoad highest load of the days on which the settings are chosen
 */
export function hpaCandidates(
  busiestLoad: number,
  given: HpaSettings,
  loadPerReplica: number,
): HpaSettings[] {
  const unlimited = { loadPerReplica, minReplicas: 1, maxReplicas: Number.POSITIVE_INFINITY };
  const tried = minimums(busiestLoad, given.minReplicas, unlimited).flatMap((minReplicas) =>
    TARGETS.flatMap((target) => {
      const asked = clampReplicas(busiestLoad / loadPerReplica / target, unlimited);
      return maximums(asked, given.maxReplicas)
        .filter((maxReplicas) => maxReplicas >= minReplicas)
        .map((maxReplicas) => ({ minReplicas, maxReplicas, target }));
    }),
  );
  return [given, ...tried];
}

/** Minimums from two replicas (or the current one replica) to those for the busiest minute. */
function minimums(busiestLoad: number, given: number, unlimited: CapacityLimits): number[] {
  const most = clampReplicas(busiestLoad / unlimited.loadPerReplica, unlimited);
  const values: number[] = [];
  for (
    let value = Math.min(given, MIN_REPLICAS);
    value <= Math.max(most, MIN_REPLICAS);
    value = Math.max(value + 1, Math.floor(value * MINIMUM_GROWTH))
  ) {
    values.push(value);
  }
  return values;
}

/** Maximums in ascending order. The current one is included only if it is lower: a higher one is no better. */
function maximums(asked: number, given: number): number[] {
  const values = MAXIMUM_HEADROOMS.map((headroom) => Math.ceil(asked * headroom));
  const most = Math.max(...values);
  return [...new Set(given < most ? [...values, given] : values)].sort((one, other) => one - other);
}
