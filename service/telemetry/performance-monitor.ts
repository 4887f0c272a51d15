/** What the monitor knows about the calls of one name. Times are in ms. */
export interface CallStatistics {
  readonly name: string;
  readonly calls: number;
  readonly successes: number;
  readonly failures: number;
  /** Share of calls without an error, percent; 100 without calls. */
  readonly successRate: number;
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Percentiles, at most 5 % above the exact value. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface PerformanceMonitorProps {
  /** Monotonic clock, ms. */
  readonly clock: () => number;
}

/** Most names; calls of further names are counted together, so that a mistake cannot fill the memory. */
const MOST_NAMES = 500;

/** Name of the calls beyond the most names. */
const OTHER_NAMES = 'other';

/** Ratio of a bucket's bounds: the error of a percentile. */
const BUCKET_RATIO = 1.05;

/** Lower bound of the first bucket, ms. */
const LEAST_MS = 0.01;

/** Buckets up to some 30 minutes. */
const BUCKETS = Math.ceil(Math.log(1_800_000 / LEAST_MS) / Math.log(BUCKET_RATIO)) + 1;

/** Calls, failures and times by name, in constant memory: one histogram of geometric buckets for each name. */
export class PerformanceMonitor {
  private readonly byName = new Map<string, Calls>();

  constructor(private readonly props: PerformanceMonitorProps) {}

  /** Runs a function, measures it, and returns or throws what it does. */
  async track<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const start = this.props.clock();
    try {
      const result = await work();
      this.record(name, this.props.clock() - start, true);
      return result;
    } catch (error) {
      this.record(name, this.props.clock() - start, false);
      throw error;
    }
  }

  /** Adds a call that was measured elsewhere. */
  record(name: string, milliseconds: number, succeeded: boolean): void {
    const known = this.byName.has(name) || this.byName.size < MOST_NAMES ? name : OTHER_NAMES;
    const calls = this.byName.get(known) ?? new Calls();
    this.byName.set(known, calls);
    calls.add(milliseconds, succeeded);
  }

  /** Statistics of all names, the longest total time first. */
  statistics(): CallStatistics[] {
    return [...this.byName]
      .sort(([, one], [, other]) => other.totalMs - one.totalMs)
      .map(([name, calls]) => calls.statistics(name));
  }

  /** Forgets all calls. */
  reset(): void {
    this.byName.clear();
  }
}

class Calls {
  totalMs = 0;
  private successes = 0;
  private failures = 0;
  private minMs = Number.POSITIVE_INFINITY;
  private maxMs = 0;
  private readonly buckets = new Uint32Array(BUCKETS);

  add(milliseconds: number, succeeded: boolean): void {
    if (succeeded) this.successes += 1;
    else this.failures += 1;
    this.totalMs += milliseconds;
    this.minMs = Math.min(this.minMs, milliseconds);
    this.maxMs = Math.max(this.maxMs, milliseconds);
    const bucket = Math.ceil(Math.log(Math.max(milliseconds, LEAST_MS) / LEAST_MS) / Math.log(BUCKET_RATIO));
    const index = Math.min(bucket, BUCKETS - 1);
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
  }

  statistics(name: string): CallStatistics {
    const calls = this.successes + this.failures;
    return {
      name,
      calls,
      successes: this.successes,
      failures: this.failures,
      successRate: calls === 0 ? 100 : (this.successes / calls) * 100,
      meanMs: calls === 0 ? 0 : this.totalMs / calls,
      minMs: calls === 0 ? 0 : this.minMs,
      maxMs: this.maxMs,
      p50Ms: this.percentile(0.5, calls),
      p95Ms: this.percentile(0.95, calls),
      p99Ms: this.percentile(0.99, calls),
    };
  }

  /** Upper bound of the bucket that holds the percentile, within the least and the greatest time. */
  private percentile(share: number, calls: number): number {
    if (calls === 0) return 0;
    const rank = Math.ceil(share * calls);
    let seen = 0;
    const bucket = this.buckets.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    return Math.min(Math.max(LEAST_MS * BUCKET_RATIO ** bucket, this.minMs), this.maxMs);
  }
}
