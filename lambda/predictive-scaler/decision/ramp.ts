/** Limits on how fast a floor moves. */
export interface RampLimits {
  /** Largest growth in one run, a factor above 1. */
  readonly growthFactor: number;
  /** Growth that is always allowed in one run, replicas; a factor alone is too little for a small service. */
  readonly growthReplicas: number;
  /** Largest decrease in one run, share of the floor; at least one replica. */
  readonly dropShare: number;
  /** Decreases below this share of the floor are skipped, because removed pods may be needed again soon. */
  readonly deadBandShare: number;
  /** Number of recent runs whose wanted floors the new floor must not fall below. */
  readonly holdRuns: number;
}

/** Ramp of runs every 15 minutes. */
export const DEFAULT_RAMP: RampLimits = {
  growthFactor: 2,
  growthReplicas: 4,
  dropShare: 0.25,
  deadBandShare: 0.05,
  holdRuns: 2,
};

/** Interval of runs for DEFAULT_RAMP, minutes. */
const DEFAULT_INTERVAL_MINUTES = 15;

/** DEFAULT_RAMP for another interval: the same decrease in an hour, and the same growth in each run. */
export function rampFor(intervalMinutes: number): RampLimits {
  const runs = DEFAULT_INTERVAL_MINUTES / intervalMinutes;
  return {
    ...DEFAULT_RAMP,
    dropShare: 1 - (1 - DEFAULT_RAMP.dropShare) ** (1 / runs),
    holdRuns: Math.ceil(DEFAULT_RAMP.holdRuns * runs),
  };
}

/** Limit that determined the floor, or none (`as-wanted`). */
export type RampReason =
  | 'as-wanted'
  | 'growth-limited'
  | 'growth-limit-lifted'
  | 'held-at-recent-maximum'
  | 'drop-limited'
  | 'within-dead-band';

/** Inputs of a ramp step. */
export interface RampInput {
  /** Wanted floor, replicas. */
  readonly wanted: number;
  /** Floor in force, replicas. */
  readonly previous: number;
  /** Wanted floors of earlier runs, oldest first. */
  readonly recentlyWanted: readonly number[];
  /** Whether the load is about to exceed the replicas' capacity; growth is not limited then. */
  readonly breachDue: boolean;
}

/** Result of a ramp step. */
export interface RampStep {
  /** New floor, replicas. */
  readonly replicas: number;
  /** Limit that determined it. */
  readonly reason: RampReason;
}

/** Moves the floor towards the wanted one, within the limits. */
export function ramp(input: RampInput, limits: RampLimits): RampStep {
  return input.wanted >= input.previous ? rise(input, limits) : fall(input, limits);
}

function rise({ wanted, previous, breachDue }: RampInput, limits: RampLimits): RampStep {
  const most = Math.max(Math.floor(previous * limits.growthFactor), previous + limits.growthReplicas);
  if (wanted <= most) return { replicas: wanted, reason: 'as-wanted' };
  if (breachDue) return { replicas: wanted, reason: 'growth-limit-lifted' };
  return { replicas: most, reason: 'growth-limited' };
}

function fall({ wanted, previous, recentlyWanted }: RampInput, limits: RampLimits): RampStep {
  const lately = limits.holdRuns > 0 ? recentlyWanted.slice(-limits.holdRuns) : [];
  const held = Math.min(previous, Math.max(wanted, ...lately));
  if (previous - held < previous * limits.deadBandShare) {
    return { replicas: previous, reason: held > wanted ? 'held-at-recent-maximum' : 'within-dead-band' };
  }
  const least = previous - Math.max(1, Math.floor(previous * limits.dropShare));
  if (held < least) return { replicas: least, reason: 'drop-limited' };
  return { replicas: held, reason: held > wanted ? 'held-at-recent-maximum' : 'as-wanted' };
}
