import type { ResolvedHpaSpec } from './hpa-spec';
import type { HpaState } from './hpa-state';

/**
 * Damps what the metrics ask for with what they asked for lately. `state` holds the earlier recommendations, not yet
 * the new one.
 * @returns replicas
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
  // Two-sided: the current count moves only as far as every recommendation of both windows agrees
  // (horizontal.go, `stabilizeRecommendationWithBehaviors`).
  return Math.min(Math.max(currentReplicas, lowest), highest);
}

/**
 * Without `behavior`: the highest recommendation of the window, whose far edge belongs to it here. It may lie above
 * the current count (horizontal.go, `stabilizeRecommendation`).
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
