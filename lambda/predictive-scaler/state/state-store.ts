/** Stored state of a workload: bytes with their version, or the reason why there are none. */
export type StoredState =
  | { readonly bytes: Uint8Array; readonly etag: string }
  /** No usable state: none is stored, or it is truncated, of another program or of another format. */
  | { readonly bytes: undefined; readonly etag: string | undefined; readonly reason: string };

/** Keeps the states of workloads between runs. A lost state is rebuilt from the load's history. */
export interface StateStore {
  /**
   * @param name name of the workload
   * @returns the state, or the reason why it must be rebuilt
   * @throws {CallError} where the store cannot be read
   */
  load(name: string): Promise<StoredState>;

  /**
   * Saves a state if the stored version is still `etag` (undefined: if none is stored).
   * @returns `conflict` where another run has saved in the meantime; its state stays
   * @throws {CallError} where the store cannot be written
   */
  save(name: string, bytes: Uint8Array, etag: string | undefined): Promise<'saved' | 'conflict'>;
}
