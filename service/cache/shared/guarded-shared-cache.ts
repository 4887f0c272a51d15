import type { EndedWork, SharedCache } from './shared-cache';

export interface GuardedSharedCacheProps {
  /** It may fail or hang. */
  readonly cache: SharedCache;
  readonly now: () => Date;
  /** Learns of each failure, not of operations that a pause refuses. */
  readonly onFailure: (error: Error) => void;
  /** Longest wait for an answer, ms. @default 50 */
  readonly deadlineMs?: number;
}

/** Longest wait, ms. A node answers within 1 ms; a cache that is slower than the database is worth nothing. */
const DEADLINE_MS = 50;

/** Failures in a row that begin a pause. One slow answer is no outage. */
const MOST_FAILURES = 3;

/** Time without an operation after that, ms. */
const PAUSE_MS = 1000;

/** Most operations that wait for an answer; further ones fail at once. */
const MOST_UNDER_WAY = 2000;

/** The shared cache was not asked: it is away, or it has failed several times a moment ago. */
export class CachePausedError extends Error {
  override readonly name = 'CachePausedError';
}

/** One for all: a stack trace for each refused operation would cost more than the operation. */
const PAUSED = new CachePausedError('the shared cache is not asked: it is away or failing');
const CROWDED = new CachePausedError(`${MOST_UNDER_WAY} operations wait for the shared cache already`);

/**
 * A shared cache whose callers never wait long: each operation has a deadline, and after some failures in a row none is
 * sent for a second. An operation after its deadline may still have its effect.
 */
export class GuardedSharedCache implements SharedCache {
  private readonly deadlineMs: number;
  private failures = 0;
  private pausedUntil = 0;
  private underWay = 0;

  constructor(private readonly props: GuardedSharedCacheProps) {
    this.deadlineMs = props.deadlineMs ?? DEADLINE_MS;
  }

  get isConnected(): boolean {
    return this.props.cache.isConnected && this.props.now().getTime() >= this.pausedUntil;
  }

  get(key: string): Promise<string | undefined> {
    return this.run((cache) => cache.get(key));
  }

  set(key: string, value: string, ttlMs: number): Promise<void> {
    return this.run((cache) => cache.set(key, value, ttlMs));
  }

  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    return this.run((cache) => cache.setIfAbsent(key, value, ttlMs));
  }

  ensure(key: string, value: string, ttlMs: number): Promise<string> {
    return this.run((cache) => cache.ensure(key, value, ttlMs));
  }

  extendIfEqual(key: string, value: string, ttlMs: number): Promise<boolean> {
    return this.run((cache) => cache.extendIfEqual(key, value, ttlMs));
  }

  deleteIfEqual(key: string, value: string): Promise<boolean> {
    return this.run((cache) => cache.deleteIfEqual(key, value));
  }

  endWork(work: EndedWork): Promise<boolean> {
    return this.run((cache) => cache.endWork(work));
  }

  delete(key: string): Promise<void> {
    return this.run((cache) => cache.delete(key));
  }

  publish(channel: string, message: string): Promise<void> {
    return this.run((cache) => cache.publish(channel, message));
  }

  private async run<T>(operation: (cache: SharedCache) => Promise<T>): Promise<T> {
    if (!this.isConnected) throw PAUSED;
    if (this.underWay >= MOST_UNDER_WAY) throw CROWDED;
    this.underWay += 1;
    try {
      const answer = await this.withinDeadline(operation(this.props.cache));
      this.failures = 0;
      return answer;
    } catch (error) {
      this.noteFailure(error as Error);
      throw error;
    } finally {
      this.underWay -= 1;
    }
  }

  private noteFailure(error: Error): void {
    const { now, onFailure } = this.props;
    this.failures += 1;
    if (this.failures >= MOST_FAILURES) {
      this.failures = 0;
      this.pausedUntil = now().getTime() + PAUSE_MS;
    }
    onFailure(error);
  }

  private async withinDeadline<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      // The error is made late, because its stack trace costs more than the operation. After a busy moment of this
      // process the answer may be there, and is read first.
      const end = () => reject(new Error(`the shared cache did not answer within ${this.deadlineMs} ms`));
      timer = setTimeout(() => setImmediate(end), this.deadlineMs);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
