import type { WorkloadSettings } from '../constants';
import type { StateStore } from './state-store';
import { decodeState, sourceOf, type WorkloadState } from './workload-state';

/** A loaded state with its version. */
export interface LoadedState {
  /** Undefined where no usable state is stored. */
  readonly state: WorkloadState | undefined;
  /** Version of the stored object, for saving; undefined where there is none. */
  readonly etag: string | undefined;
  /** Why the state, or a part of it, is missing. @default - it is complete */
  readonly rebuilt?: string;
}

/**
 * Loads the usable parts of a workload's state.
 * @throws {CallError} where the store cannot be read
 */
export async function loadState(stateStore: StateStore, settings: WorkloadSettings): Promise<LoadedState> {
  const stored = await stateStore.load(settings.name);
  if (stored.bytes === undefined) return { state: undefined, etag: stored.etag, rebuilt: stored.reason };
  const { etag } = stored;
  const state = decodeState(stored.bytes);
  if ('reason' in state) return { state: undefined, etag, rebuilt: state.reason };
  if (state.source === sourceOf(settings)) return { state, etag };
  // The decision is still valid, but loads and models belong to another metric.
  const { decision, goodMinute, loads } = state;
  const noLoads = { ...loads, loads: new Float64Array() };
  const rest = { source: sourceOf(settings), loads: noLoads, measuredUntil: Number.NEGATIVE_INFINITY };
  return { state: { ...rest, goodMinute, decision }, etag, rebuilt: 'a state of another metric' };
}
