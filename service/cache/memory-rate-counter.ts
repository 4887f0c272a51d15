import { LRUCache } from 'lru-cache';
import type { RateCount, RateCounter } from './rate-counter';

/** Most keys that are counted at a time. The least recently seen one is counted from 0 again. */
const MOST_KEYS = 10_000;

interface Window {
  requests: number;
  readonly endsAt: number;
}

/** Counts the requests of this process. */
export class MemoryRateCounter implements RateCounter {
  private readonly windows = new LRUCache<string, Window>({ max: MOST_KEYS });

  constructor(private readonly now: () => Date) {}

  async count(key: string, windowMs: number, requests = 1): Promise<RateCount> {
    const time = this.now().getTime();
    let window = this.windows.get(key);
    if (window === undefined || window.endsAt <= time) {
      window = { requests: 0, endsAt: time + windowMs };
      this.windows.set(key, window);
    }
    window.requests += requests;
    return { requests: window.requests, remainingMs: window.endsAt - time };
  }
}
