import type { StartEntry } from './journal-entry';
import type { Segment } from './segment';

/** A call that has started and not ended. */
export interface OpenCall {
  readonly entry: StartEntry;
  /** Monotonic clock, ms. */
  readonly startedAtMs: number;
  /** Where its start is written. */
  segment: Segment;
  /**
   * Whether other processes know of it:
   * - `no`: it has no row, and none is being written;
   * - `maybe`: a row is being written, or that failed in a way that leaves it open;
   * - `yes`: it has its rows.
   */
  announced: 'no' | 'maybe' | 'yes';
}

/** Calls under way in this process. As many as callers that wait for their answers. */
export class OpenCalls {
  private readonly calls = new Map<string, OpenCall>();

  /** Number of calls. */
  get size(): number {
    return this.calls.size;
  }

  has(id: string): boolean {
    return this.calls.has(id);
  }

  add(call: OpenCall): void {
    this.calls.set(call.entry.record.id, call);
  }

  /** A call that has ended; undefined where none of this id is open. */
  take(id: string): OpenCall | undefined {
    const call = this.calls.get(id);
    this.calls.delete(id);
    return call;
  }

  /** All calls; none is open any more. */
  takeAll(): OpenCall[] {
    const all = [...this.calls.values()];
    this.calls.clear();
    return all;
  }

  /** Calls whose start is in a segment. */
  in(segment: Segment): OpenCall[] {
    return [...this.calls.values()].filter((call) => call.segment === segment);
  }

  /** Calls from before a time that other processes do not know of, oldest first. */
  unannounced(before: number, limit: number): OpenCall[] {
    const due: OpenCall[] = [];
    for (const call of this.calls.values()) {
      // In the order of their starts.
      if (call.startedAtMs > before || due.length === limit) break;
      if (call.announced !== 'yes') due.push(call);
    }
    return due;
  }
}
