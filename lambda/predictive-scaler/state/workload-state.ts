import { deserialize, serialize } from 'node:v8';
import type { WorkloadSettings } from '../constants';
import { BIN_MINUTES, type StoredHistory } from './stored-history';

/** Of what is saved: goes up with every change of it. */
const FORMAT = 1;

/** What a run decided; written before it acts, so that it acts once. */
export interface StoredDecision {
  /** First minute of the slot, minutes since 1970-01-01 UTC, as all of these. */
  readonly slotMinute: number;
  readonly runId: string;
  /** Whether the floor was for real. */
  readonly mode: WorkloadSettings['mode'];
  /** Replicas. */
  readonly floor: number;
  readonly base: number;
  readonly leaseEndMinute: number;
  readonly reason: string;
  /** What the rule asked for, oldest first. */
  readonly recentlyWanted: readonly number[];
}

/** What a workload keeps from one run to the next; plain data. */
export interface WorkloadState {
  /** What `loads` are of: those of another metric are of no use. */
  readonly source: string;
  readonly loads: StoredHistory;
  /** Until when loads have been asked for, and answered, -Infinity: never; minutes since 1970-01-01 UTC, as the others. */
  readonly measuredUntil: number;
  /** Last run with loads and forecast. */
  readonly goodMinute: number;
  /** Since when the models wait for their training. @default they do not */
  readonly waitingSince?: number;
  readonly decision?: StoredDecision;
  /** Saved models. @default none */
  readonly models?: Uint8Array;
}

export function sourceOf({ load, alwaysOn, stepMinutes }: WorkloadSettings): string {
  return JSON.stringify([load, alwaysOn, stepMinutes]);
}

export function encodeState(state: WorkloadState): Uint8Array {
  return serialize({ format: FORMAT, ...state });
}

/** @returns the reason to rebuild it where it is from another version or no state at all */
export function decodeState(bytes: Uint8Array): WorkloadState | { readonly reason: string } {
  let state: Partial<WorkloadState & { format: number }> | null;
  try {
    state = deserialize(bytes);
  } catch {
    return { reason: 'a state that cannot be read' };
  }
  if (state?.format !== FORMAT) return { reason: `a state of version ${state?.format}, not ${FORMAT}` };
  return isWhole(state) ? state : { reason: 'a state that lacks something' };
}

function isWhole(state: Partial<WorkloadState>): state is WorkloadState {
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
