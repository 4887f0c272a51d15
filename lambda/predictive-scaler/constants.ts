/**
 * What the scaler, the manifests and the stacks agree on. Imports nothing: it is the only file here that
 * infrastructure code may import.
 */

/**
 * Field manager of server-side apply: it owns `spec.minReplicas` and the annotations below, and nothing else. They are
 * only ever applied (never merged or replaced), or whoever ends a lease could not take the annotations away.
 */
export const FIELD_MANAGER = 'llm-cost-ops-predictive-scaler';

/** Kubernetes group of the scaler's EKS access entry; a RoleBinding gives it its rights. */
export const SCALER_GROUP = 'llm-cost-ops:predictive-scaler';

/** Annotations of the HPA while the scaler holds its floor up. */
export const ANNOTATIONS = {
  /** `minReplicas` to go back to, a whole number. */
  base: 'predictive-scaler.llm-cost-ops/base',
  /** `minReplicas` that the scaler set, a whole number. */
  floor: 'predictive-scaler.llm-cost-ops/floor',
  /** End of the lease, RFC 3339 in UTC; afterwards anybody may go back to the base. */
  expiresAt: 'predictive-scaler.llm-cost-ops/expires-at',
  /** Run that wrote the floor. */
  runId: 'predictive-scaler.llm-cost-ops/run-id',
  /** Why the floor is what it is. */
  reason: 'predictive-scaler.llm-cost-ops/reason',
} as const;

/** Environment variables of the scaler and of the function that releases its floors. */
export const ENVIRONMENT = {
  /** Name of the EKS cluster; the log-in token is signed for it. */
  clusterName: 'CLUSTER_NAME',
  /** HTTPS address of the Kubernetes API. */
  clusterEndpoint: 'CLUSTER_ENDPOINT',
  /** Certificate authority of the Kubernetes API, PEM in base64. */
  clusterCertificate: 'CLUSTER_CERTIFICATE',
  /** Bucket of the model states; the scaler alone. */
  stateBucket: 'STATE_BUCKET',
  /** Name of the one-shot schedule that the scaler pushes ahead of itself; the scaler alone. */
  switchName: 'SWITCH_NAME',
  /** Group of that schedule. */
  switchGroup: 'SWITCH_GROUP',
  /** Function that the schedule invokes, ARN. */
  switchFunctionArn: 'SWITCH_FUNCTION_ARN',
  /** Role with which it does, ARN. */
  switchRoleArn: 'SWITCH_ROLE_ARN',
  /** Queue that gets what the schedule could not deliver, ARN. */
  switchDeadLetterQueueArn: 'SWITCH_DEAD_LETTER_QUEUE_ARN',
} as const;

/**
 * Retries of the one-shot schedule: for hours, for the floor stays up until it got through. An update of a schedule
 * replaces it whole, so whoever pushes it ahead repeats these and the dead-letter queue.
 */
export const SWITCH_RETRY = { maximumEventAgeSeconds: 21_600, maximumRetryAttempts: 185 } as const;

/** State object of a workload in the bucket: prefix and name. */
export const STATE_PREFIX = 'state/';

/** CloudWatch metrics of the scaler (embedded metric format) by workload. */
export const METRICS = {
  namespace: 'LlmCostOps/PredictiveScaling',
  /** Only dimension of the metrics of a workload; those of a run have `Shard`. */
  workloadDimension: 'Workload',
  shardDimension: 'Shard',
  /** Measured load, requests per second. */
  load: 'Load',
  /** Forecasts, requests per second. */
  forecast15: 'Forecast15',
  forecast30: 'Forecast30',
  upper15: 'ForecastQ95At15',
  upper30: 'ForecastQ95At30',
  /** Floor in force, the manifest's base and the HPA's maximum, replicas. */
  floor: 'Floor',
  base: 'Base',
  maximum: 'Maximum',
  /** 1 where the floor is the HPA's maximum, else 0. */
  floorAtMaximum: 'FloorAtMaximum',
  /** Replica-hours that the floor adds to the base in one interval. */
  replicaHoursAdded: 'ReplicaHoursAdded',
  /** Sum of the absolute errors of the last day's forecasts, percent of the load. */
  error: 'ForecastError',
  /** 1 - MAE / MAE of repeating the last load, over the last day; above 0 is skill. */
  skill: 'ForecastSkill',
  /** Share of loads within the 90 % quantile, percent. */
  coverage: 'ForecastCoverage',
  /** 1 where the gate is ACTIVE, else 0. */
  active: 'GateActive',
  /** 1 for a workload whose run failed, else 0. */
  failed: 'WorkloadFailed',
  /** 1 a completed run, by shard. */
  heartbeat: 'Heartbeat',
  /** Length of a run, ms, by shard. */
  runMilliseconds: 'RunDuration',
} as const;

/** What a schedule sends to the scaler: one shard of the workloads and how to treat them. */
export interface ScalerEvent {
  /** Name of the shard. */
  readonly shard: string;
  /** Time between two runs, minutes. */
  readonly intervalMinutes: number;
  /** A floor that is not renewed for so long is released, minutes. */
  readonly leaseMinutes: number;
  readonly workloads: readonly WorkloadSettings[];
  /** When the run was due, RFC 3339; EventBridge Scheduler fills it in. Deliveries of the same slot have the same. */
  readonly scheduledTime: string;
}

/** What the one-shot schedule sends to the function that releases floors. */
export interface ReleaseEvent {
  readonly workloads: readonly Pick<WorkloadSettings, 'name' | 'namespace' | 'hpaName' | 'baseMinReplicas'>[];
}

/** A Deployment whose HPA gets a floor. */
export interface WorkloadSettings {
  /** Unique; dimension of its metrics and name of its state. */
  readonly name: string;
  /** Kubernetes namespace. */
  readonly namespace: string;
  /** HorizontalPodAutoscaler, autoscaling/v2. */
  readonly hpaName: string;
  /** `act` moves the floor, `forecast-only` asks the API server for a dry run. */
  readonly mode: 'act' | 'forecast-only';
  /** How forecasts become replicas: the cheapest rule of the last days, or a fifth above the forecast. */
  readonly rule: 'adaptive' | 'buffer';
  /** `minReplicas` of the manifest, a whole number: the floor never goes below. */
  readonly baseMinReplicas: number;
  /** Load that one replica carries, requests per second. */
  readonly loadPerReplica: number;
  /** From asking for a pod to its serving, minutes, a whole number: node, image, readiness. */
  readonly startMinutes: number;
  /** Utilisation that the HPA aims at, 0 to 1; the scaler only moves `minReplicas`. */
  readonly hpaTarget: number;
  /** IANA time zone by whose days the load repeats. */
  readonly timeZone: string;
  /** Width of the samples, minutes: 1 or 5. */
  readonly stepMinutes: number;
  readonly load: MetricSettings;
  /**
   * A metric that has points whenever the service is up. Where it has and `load` has none, the load was zero; where
   * neither has, nothing is known. null: a missing point is unknown.
   */
  readonly alwaysOn: MetricSettings | null;
  readonly events: readonly EventSettings[];
}

/** A CloudWatch metric. */
export interface MetricSettings {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Of the step's period. */
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'Minimum' | 'SampleCount';
  /** What a value is multiplied with to be requests per second, e.g. 1/60 for a minute's sum. */
  readonly scale: number;
}

/** A planned event, as an operator writes it. */
export interface EventSettings {
  readonly name: string;
  /** `2026-11-27T08:00` in `timeZone`, or an instant with `Z` or an offset. */
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
  /** Factor on the wanted replicas. */
  readonly multiplier: number;
  /** Least replicas. */
  readonly minReplicas: number;
  /** Whether models learn nothing from the window. */
  readonly excludeFromTraining: boolean;
}
