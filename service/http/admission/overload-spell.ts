/** How long a pod has to be under pressure until it is not ready any more, ms. */
export const UNREADY_AFTER_MS = 10_000;

/** How long it has to be without pressure until it is ready again, ms. */
export const READY_AFTER_MS = 5_000;

/**
 * Whether a pod is so overloaded that others should take its requests. A pod that refuses requests is ready: all pods have
 * the same load, refusing costs little, and if all were unready nobody would answer. Only one whose event loop is late or
 * whose heap is full for a while, although it takes little work, has a fault of its own.
 */
export class OverloadSpell {
  private isUnready = false;
  /** Since when it has been the other way round, ms; null: it is not. */
  private changedMs: number | null = null;

  /**
   * Takes a look at the pod.
   * @param nowMs monotonic clock
   * @returns whether the pod is unready
   */
  see(isUnderPressure: boolean, nowMs: number): boolean {
    if (isUnderPressure === this.isUnready) {
      this.changedMs = null;
      return this.isUnready;
    }
    this.changedMs ??= nowMs;
    const lastsMs = this.isUnready ? READY_AFTER_MS : UNREADY_AFTER_MS;
    if (nowMs - this.changedMs >= lastsMs) {
      this.isUnready = isUnderPressure;
      this.changedMs = null;
    }
    return this.isUnready;
  }
}
