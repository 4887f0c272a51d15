import { deserialize, serialize } from 'node:v8';
import type { WorkloadSettings } from '../constants';
import { BIN_MINUTES, type StoredHistory } from './stored-history';

/** Version of the saved state; every change of its format increases it. */
const FORMAT = 1;

/** Decision of a run. It is saved before the floor is applied, so that only one run applies it. */
export interface StoredDecision {
  /** First minute of the slot; all moments are minutes since 1970-01-01 UTC. */
  readonly slotMinute: number;
  /** Id of the run. */
  readonly runId: string;
  /** Mode of the workload; in `forecast-only` the floor was not set. */
  readonly mode: WorkloadSettings['mode'];
  /** Decided `minReplicas`. */
  readonly floor: number;
  /** `minReplicas` without the floor. */
  readonly base: number;
  /** End of the floor's lease. */
  readonly leaseEndMinute: number;
  /** Reason of the decision. */
  readonly reason: string;
  /** Replicas that the rule wanted in the last runs, oldest first. */
  readonly recentlyWanted: readonly number[];
}

/** State of a workload between runs; plain data. */
export interface WorkloadState {
  /** Identifies the metric of `loads`: loads of another metric cannot be used. */
  readonly source: string;
  /** Loads of the last 15 days. */
  readonly loads: StoredHistory;
  /** End of the measured time, minutes since 1970-01-01 UTC; -Infinity before the first measurement. */
  readonly measuredUntil: number;
  /** Last run with known loads and a forecast, minutes since 1970-01-01 UTC. */
  readonly goodMinute: number;
  /** First run that could not train the models, minutes since 1970-01-01 UTC. @default - they need no training */
  readonly waitingSince?: number;
  /** Last decision. @default - none yet */
  readonly decision?: StoredDecision;
  /** Saved models. @default - none */
  readonly models?: Uint8Array;
}

/** Identifies the metric of a workload's loads. */
export function sourceOf({ load, alwaysOn, stepMinutes }: WorkloadSettings): string {
  return JSON.stringify([load, alwaysOn, stepMinutes]);
}

/** Serializes a state. */
export function encodeState(state: WorkloadState): Uint8Array {
  return serialize({ format: FORMAT, ...state });
}

/** Deserializes a state. @returns the state, or the reason why it must be rebuilt */
export function decodeState(bytes: Uint8Array): WorkloadState | { readonly reason: string } {
  let state: Partial<WorkloadState & { format: number }> | null;
  try {
    state = deserialize(bytes);
  } catch {
    return { reason: 'a state that cannot be read' };
  }
  if (state?.format !== FORMAT) return { reason: `a state of version ${state?.format}, not ${FORMAT}` };
  return isWorkloadState(state) ? state : { reason: 'a state with missing or invalid fields' };
}

function isWorkloadState(state: Partial<WorkloadState>): state is WorkloadState {
  const { source, loads, measuredUntil, goodMinute, decision } = state;
  return (
    typeof source === 'string' &&
    loads?.loads?.BYTES_PER_ELEMENT === Float64Array.BYTES_PER_ELEMENT &&
    loads.firstMinute % BIN_MINUTES === 0 &&
    loads.stepMinutes > 0 &&
    typeof measuredUntil === 'number' &&
    Number.isFinite(goodMinute) &&
    (decision === undefined || isDecision(decision))
  );
}

function isDecision({
  slotMinute,
  floor,
  base,
  leaseEndMinute,
  recentlyWanted,
  runId,
}: StoredDecision): boolean {
  return (
    [slotMinute, floor, base, leaseEndMinute].every(Number.isFinite) &&
    typeof runId === 'string' &&
    Array.isArray(recentlyWanted) &&
    recentlyWanted.every(Number.isFinite)
  );
}
