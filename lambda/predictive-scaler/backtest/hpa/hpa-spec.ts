/** A metric: Resource and Pods metrics have a value for each pod, Object and External metrics one for the workload. */
export type MetricSpec = PodMetricSpec | TotalMetricSpec;

/** A metric with one sample for each pod. */
export type PodMetricSpec = ResourceMetricSpec | PodsMetricSpec;

/** CPU or memory of the pods. */
export interface ResourceMetricSpec {
  /** Kubernetes' metric source type. */
  readonly type: 'Resource';
  /** Resource of the whole pod; only `cpu` follows the readiness rules. */
  readonly name: 'cpu' | 'memory';
  /** Target for the mean of the pods. */
  readonly target: UtilizationTarget | AverageValueTarget;
}

/** A custom metric of the pods. */
export interface PodsMetricSpec {
  /** Kubernetes' metric source type. */
  readonly type: 'Pods';
  /** Name of the metric. */
  readonly name: string;
  /** Target for the mean of the pods. */
  readonly target: AverageValueTarget;
}

/** A metric with one value for the whole workload. */
export interface TotalMetricSpec {
  /** Kubernetes' metric source type. */
  readonly type: 'Object' | 'External';
  /** Name of the metric. */
  readonly name: string;
  /** Target for the value, or for its share of one pod. */
  readonly target: ValueTarget | AverageValueTarget;
}

/** Target as a share of the pods' requests. */
export interface UtilizationTarget {
  /** Kubernetes' target type. */
  readonly type: 'Utilization';
  /** Usage of the pods' requests, whole percent. */
  readonly averageUtilizationPercent: number;
}

/** Target for the mean of the pods. */
export interface AverageValueTarget {
  /** Kubernetes' target type. */
  readonly type: 'AverageValue';
  /** Value for one pod, in the metric's unit (cores, bytes, requests per second). */
  readonly averageValue: number;
}

/** Target for the value of the whole workload. */
export interface ValueTarget {
  /** Kubernetes' target type. */
  readonly type: 'Value';
  /** Value for the workload, in the metric's unit. */
  readonly value: number;
}

/** Limit on the change in a period. */
export interface ScalingPolicy {
  /** Unit of `value`. */
  readonly type: 'Pods' | 'Percent';
  /** Pods, or percent of the replicas at the start of the period. */
  readonly value: number;
  /** Length of the period, seconds, 1 to 1800. */
  readonly periodSeconds: number;
}

/** Scaling rules of one direction. */
export interface ScalingRules {
  /** Window of recommendations that count, seconds, 0 to 3600. */
  readonly stabilizationWindowSeconds: number;
  /** Which policy applies: that of the larger change, of the smaller one, or no change in this direction. */
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  /** At least one. */
  readonly policies: readonly ScalingPolicy[];
  /** Deviation of the ratio from 1 in this direction that causes no change, e.g. 0.1. */
  readonly tolerance: number;
}

/** Scaling rules of both directions. */
export interface BehaviorSpec {
  /** Rules for more replicas. @default - window 0 s; 4 pods or 100 % per 15 s, the larger */
  readonly scaleUp?: Partial<ScalingRules>;
  /** Rules for fewer replicas. @default - the controller's window; 100 % per 15 s */
  readonly scaleDown?: Partial<ScalingRules>;
}

/** Spec of an `autoscaling/v2` HorizontalPodAutoscaler. ContainerResource metrics are not supported. */
export interface HpaSpec {
  /** Fewest replicas; 0 needs an Object or External metric. @default 1 */
  readonly minReplicas?: number;
  /** Most replicas. */
  readonly maxReplicas: number;
  /** Metrics to scale on. @default - CPU at 80 % of the request */
  readonly metrics?: readonly MetricSpec[];
  /** Scaling rules. @default null - the controller's older code path, which differs from the default rules */
  readonly behavior?: BehaviorSpec | null;
}

/** Flags of kube-controller-manager. */
export interface ControllerSettings {
  /** Deviation of the ratio from 1 that causes no change. @default 0.1 */
  readonly tolerance: number;
  /** Scale-down window where the HPA sets none, seconds. @default 300 */
  readonly downscaleStabilizationSeconds: number;
  /** Time after a pod's start in which its CPU may be that of the start, seconds. @default 300 */
  readonly cpuInitializationSeconds: number;
  /** Time after a pod's start in which a change to NotReady counts as never ready, seconds. @default 30 */
  readonly initialReadinessDelaySeconds: number;
  /** Without `behavior`: largest result of one sync, as a multiple of the current replicas. @default 2 */
  readonly scaleUpLimitFactor: number;
  /** Without `behavior`: number of replicas that one sync may always reach. @default 4 */
  readonly scaleUpLimitMinimum: number;
}

/** Spec with all defaults. A floor is set with `{ ...spec, minReplicas: floor }`. */
export interface ResolvedHpaSpec {
  /** Fewest replicas. */
  readonly minReplicas: number;
  /** Most replicas. */
  readonly maxReplicas: number;
  /** At least one. */
  readonly metrics: readonly MetricSpec[];
  /** Scaling rules; null for the controller's older code path. */
  readonly behavior: { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules } | null;
  /** Flags of the controller. */
  readonly controller: ControllerSettings;
}
