/**
 * The contract between the scaler, the manifests and the stacks. It has no imports: infrastructure code may import only
 * this file of the folder.
 */

/**
 * Field manager of server-side apply: it owns `spec.minReplicas` and the annotations below, and nothing else. The
 * scaler always uses server-side apply, never a merge patch or an update, so that leaving the annotations out removes
 * them.
 */
export const FIELD_MANAGER = 'llm-cost-ops-predictive-scaler';

/** Kubernetes group of the scaler's EKS access entry; a RoleBinding grants its permissions. */
export const SCALER_GROUP = 'llm-cost-ops:predictive-scaler';

/** Annotations of an HPA while the scaler holds a floor. */
export const ANNOTATIONS = {
  /** `minReplicas` without the floor, a whole number. */
  base: 'predictive-scaler.llm-cost-ops/base',
  /** `minReplicas` that the scaler set, a whole number. */
  floor: 'predictive-scaler.llm-cost-ops/floor',
  /** End of the lease, RFC 3339 in UTC; afterwards the floor may be released. */
  expiresAt: 'predictive-scaler.llm-cost-ops/expires-at',
  /** Id of the run that set the floor. */
  runId: 'predictive-scaler.llm-cost-ops/run-id',
  /** Reason of the decision. */
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
  /** Bucket of the model states; scaler only. */
  stateBucket: 'STATE_BUCKET',
  /** Name of the one-shot schedule that each run postpones, the dead man's switch; scaler only. */
  switchName: 'SWITCH_NAME',
  /** Group of that schedule. */
  switchGroup: 'SWITCH_GROUP',
  /** Function that the schedule invokes, ARN. */
  switchFunctionArn: 'SWITCH_FUNCTION_ARN',
  /** Role of the schedule, ARN. */
  switchRoleArn: 'SWITCH_ROLE_ARN',
  /** Dead-letter queue of the schedule, ARN. */
  switchDeadLetterQueueArn: 'SWITCH_DEAD_LETTER_QUEUE_ARN',
} as const;

/**
 * Retries of the one-shot schedule. They go on for hours, because floors are held until the release succeeds. An update
 * replaces the whole schedule, so each update repeats these values and the dead-letter queue.
 */
export const SWITCH_RETRY = { maximumEventAgeSeconds: 21_600, maximumRetryAttempts: 185 } as const;

/** State object of a workload in the bucket: prefix and name. */
export const STATE_PREFIX = 'state/';

/** CloudWatch metrics of the scaler (embedded metric format), by workload and by shard. */
export const METRICS = {
  namespace: 'LlmCostOps/PredictiveScaling',
  /** The only dimension of a workload's metrics; metrics of a run have `Shard`. */
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
  /** Sum of the absolute errors of the last day's forecasts, percent of the load (WAPE). */
  error: 'ForecastError',
  /** 1 - MAE / MAE of repeating the last load, over the last day; above 0 the forecast is better. */
  skill: 'ForecastSkill',
  /** Share of loads within the 90 % quantile, percent. */
  coverage: 'ForecastCoverage',
  /** 1 where the gate is ACTIVE, else 0. */
  active: 'GateActive',
  /** 1 for a workload whose run failed, else 0. */
  failed: 'WorkloadFailed',
  /** 1 for each completed run, by shard. */
  heartbeat: 'Heartbeat',
  /** Duration of a run, ms, by shard. */
  runMilliseconds: 'RunDuration',
} as const;

/** Event that a schedule sends to the scaler: one shard of the workloads, and their settings. */
export interface ScalerEvent {
  /** Name of the shard, in logs and metrics. */
  readonly shard: string;
  /** Time between two runs, minutes. */
  readonly intervalMinutes: number;
  /** Length of a lease, minutes: a floor that is not renewed for this time is released. */
  readonly leaseMinutes: number;
  /** Workloads of the shard. */
  readonly workloads: readonly WorkloadSettings[];
  /** When the run was due, RFC 3339; EventBridge Scheduler sets it. Repeated deliveries have the same value. */
  readonly scheduledTime: string;
}

/** Event that the one-shot schedule sends to the function that releases floors. */
export interface ReleaseEvent {
  /** HPAs whose floors are released once their leases have expired, with the base of each. */
  readonly workloads: readonly Pick<WorkloadSettings, 'name' | 'namespace' | 'hpaName' | 'baseMinReplicas'>[];
}

/** A Deployment whose HPA gets a floor from the scaler. */
export interface WorkloadSettings {
  /** Unique; dimension of its metrics and name of its state. */
  readonly name: string;
  /** Kubernetes namespace. */
  readonly namespace: string;
  /** Name of the HorizontalPodAutoscaler (autoscaling/v2). */
  readonly hpaName: string;
  /** `act` sets the floor; `forecast-only` sends only dry runs to the API server. */
  readonly mode: 'act' | 'forecast-only';
  /**
   * How forecasts become replicas: `adaptive`, the cheapest rule of the last days; `buffer`, a fifth above the
   * forecast.
   */
  readonly rule: 'adaptive' | 'buffer';
  /** `minReplicas` of the manifest, a whole number: the floor is never below it. */
  readonly baseMinReplicas: number;
  /** Load that one replica can serve, requests per second. */
  readonly loadPerReplica: number;
  /** Time from creating a pod to its readiness (node, image, start), whole minutes. */
  readonly startMinutes: number;
  /** Target utilisation of the HPA, 0 to 1; the scaler reads it and changes `minReplicas` only. */
  readonly hpaTarget: number;
  /** IANA time zone of the load's daily pattern. */
  readonly timeZone: string;
  /** Width of the samples, minutes: 1 or 5. */
  readonly stepMinutes: number;
  /** Metric of the load. */
  readonly load: MetricSettings;
  /**
   * A metric that has data points whenever the service is up. If only `load` has no point, the load was zero; if
   * neither has one, the load is unknown. Null: a missing point of `load` always means an unknown load.
   */
  readonly alwaysOn: MetricSettings | null;
  /** Planned events; empty without any. */
  readonly events: readonly EventSettings[];
}

/** A CloudWatch metric. */
export interface MetricSettings {
  /** E.g. `AWS/ApplicationELB`. */
  readonly namespace: string;
  /** E.g. `RequestCount`. */
  readonly name: string;
  /** All dimensions of the metric, by name. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Statistic over the period of one step. */
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'Minimum' | 'SampleCount';
  /** Factor that converts a value to requests per second, e.g. 1/60 for a minute's sum. */
  readonly scale: number;
}

/** A planned event, as an operator configures it. */
export interface EventSettings {
  /** Name in logs and messages. */
  readonly name: string;
  /** First moment: `2026-11-27T08:00` in `timeZone`, or an instant with `Z` or an offset. */
  readonly start: string;
  /** First moment after the event, in the same notation. */
  readonly end: string;
  /** IANA time zone of `start` and `end`. */
  readonly timeZone: string;
  /** Factor on the replicas that the forecast needs. */
  readonly multiplier: number;
  /** Smallest floor during the event, replicas. */
  readonly minReplicas: number;
  /** Whether training leaves the event's loads out. */
  readonly excludeFromTraining: boolean;
}
