/** Pods metrics and resources are read from every pod; objects and external systems give one value for all. */
export type MetricSpec = PodMetricSpec | TotalMetricSpec;

/** A metric with one sample a pod. */
export type PodMetricSpec = ResourceMetricSpec | PodsMetricSpec;

export interface ResourceMetricSpec {
  readonly type: 'Resource';
  /** Resource of the whole pod; only `cpu` follows the readiness rules. */
  readonly name: 'cpu' | 'memory';
  readonly target: UtilizationTarget | AverageValueTarget;
}

export interface PodsMetricSpec {
  readonly type: 'Pods';
  readonly name: string;
  readonly target: AverageValueTarget;
}

/** A metric with one value for the whole workload. */
export interface TotalMetricSpec {
  readonly type: 'Object' | 'External';
  readonly name: string;
  readonly target: ValueTarget | AverageValueTarget;
}

export interface UtilizationTarget {
  readonly type: 'Utilization';
  /** Use of the pods' requests, whole percent. */
  readonly averageUtilizationPercent: number;
}

export interface AverageValueTarget {
  readonly type: 'AverageValue';
  /** Value of one pod, in the metric's unit (cores, bytes, requests per second). */
  readonly averageValue: number;
}

export interface ValueTarget {
  readonly type: 'Value';
  /** Value of the whole, in the metric's unit. */
  readonly value: number;
}

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  /** Pods, or percent of the replicas at the start of the period. */
  readonly value: number;
  /** Length of the period, seconds, 1 to 1800. */
  readonly periodSeconds: number;
}

export interface ScalingRules {
  /** Seconds whose recommendations count, 0 to 3600. */
  readonly stabilizationWindowSeconds: number;
  /** Policy that counts where they differ: the larger change, the smaller one, or no change at all. */
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
  /** Share by which the ratio may miss 1 in this direction without a change. */
  readonly tolerance: number;
}

export interface BehaviorSpec {
  /** @default - window 0 s; 4 pods or 100 % per 15 s, the larger */
  readonly scaleUp?: Partial<ScalingRules>;
  /** @default - the controller's window; 100 % per 15 s */
  readonly scaleDown?: Partial<ScalingRules>;
}

/** What is simulated of an `autoscaling/v2` HorizontalPodAutoscaler. Container resources are not offered. */
export interface HpaSpec {
  /** Fewest replicas; 0 needs an Object or External metric. @default 1 */
  readonly minReplicas?: number;
  /** Most replicas. */
  readonly maxReplicas: number;
  /** @default - CPU at 80 % of the request */
  readonly metrics?: readonly MetricSpec[];
  /** @default null - a path of its own in the controller, not the default rules */
  readonly behavior?: BehaviorSpec | null;
}

/** Flags of kube-controller-manager. */
export interface ControllerSettings {
  /** Share by which the ratio may miss 1 without a change. @default 0.1 */
  readonly tolerance: number;
  /** Window of scale-down where the HPA gives none, seconds. @default 300 */
  readonly downscaleStabilizationSeconds: number;
  /** Time after its start in which a pod's CPU may still be that of its start, seconds. @default 300 */
  readonly cpuInitializationSeconds: number;
  /** Time after its start in which a pod that turns NotReady counts as never ready, seconds. @default 30 */
  readonly initialReadinessDelaySeconds: number;
  /** Without `behavior`: most replicas of one sync as a multiple of the current ones. @default 2 */
  readonly scaleUpLimitFactor: number;
  /** Without `behavior`: replicas that one sync may always reach. @default 4 */
  readonly scaleUpLimitMinimum: number;
}

/** An HPA as the controller sees it: every field there. A floor changes with `{ ...spec, minReplicas: floor }`. */
export interface ResolvedHpaSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly MetricSpec[];
  readonly behavior: { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules } | null;
  readonly controller: ControllerSettings;
}
