import type { QueryStatistics } from './pools';

/** Recent calls of a statement that the percentile is taken from. */
const WINDOW = 1000;

/** Most names; further ones count as `other`, so that a name made from data cannot fill the memory. */
const MAX_NAMES = 500;

/** Times of statements by name. */
export class QueryTimes {
  private readonly byName = new Map<string, Times>();

  /** @param milliseconds time of the call, a failed one included */
  record(name: string, milliseconds: number, succeeded: boolean): void {
    const known = this.byName.has(name) || this.byName.size < MAX_NAMES;
    const key = known ? name : 'other';
    const times = this.byName.get(key) ?? new Times();
    this.byName.set(key, times);
    times.add(milliseconds, succeeded);
  }

  /** Statistics of every name. */
  summary(): Record<string, QueryStatistics> {
    return Object.fromEntries([...this.byName].map(([name, times]) => [name, times.summary()]));
  }
}

class Times {
  private count = 0;
  private failures = 0;
  private sum = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = 0;
  /** A ring of the last times. */
  private readonly recent: number[] = [];

  add(milliseconds: number, succeeded: boolean): void {
    this.recent[this.count % WINDOW] = milliseconds;
    this.count += 1;
    if (!succeeded) this.failures += 1;
    this.sum += milliseconds;
    this.min = Math.min(this.min, milliseconds);
    this.max = Math.max(this.max, milliseconds);
  }

  summary(): QueryStatistics {
    const { count, failures, min, max } = this;
    const sorted = [...this.recent].sort((a, b) => a - b);
    // The smallest time that at least 95 % of the calls did not exceed.
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
    return { count, failures, mean: this.sum / count, min, max, p95 };
  }
}
