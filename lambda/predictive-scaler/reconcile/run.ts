import type { WorkloadSettings } from '../constants';
import type { HpaClient } from '../hpa/hpa-client';
import type { DeadMansSwitch } from '../lease/dead-mans-switch';
import type { MetricsSource } from '../metrics/metrics-source';
import type { StateStore } from '../state/state-store';

/** Everything outside the process that a run uses. */
export interface ReconcilePorts {
  /** Measures the loads. */
  readonly metricsSource: MetricsSource;
  /** Reads and patches HPAs. */
  readonly hpaClient: HpaClient;
  /** Keeps the states between runs. */
  readonly stateStore: StateStore;
  /** Releases the floors if the scaler stops. @default - none, as in a run on a laptop */
  readonly deadMansSwitch?: DeadMansSwitch;
  /** Current time, ms since 1970-01-01 UTC. */
  readonly now: () => number;
}

/** One run. Moments are minutes since 1970-01-01 UTC. */
export interface Run extends ReconcilePorts {
  /** Unique id of the run. */
  readonly runId: string;
  /** First minute of the slot, which is decided once; see `slotOf`. */
  readonly slotMinute: number;
  /** Start of the run. */
  readonly nowMinute: number;
  /** Origin of the forecasts: the start of the current bin. */
  readonly originMinute: number;
  /** Time between two runs, minutes. */
  readonly intervalMinutes: number;
  /** End of the leases of this run. */
  readonly leaseEndMinute: number;
  /** When the run must be finished, ms since 1970-01-01 UTC. */
  readonly deadlineMs: number;
}

/** Whether models that need it may be trained: later in the run (`defer`), `now`, or not in this run (`no-time`). */
export type Training = 'defer' | 'now' | 'no-time';

/** A workload that is deferred because its models need training. */
export interface Deferred {
  /** Settings of the workload. */
  readonly settings: WorkloadSettings;
  /** First run that could not train, minutes since 1970-01-01 UTC. */
  readonly waitingSince: number;
}
