import { type CapacityLimits, clampReplicas } from '../decision/capacity';

/** Settings of an HPA. */
export interface HpaSettings {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Utilisation that it aims at, 0 to 1. */
  readonly target: number;
}

/** Lower targets pay for capacity that is never used, higher ones leave nothing for the start of a replica. */
const TARGETS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/** One replica is no service while it is replaced, and no replay of loads knows about that. */
const LEAST_REPLICAS = 2;

/** Growth from one minimum to the next, beside one replica. */
const MINIMUM_GROWTH = 1.15;

/** Most replicas, as a multiple of what the busiest minute asks for: days to come may be busier. */
const MAXIMUM_HEADROOMS = [1, 1.25, 1.5];

/**
 * Settings that are tried: minimum x target x maximum, and the given ones. Of two that cost the same the later one has
 * the higher maximum.
 * @param busiestLoad highest load that may be known
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

/** From two replicas (or the given one) to what the busiest minute needs. */
function minimums(busiestLoad: number, given: number, unlimited: CapacityLimits): number[] {
  const most = clampReplicas(busiestLoad / unlimited.loadPerReplica, unlimited);
  const values: number[] = [];
  for (
    let value = Math.min(given, LEAST_REPLICAS);
    value <= Math.max(most, LEAST_REPLICAS);
    value = Math.max(value + 1, Math.floor(value * MINIMUM_GROWTH))
  ) {
    values.push(value);
  }
  return values;
}

/** Ascending. The given one only where it is below the others: a higher one is no better. */
function maximums(asked: number, given: number): number[] {
  const values = MAXIMUM_HEADROOMS.map((headroom) => Math.ceil(asked * headroom));
  const most = Math.max(...values);
  return [...new Set(given < most ? [...values, given] : values)].sort((one, other) => one - other);
}
