import type { CallErrorKind } from '../../../service/shared/call-error';
import type { WorkloadSettings } from '../constants';
import type { DecisionReason } from '../decision/decide';
import type { GateVerdict } from '../decision/gate';

/** Result of a run for the floor of one workload. */
export type Outcome =
  /** The HPA has the floor, with a new lease. */
  | 'applied'
  /** The API server accepted a dry run; nothing changed. */
  | 'dry-run'
  /** The HPA needs no floor: its `minReplicas` is high enough. */
  | 'unchanged'
  /** The floor was lowered to the base, and the lease was removed. */
  | 'released'
  /** Data have been missing for too long: the lease is not renewed. */
  | 'lapsing'
  /** An earlier run decided the slot but did not apply its floor; this run applied it. */
  | 'repaired'
  /** An earlier run decided the slot and applied its floor. */
  | 'duplicate'
  /** A concurrent run decided the slot. */
  | 'outrun'
  /** No floor was decided or applied; an existing lease continues. */
  | 'failed';

/** Problem of a workload; the run may still have an outcome. */
export interface Problem {
  /** For alarms and filters. */
  readonly kind: ProblemKind;
  /** For people: what failed, and the remedy where there is one. */
  readonly message: string;
}

/** Kinds of problems: those of calls, and those of the scaler. */
export type ProblemKind =
  | CallErrorKind
  /** CloudWatch returned only a part of a metric. */
  | 'partial'
  /** The settings of the workload are invalid. */
  | 'settings'
  /** KEDA owns the HPA and would reset the floor. */
  | 'owned-by-keda'
  /** The HPA's maximum is below the base. */
  | 'maximum-below-base'
  /** The run had no time left for the workload. */
  | 'out-of-time'
  /** A bug of the scaler. */
  | 'unexpected';

/** Forecast of one bin, requests per second. */
export interface ReportedForecast {
  /** Time from the origin to the start of the bin, minutes. */
  readonly horizonMinutes: number;
  /** Median of the forecast. */
  readonly point: number;
  /** Load that is not exceeded with a probability of 95 %. */
  readonly upper: number;
}

/** Inputs and result of a decision. Moments are minutes since 1970-01-01 UTC. */
export interface DecisionRecord {
  /** Whether the floor was set, or only forecast. */
  readonly mode: WorkloadSettings['mode'];
  /** First minute of the slot. */
  readonly slotMinute: number;
  /** Moment of the forecast. */
  readonly originMinute: number;
  /** Whether the forecast was trusted, and why. */
  readonly gate: GateVerdict;
  /** Mean load of the last 15 minutes, requests per second; NaN where unknown. */
  readonly load: number;
  /** Forecasts by horizon; empty without a forecast. */
  readonly forecasts: readonly ReportedForecast[];
  /** Weight of each expert, by horizon in minutes and by name. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Decided `minReplicas`. */
  readonly floor: number;
  /** `minReplicas` without the floor. */
  readonly base: number;
  /** `maxReplicas` of the HPA. */
  readonly maximum: number;
  /** `status.currentReplicas` of the HPA. */
  readonly currentReplicas: number;
  /** Reason of the floor. */
  readonly reason: DecisionReason;
  /** Explanation for people. */
  readonly message: string;
  /** End of the floor's lease. */
  readonly leaseEndMinute: number;
  /** Why the stored state could not be used. @default - it was used */
  readonly rebuilt?: string;
}

/** Report of a run about one workload. */
export interface WorkloadReport {
  /** Name of the workload. */
  readonly workload: string;
  /** What happened to its floor. */
  readonly outcome: Outcome;
  /** Explanation for people. */
  readonly message: string;
  /** What failed. @default - nothing */
  readonly problem?: Problem;
  /** The decision. @default - this run made none */
  readonly record?: DecisionRecord;
  /** End of the floor's lease, minutes since 1970-01-01 UTC. @default - unknown, or no lease */
  readonly leaseEndMinute?: number;
}

/** Report of a run. */
export interface RunReport {
  /** Name of the shard. */
  readonly shard: string;
  /** Unique id of the run. */
  readonly runId: string;
  /** First minute of the run's slot, minutes since 1970-01-01 UTC. */
  readonly slotMinute: number;
  /** In the order of the event. */
  readonly workloads: readonly WorkloadReport[];
  /** Why the dead man's switch was not extended. @default - it was extended */
  readonly switchProblem?: Problem;
}
