/** How fast a floor may move. */
export interface RampLimits {
  /** Most growth in one run, a factor above 1. */
  readonly growthFactor: number;
  /** Growth that is always allowed, replicas: a small service would not get off the ground by factors. */
  readonly growthReplicas: number;
  /** Most that one run takes away, share of the floor; one replica may always go. */
  readonly dropShare: number;
  /** Falls by less than this share of the floor are left out: each one ends pods that may be needed in a moment. */
  readonly deadBandShare: number;
  /** Runs whose wishes hold the floor up. */
  readonly holdRuns: number;
}

export const DEFAULT_RAMP: RampLimits = {
  growthFactor: 2,
  growthReplicas: 4,
  dropShare: 0.25,
  deadBandShare: 0.05,
  holdRuns: 2,
};

/** Time between two runs that DEFAULT_RAMP is for, minutes. */
const DEFAULT_INTERVAL_MINUTES = 15;

/** DEFAULT_RAMP for runs at another interval: what they let go in an hour is the same, and they rise at once. */
export function rampFor(intervalMinutes: number): RampLimits {
  const runs = DEFAULT_INTERVAL_MINUTES / intervalMinutes;
  return {
    ...DEFAULT_RAMP,
    dropShare: 1 - (1 - DEFAULT_RAMP.dropShare) ** (1 / runs),
    holdRuns: Math.ceil(DEFAULT_RAMP.holdRuns * runs),
  };
}

export type RampReason =
  | 'as-wanted'
  | 'growth-limited'
  | 'growth-limit-lifted'
  | 'held-at-recent-maximum'
  | 'drop-limited'
  | 'within-dead-band';

export interface RampInput {
  /** Floor that the rule asks for, replicas. */
  readonly wanted: number;
  /** Floor in force, replicas. */
  readonly previous: number;
  /** What the rule asked for in earlier runs, oldest first. */
  readonly recentlyWanted: readonly number[];
  /** Whether the load is about to exceed what the replicas carry: then growth knows no limit. */
  readonly breachDue: boolean;
}

export interface RampStep {
  readonly replicas: number;
  readonly reason: RampReason;
}

/** Moves the floor towards what is wanted. */
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
