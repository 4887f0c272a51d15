import type { ResolvedHpaSpec } from './hpa-spec';
import type { HpaState } from './hpa-state';

/**
 * Limits a new recommendation by recent ones. `state` has the earlier recommendations, not the new one.
 * @returns stabilized replicas
 */
export function stabilize(
  state: HpaState,
  { behavior, controller }: ResolvedHpaSpec,
  currentReplicas: number,
  recommended: number,
  nowSeconds: number,
): number {
  if (!behavior)
    return highestOfWindow(state, controller.downscaleStabilizationSeconds, recommended, nowSeconds);
  const upWindow = behavior.scaleUp.stabilizationWindowSeconds;
  const downWindow = behavior.scaleDown.stabilizationWindowSeconds;
  let lowest = recommended;
  let highest = recommended;
  for (const { replicas, atSeconds } of state.recommendations) {
    const age = nowSeconds - atSeconds;
    if (age < upWindow && replicas < lowest) lowest = replicas;
    if (age < downWindow && replicas > highest) highest = replicas;
  }
  // In both directions: the replicas change only as far as all recommendations of both windows allow
  // (horizontal.go, `stabilizeRecommendationWithBehaviors`).
  return Math.min(Math.max(currentReplicas, lowest), highest);
}

/**
 * Without `behavior`: the highest recommendation of the window, including its start. It may be above the current
 * replicas (horizontal.go, `stabilizeRecommendation`).
 */
function highestOfWindow(
  { recommendations }: HpaState,
  windowSeconds: number,
  recommended: number,
  nowSeconds: number,
): number {
  let highest = recommended;
  for (const { replicas, atSeconds } of recommendations) {
    if (nowSeconds - atSeconds <= windowSeconds && replicas > highest) highest = replicas;
  }
  return highest;
}
