import { LRUCache } from 'lru-cache';
import type { RateCount, RateCounter } from './rate-counter';

/** Requests of a window that are counted one by one, so that small limits are exact. */
const EXACT_REQUESTS = 200;

/** Longest time that a pod goes on with what it knows, ms. */
const STEP_MS = 20;

/** Most keys that are followed at a time. */
const MOST_KEYS = 10_000;

export interface SteppedRateCounterProps {
  /** Counter whose answer takes a round trip. */
  readonly counter: RateCounter;
  readonly now: () => Date;
}

interface Window {
  /** Requests of all pods at the last answer, with those that have been sent since. */
  known: number;
  /** Requests of this pod that the counter does not know yet. */
  unsent: number;
  endsAt: number;
  askedAt: number;
}

/**
 * Asks a shared counter about a busy key 50 times a second instead of for each request: between two answers it adds up
 * the pod's own requests. A limit can be passed by what the other pods let in within 20 ms.
 */
export class SteppedRateCounter implements RateCounter {
  private readonly windows = new LRUCache<string, Window>({ max: MOST_KEYS });

  constructor(private readonly props: SteppedRateCounterProps) {}

  async count(key: string, windowMs: number, requests = 1): Promise<RateCount> {
    const time = this.props.now().getTime();
    const window = this.windows.get(key);
    if (window === undefined || window.endsAt <= time) return this.ask(key, windowMs, requests, time);
    if (window.known < EXACT_REQUESTS || time - window.askedAt >= STEP_MS) {
      const all = requests + window.unsent;
      window.known += all;
      window.unsent = 0;
      window.askedAt = time;
      return this.ask(key, windowMs, all, time);
    }
    window.unsent += requests;
    return { requests: window.known + window.unsent, remainingMs: window.endsAt - time };
  }

  private async ask(key: string, windowMs: number, requests: number, time: number): Promise<RateCount> {
    const count = await this.props.counter.count(key, windowMs, requests);
    const endsAt = this.props.now().getTime() + count.remainingMs;
    const window = this.windows.get(key);
    if (window === undefined || window.endsAt <= time) {
      this.windows.set(key, { known: count.requests, unsent: 0, endsAt, askedAt: time });
    } else {
      // Answers may come in another order than they were asked for.
      window.known = Math.max(window.known, count.requests);
      window.endsAt = endsAt;
    }
    return count;
  }
}
