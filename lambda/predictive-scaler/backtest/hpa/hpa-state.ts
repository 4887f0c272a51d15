import type { ResolvedHpaSpec, ScalingRules } from './hpa-spec';

/**
 * State of the controller for one HPA: plain data, which the controller keeps in memory only. A restart or a new leader
 * loses it. Entries have no order, because a new entry replaces an outdated one.
 */
export interface HpaState {
  /** Recommendations of the metrics, before stabilization and limits. */
  readonly recommendations: readonly Recommendation[];
  /** Recent increases of the replicas. */
  readonly scaleUps: readonly ScaleEvent[];
  /** Recent decreases of the replicas. */
  readonly scaleDowns: readonly ScaleEvent[];
}

/** Recommendation of a sync. */
export interface Recommendation {
  /** Recommended replicas. */
  readonly replicas: number;
  /** Time of the sync, seconds since 1970-01-01 UTC. */
  readonly atSeconds: number;
}

/** A change of the replicas. */
export interface ScaleEvent {
  /** Number of pods added or removed, above 0. */
  readonly change: number;
  /** Time of the sync, seconds since 1970-01-01 UTC. */
  readonly atSeconds: number;
}

/** State of a controller that has just started. */
export const FRESH_STATE: HpaState = { recommendations: [], scaleUps: [], scaleDowns: [] };

/** The first sync records the current replicas as a recommendation (horizontal.go, `recordInitialRecommendation`). */
export function seedState(state: HpaState, currentReplicas: number, nowSeconds: number): HpaState {
  if (state.recommendations.length > 0) return state;
  return { ...state, recommendations: [{ replicas: currentReplicas, atSeconds: nowSeconds }] };
}

/**
 * Records a recommendation (end of `stabilizeRecommendation` and `stabilizeRecommendationWithBehaviors`).
 */
export function recordRecommendation(
  state: HpaState,
  { behavior, controller }: ResolvedHpaSpec,
  replicas: number,
  nowSeconds: number,
): HpaState {
  const keepSeconds = behavior
    ? Math.max(behavior.scaleUp.stabilizationWindowSeconds, behavior.scaleDown.stabilizationWindowSeconds)
    : controller.downscaleStabilizationSeconds;
  const entry = { replicas, atSeconds: nowSeconds };
  return {
    recommendations: replaceOutdated(state.recommendations, entry, keepSeconds),
    scaleUps: state.scaleUps,
    scaleDowns: state.scaleDowns,
  };
}

/** Records a change of the replicas, whatever its cause; not needed without `behavior` (`storeScaleEvent`). */
export function recordScaleEvent(
  state: HpaState,
  { behavior }: ResolvedHpaSpec,
  from: number,
  to: number,
  nowSeconds: number,
): HpaState {
  if (!behavior || from === to) return state;
  const entry = { change: Math.abs(to - from), atSeconds: nowSeconds };
  if (to > from) {
    return { ...state, scaleUps: replaceOutdated(state.scaleUps, entry, longestPeriod(behavior.scaleUp)) };
  }
  return {
    ...state,
    scaleDowns: replaceOutdated(state.scaleDowns, entry, longestPeriod(behavior.scaleDown)),
  };
}

function longestPeriod({ policies }: ScalingRules): number {
  return Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds));
}

/**
 * Replaces the last outdated entry, or appends. The controller does the same, with a visible effect: scale-ups older
 * than the scale-up periods still count for longer scale-down periods until they are overwritten.
 */
function replaceOutdated<T extends { readonly atSeconds: number }>(
  entries: readonly T[],
  entry: T,
  keepSeconds: number,
): readonly T[] {
  const next = entries.slice();
  let place = entries.length - 1;
  while (place >= 0 && entry.atSeconds - (entries[place] as T).atSeconds <= keepSeconds) place -= 1;
  next[place === -1 ? entries.length : place] = entry;
  return next;
}
