/** Both the slots and the queue for them are full. */
export class NoSlotError extends Error {
  override readonly name = 'NoSlotError';

  constructor(
    /** Calls under way. */
    readonly slots: number,
    /** Calls that wait. */
    readonly waiting: number,
  ) {
    super(`${slots} calls are under way and ${waiting} wait`);
  }
}

/** A call waited for a slot as long as it could. */
export class SlotTimeoutError extends Error {
  override readonly name = 'SlotTimeoutError';
}

interface Waiting {
  readonly take: (release: () => void) => void;
}

/** Bounds the calls under way to a provider, and the queue of those that wait, first come, first served. */
export class Slots {
  private used = 0;
  private readonly queue = new Set<Waiting>();

  /**
   * @param most calls under way at the same time
   * @param mostWaiting calls in the queue; further ones are refused
   */
  constructor(
    private readonly most: number,
    private readonly mostWaiting: number,
  ) {}

  /** Calls under way. */
  get underWay(): number {
    return this.used;
  }

  /** Calls in the queue. */
  get waiting(): number {
    return this.queue.size;
  }

  /**
   * Takes a slot; undefined where none is free.
   * @returns gives the slot back; a second call changes nothing
   */
  tryTake(): (() => void) | undefined {
    if (this.used >= this.most) return undefined;
    this.used += 1;
    return this.releaseOnce();
  }

  /**
   * Waits for a slot.
   * @param signal ends the wait; its reason is thrown
   * @throws NoSlotError at once where the queue is full
   * @throws SlotTimeoutError after `patienceMs`
   */
  wait(patienceMs: number, signal: AbortSignal): Promise<() => void> {
    if (this.queue.size >= this.mostWaiting) {
      return Promise.reject(new NoSlotError(this.used, this.queue.size));
    }
    return new Promise((resolve, reject) => {
      const leave = (error: unknown) => {
        this.queue.delete(waiting);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        if (error !== undefined) reject(error);
      };
      const onAbort = () => leave(signal.reason);
      const waiting: Waiting = {
        take: (release) => {
          leave(undefined);
          resolve(release);
        },
      };
      const timer = setTimeout(
        () => leave(new SlotTimeoutError(`no slot was free within ${patienceMs} ms`)),
        patienceMs,
      );
      if (signal.aborted) return leave(signal.reason);
      signal.addEventListener('abort', onAbort);
      this.queue.add(waiting);
    });
  }

  private releaseOnce(): () => void {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      const [next] = this.queue;
      // The slot goes on to the next caller, so `used` stays.
      if (next !== undefined) next.take(this.releaseOnce());
      else this.used -= 1;
    };
  }
}
