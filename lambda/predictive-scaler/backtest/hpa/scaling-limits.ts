import type { ControllerSettings, ResolvedHpaSpec, ScalingPolicy, ScalingRules } from './hpa-spec';
import type { HpaState, ScaleEvent } from './hpa-state';

/** Replicas after the limits. */
export interface Limited {
  /** Replicas within all limits. */
  readonly replicas: number;
  /** Limit that changed them; null where none did. */
  readonly limit: 'scale-up-limited' | 'scale-down-limited' | 'limited-to-max' | 'limited-to-min' | null;
}

/** Limits the replicas to the policies, and to `minReplicas` and `maxReplicas`. */
export function limitReplicas(
  state: HpaState,
  spec: ResolvedHpaSpec,
  currentReplicas: number,
  wanted: number,
  nowSeconds: number,
): Limited {
  if (!spec.behavior) return limitWithoutBehavior(spec, currentReplicas, wanted);
  if (wanted > currentReplicas) {
    const pace = scaleUpLimit(state, spec.behavior.scaleUp, currentReplicas, nowSeconds);
    return limitAbove(wanted, pace, spec.maxReplicas);
  }
  if (wanted < currentReplicas) {
    const pace = scaleDownLimit(state, spec.behavior.scaleDown, currentReplicas, nowSeconds);
    return limitBelow(wanted, pace, spec.minReplicas);
  }
  return { replicas: wanted, limit: null };
}

/**
 * No limit on decreases, and a limit on increases without periods (horizontal.go, `convertDesiredReplicasWithRules`).
 */
function limitWithoutBehavior(
  { minReplicas, maxReplicas, controller }: ResolvedHpaSpec,
  currentReplicas: number,
  wanted: number,
): Limited {
  if (wanted < minReplicas) return { replicas: minReplicas, limit: 'limited-to-min' };
  return limitAbove(wanted, legacyScaleUpLimit(controller, currentReplicas), maxReplicas);
}

/** `calculateScaleUpLimit`. */
function legacyScaleUpLimit(settings: ControllerSettings, currentReplicas: number): number {
  return Math.trunc(Math.max(settings.scaleUpLimitFactor * currentReplicas, settings.scaleUpLimitMinimum));
}

function limitAbove(wanted: number, pace: number, maxReplicas: number): Limited {
  if (wanted <= pace && wanted <= maxReplicas) return { replicas: wanted, limit: null };
  return pace < maxReplicas
    ? { replicas: pace, limit: 'scale-up-limited' }
    : { replicas: maxReplicas, limit: 'limited-to-max' };
}

function limitBelow(wanted: number, pace: number, minReplicas: number): Limited {
  if (wanted >= pace && wanted >= minReplicas) return { replicas: wanted, limit: null };
  return pace > minReplicas
    ? { replicas: pace, limit: 'scale-down-limited' }
    : { replicas: minReplicas, limit: 'limited-to-min' };
}

/** Most replicas that the scale-up policies allow; never below current (`calculateScaleUpLimitWithScalingRules`). */
function scaleUpLimit(
  state: HpaState,
  rules: ScalingRules,
  currentReplicas: number,
  nowSeconds: number,
): number {
  if (rules.selectPolicy === 'Disabled') return currentReplicas;
  const limits = rules.policies.map((policy) => {
    const start = periodStart(state, policy, currentReplicas, nowSeconds);
    // Rounded up, or 10 % of 3 pods would never add one. In doubles, like the controller: 100 x 1.1 is above 110.
    return policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
  });
  const chosen = rules.selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
  return Math.max(chosen, currentReplicas);
}

/** Fewest replicas that the scale-down policies allow; never above current (`calculateScaleDownLimitWithBehaviors`). */
function scaleDownLimit(
  state: HpaState,
  rules: ScalingRules,
  currentReplicas: number,
  nowSeconds: number,
): number {
  if (rules.selectPolicy === 'Disabled') return currentReplicas;
  const limits = rules.policies.map((policy) => {
    const start = periodStart(state, policy, currentReplicas, nowSeconds);
    // Truncated, or 10 % of 3 pods would never remove one.
    return policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100));
  });
  // The smaller change leaves the higher count.
  const chosen = rules.selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
  return Math.min(chosen, currentReplicas);
}

/** Replicas at the start of the policy's period: the current ones without the changes in the period. */
function periodStart(
  { scaleUps, scaleDowns }: HpaState,
  { periodSeconds }: ScalingPolicy,
  currentReplicas: number,
  nowSeconds: number,
): number {
  const since = nowSeconds - periodSeconds;
  return currentReplicas - changeAfter(scaleUps, since) + changeAfter(scaleDowns, since);
}

/** Pods added or removed after a moment; an event at that moment does not count (`getReplicasChangePerPeriod`). */
function changeAfter(events: readonly ScaleEvent[], sinceSeconds: number): number {
  let change = 0;
  for (const event of events) if (event.atSeconds > sinceSeconds) change += event.change;
  return change;
}
