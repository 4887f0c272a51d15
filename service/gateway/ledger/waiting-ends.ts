import type { Segment } from './segment';
import type { StorableRecord } from './store-records';

/** A record that waits for the database. */
export interface WaitingEnd extends StorableRecord {
  /** Whether the call may have a row among those under way. */
  readonly mayBeUnderWay: boolean;
  /** Segment that is kept until the record is stored. Null where only memory has it. */
  readonly segment: Segment | null;
  /** Length of its line. */
  readonly bytes: number;
  /** Times that it failed for a reason of its own. */
  readonly failures: number;
}

/** Ends in memory, first in, first out. */
export class WaitingEnds {
  private ends: WaitingEnd[] = [];
  private total = 0;

  constructor(private readonly maxBytes: number) {}

  /** Number of ends. */
  get length(): number {
    return this.ends.length;
  }

  /** Number of those that are in no segment. */
  get unwritten(): number {
    return this.ends.filter(({ segment }) => segment === null).length;
  }

  /** Whether another end may come. */
  get hasRoom(): boolean {
    return this.total < this.maxBytes;
  }

  /** Whether there is so much room that ends are read back from the journal. */
  get hasRoomToRead(): boolean {
    return this.total <= this.maxBytes / 2;
  }

  push(end: WaitingEnd): void {
    this.ends.push(end);
    this.total += end.bytes;
  }

  /** The first ones; they are no longer here. */
  take(count: number): WaitingEnd[] {
    const taken = this.ends.splice(0, count);
    for (const { bytes } of taken) this.total -= bytes;
    return taken;
  }

  /** Ends that were taken and are to be tried again, before all others. */
  putBack(ends: readonly WaitingEnd[]): void {
    this.ends = [...ends, ...this.ends];
    for (const { bytes } of ends) this.total += bytes;
  }
}
