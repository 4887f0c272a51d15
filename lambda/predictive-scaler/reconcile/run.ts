import type { WorkloadSettings } from '../constants';
import type { HpaClient } from '../hpa/hpa-client';
import type { DeadMansSwitch } from '../lease/dead-mans-switch';
import type { MetricsSource } from '../metrics/metrics-source';
import type { StateStore } from '../state/state-store';

/** What a run works with. */
export interface ReconcilePorts {
  readonly metricsSource: MetricsSource;
  readonly hpaClient: HpaClient;
  readonly stateStore: StateStore;
  /** @default there is none to push, as on a laptop */
  readonly deadMansSwitch?: DeadMansSwitch;
  /** The time, ms since 1970. */
  readonly now: () => number;
}

/** One run. Minutes since 1970-01-01 UTC. */
export interface Run extends ReconcilePorts {
  readonly runId: string;
  readonly slotMinute: number;
  readonly nowMinute: number;
  /** Moment of the forecasts: the last start of a bin. */
  readonly originMinute: number;
  readonly intervalMinutes: number;
  /** End of the leases of this run. */
  readonly leaseEndMinute: number;
  /** When everything has to be done, ms since 1970. */
  readonly deadlineMs: number;
}

/** What may be done about models that need training: `defer` leaves the workload for later in the run. */
export type Training = 'defer' | 'now' | 'no-time';

/** A workload whose models need training, left for later. */
export interface Deferred {
  readonly settings: WorkloadSettings;
  /** Minutes since 1970-01-01 UTC. */
  readonly waitingSince: number;
}
