import type { CallErrorKind } from '../../shared/call-error';
import type { WorkloadSettings } from '../constants';
import type { DecisionReason } from '../decision/decide';
import type { GateVerdict } from '../decision/gate';

/** What a run did about the floor of one workload. */
export type Outcome =
  /** The HPA has the floor, with a new lease. */
  | 'applied'
  /** The API server would take it; nothing changed. */
  | 'dry-run'
  /** The HPA needs no floor of ours: its `minReplicas` is as high. */
  | 'unchanged'
  /** The floor came down to the base, and the lease ended. */
  | 'released'
  /** Data have been missing for too long: the lease is not renewed. */
  | 'lapsing'
  /** The slot was decided, and its floor set now: the run that decided did not come to it. */
  | 'repaired'
  /** The slot was decided, and its floor set, before. */
  | 'duplicate'
  /** Another run decided on the slot at the same time. */
  | 'outrun'
  /** Nothing was decided or set; the lease runs on. */
  | 'failed';

/** What went wrong with a workload, beside or instead of its outcome. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly message: string;
}

export type ProblemKind =
  | CallErrorKind
  /** A metric came in part only. */
  | 'partial'
  /** The workload cannot be meant as it is in the event. */
  | 'settings'
  /** KEDA owns the HPA and would take the floor back. */
  | 'owned-by-keda'
  /** The HPA's maximum is below the base. */
  | 'maximum-below-base'
  /** The run ended before the workload's turn came. */
  | 'out-of-time'
  /** A fault of ours. */
  | 'unexpected';

/** Forecast of a bin, requests per second. */
export interface ReportedForecast {
  readonly horizonMinutes: number;
  readonly point: number;
  /** Load that is not exceeded with a probability of 95 %. */
  readonly upper: number;
}

/** How a floor came about. */
export interface DecisionRecord {
  readonly mode: WorkloadSettings['mode'];
  /** First minute of the slot, and moment of the forecast; minutes since 1970-01-01 UTC. */
  readonly slotMinute: number;
  readonly originMinute: number;
  readonly gate: GateVerdict;
  /** Mean of the last 15 minutes, requests per second; NaN where unknown. */
  readonly load: number;
  /** Empty where nothing was forecast. */
  readonly forecasts: readonly ReportedForecast[];
  /** Weight of each expert by horizon, minutes, and name. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Replicas. */
  readonly floor: number;
  readonly base: number;
  readonly maximum: number;
  readonly currentReplicas: number;
  readonly reason: DecisionReason;
  readonly message: string;
  /** End of the lease, minutes since 1970-01-01 UTC. */
  readonly leaseEndMinute: number;
  /** Why the kept state could not be used. @default it could */
  readonly rebuilt?: string;
}

export interface WorkloadReport {
  readonly workload: string;
  readonly outcome: Outcome;
  readonly message: string;
  readonly problem?: Problem;
  /** Absent where this run decided nothing. */
  readonly record?: DecisionRecord;
  /** End of the floor's lease as far as it is known, minutes since 1970-01-01 UTC. */
  readonly leaseEndMinute?: number;
}

export interface RunReport {
  readonly shard: string;
  readonly runId: string;
  readonly slotMinute: number;
  readonly workloads: readonly WorkloadReport[];
  /** Why the dead man's switch is where it was. @default it has been pushed */
  readonly switchProblem?: Problem;
}
