import { checkHpaSpec } from './check-hpa-spec';
import type { ControllerSettings, HpaSpec, MetricSpec, ResolvedHpaSpec, ScalingRules } from './hpa-spec';

/** How often the controller syncs each HPA, seconds (`--horizontal-pod-autoscaler-sync-period`). */
export const SYNC_PERIOD_SECONDS = 15;

/** Default flags of kube-controller-manager (podautoscaler/config/v1alpha1/defaults.go, horizontal.go's vars). */
export const DEFAULT_CONTROLLER_SETTINGS: ControllerSettings = {
  tolerance: 0.1,
  downscaleStabilizationSeconds: 300,
  cpuInitializationSeconds: 300,
  initialReadinessDelaySeconds: 30,
  scaleUpLimitFactor: 2,
  scaleUpLimitMinimum: 4,
};

/** `autoscaling.DefaultCPUUtilization`. */
const DEFAULT_METRICS: readonly MetricSpec[] = [
  { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilizationPercent: 80 } },
];

/**
 * Adds the defaults of the API server and the controller (apis/autoscaling/v2/defaults.go,
 * `SetDefaults_HorizontalPodAutoscaler`; horizontal.go, `maybeInitScaleDownStabilizationWindow`), and checks the spec.
 * @throws {RangeError} where the API server would refuse the spec; lists every problem
 */
export function resolveHpaSpec(spec: HpaSpec, flags: Partial<ControllerSettings> = {}): ResolvedHpaSpec {
  const controller = { ...DEFAULT_CONTROLLER_SETTINGS, ...flags };
  const resolved: ResolvedHpaSpec = {
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    metrics: spec.metrics?.length ? spec.metrics : DEFAULT_METRICS,
    behavior: spec.behavior
      ? {
          scaleUp: withDefaults(spec.behavior.scaleUp, defaultScaleUp(controller)),
          scaleDown: withDefaults(spec.behavior.scaleDown, defaultScaleDown(controller)),
        }
      : null,
    controller,
  };
  checkHpaSpec(resolved);
  return resolved;
}

function defaultScaleUp({ tolerance }: ControllerSettings): ScalingRules {
  return {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    tolerance,
  };
}

function defaultScaleDown({ tolerance, downscaleStabilizationSeconds }: ControllerSettings): ScalingRules {
  return {
    stabilizationWindowSeconds: downscaleStabilizationSeconds,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    tolerance,
  };
}

/** Defaults by field (`copyHPAScalingRules`); given policies replace the default policies. */
function withDefaults(given: Partial<ScalingRules> = {}, defaults: ScalingRules): ScalingRules {
  return {
    stabilizationWindowSeconds: given.stabilizationWindowSeconds ?? defaults.stabilizationWindowSeconds,
    selectPolicy: given.selectPolicy ?? defaults.selectPolicy,
    policies: given.policies ?? defaults.policies,
    tolerance: given.tolerance ?? defaults.tolerance,
  };
}
