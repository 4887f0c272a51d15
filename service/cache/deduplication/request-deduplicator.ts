/**
 * Lets callers that ask for the same thing at the same time share one piece of work in this pod. An entry lives as long
 * as its work, so their number is that of the works under way.
 */
export class RequestDeduplicator {
  private readonly underWay = new Map<string, Promise<unknown>>();

  /** Number of works under way. */
  get size(): number {
    return this.underWay.size;
  }

  /**
   * Runs the work, or joins the one under way for the key. A failure reaches every caller at once; whoever asks after
   * that begins anew.
   * @param key what the work is about; callers with one key get one result
   */
  execute<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.underWay.get(key);
    if (known !== undefined) return known as Promise<T>;
    // Callers continue after the entry is gone: one that asks again at once must not join the end.
    const result = this.run(key, work);
    this.underWay.set(key, result);
    return result;
  }

  private async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    // The entry is set before the work begins, even where it fails at once.
    await Promise.resolve();
    try {
      return await work();
    } finally {
      this.underWay.delete(key);
    }
  }
}
