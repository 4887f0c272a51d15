import type { WorkloadSettings } from '../constants';
import type { StateStore } from './state-store';
import { decodeState, sourceOf, type WorkloadState } from './workload-state';

export interface LoadedState {
  readonly state: WorkloadState | undefined;
  readonly etag: string | undefined;
  /** Why there is no state, or a part of it only. */
  readonly rebuilt?: string;
}

/**
 * State of a workload, as far as it can be used.
 * @throws {CallError} when the store cannot be asked
 */
export async function loadState(stateStore: StateStore, settings: WorkloadSettings): Promise<LoadedState> {
  const stored = await stateStore.load(settings.name);
  if (stored.bytes === undefined) return { state: undefined, etag: stored.etag, rebuilt: stored.reason };
  const { etag } = stored;
  const state = decodeState(stored.bytes);
  if ('reason' in state) return { state: undefined, etag, rebuilt: state.reason };
  if (state.source === sourceOf(settings)) return { state, etag };
  // Decisions still hold; loads and models are of something else.
  const { decision, goodMinute, loads } = state;
  const nothing = { ...loads, loads: new Float64Array() };
  const rest = { source: sourceOf(settings), loads: nothing, measuredUntil: Number.NEGATIVE_INFINITY };
  return { state: { ...rest, goodMinute, decision }, etag, rebuilt: 'a state of another metric' };
}
