import type { ResolvedHpaSpec, ScalingRules } from './hpa-spec';

/**
 * What the controller remembers of one HPA: plain data, in its memory only. Throw it away for a restart or a new
 * leader. Entries stand in no order, for a new one takes the place of one that is of no use any more.
 */
export interface HpaState {
  /** What the metrics asked for, before stabilisation and limits. */
  readonly recommendations: readonly Recommendation[];
  readonly scaleUps: readonly ScaleEvent[];
  readonly scaleDowns: readonly ScaleEvent[];
}

export interface Recommendation {
  readonly replicas: number;
  /** Seconds since the epoch. */
  readonly atSeconds: number;
}

export interface ScaleEvent {
  /** Pods added or removed, above 0. */
  readonly change: number;
  /** Seconds since the epoch. */
  readonly atSeconds: number;
}

/** A controller that has just started. */
export const FRESH_STATE: HpaState = { recommendations: [], scaleUps: [], scaleDowns: [] };

/** The first sync takes the current count for a recommendation (horizontal.go, `recordInitialRecommendation`). */
export function seedState(state: HpaState, currentReplicas: number, nowSeconds: number): HpaState {
  if (state.recommendations.length > 0) return state;
  return { ...state, recommendations: [{ replicas: currentReplicas, atSeconds: nowSeconds }] };
}

/**
 * Remembers what the metrics asked for (end of `stabilizeRecommendation` and `stabilizeRecommendationWithBehaviors`).
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

/** Remembers a change of the count, whatever caused it; without `behavior` nobody would ask (`storeScaleEvent`). */
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
 * Puts the entry where the last outdated one stands, or at the end. This is the controller's own way, and it shows:
 * scale-ups older than the scale-up periods still count for longer scale-down periods until they are overwritten.
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
