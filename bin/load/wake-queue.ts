interface Pause {
  readonly untilMs: number;
  readonly user: number;
}

/** Users by the end of their pauses: a binary heap, because ten thousand of them are looked at every millisecond. */
export class WakeQueue {
  private readonly heap: Pause[] = [];

  add(untilMs: number, user: number): void {
    const { heap } = this;
    let at = heap.length;
    heap.push({ untilMs, user });
    for (let up = (at - 1) >> 1; at > 0 && this.untilMs(up) > untilMs; up = (at - 1) >> 1) {
      this.swap(at, up);
      at = up;
    }
  }

  /** Takes out the users whose pauses have ended, the earliest first. */
  wake(nowMs: number): number[] {
    const awake: number[] = [];
    while (this.untilMs(0) <= nowMs) awake.push(this.takeFirst());
    return awake;
  }

  private takeFirst(): number {
    const { heap } = this;
    const [first] = heap as [Pause];
    const last = heap.pop() as Pause;
    if (heap.length > 0) heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = this.untilMs(right) < this.untilMs(left) ? right : left;
      if (this.untilMs(least) >= this.untilMs(at)) return first.user;
      this.swap(at, least);
      at = least;
    }
  }

  /** Infinity where there is nobody. */
  private untilMs(index: number): number {
    return this.heap[index]?.untilMs ?? Number.POSITIVE_INFINITY;
  }

  private swap(one: number, other: number): void {
    const { heap } = this;
    [heap[one], heap[other]] = [heap[other] as Pause, heap[one] as Pause];
  }
}
