/** What there is of a workload's state. */
export type StoredState =
  | { readonly bytes: Uint8Array; readonly etag: string }
  /** Nothing that could be used: there is none, or it is torn, foreign or of another format. */
  | { readonly bytes: undefined; readonly etag: string | undefined; readonly reason: string };

/** Where the state of workloads lives between two runs. It can be lost: it is rebuilt from the load's history. */
export interface StateStore {
  /**
   * @param name of the workload
   * @returns the state; without bytes, the reason to rebuild it
   * @throws {CallError} when the store cannot be asked
   */
  load(name: string): Promise<StoredState>;

  /**
   * Saves what was made from the state that `etag` stands for (undefined: from none).
   * @returns `conflict` where somebody else saved in between; theirs stays
   * @throws {CallError} when the store cannot be asked
   */
  save(name: string, bytes: Uint8Array, etag: string | undefined): Promise<'saved' | 'conflict'>;
}
