import type { RateCount, RateCounter } from './rate-counter';

export interface FallbackRateCounterProps {
  /** Counter of all pods. It may fail or hang. */
  readonly shared: RateCounter;
  /** Whether the shared counter would be asked at once, such as over an open connection. */
  readonly isConnected: () => boolean;
  /** Counter of this pod; it never fails. */
  readonly own: RateCounter;
  readonly now: () => Date;
  /** Learns which counter decided a request. */
  readonly onDecision: (counter: 'shared' | 'pod') => void;
  /** Learns why the shared counter did not decide. */
  readonly onFailure: (error: Error) => void;
}

/** Longest wait for the shared counter, ms. A node answers within 1 ms; limits are not worth a slow answer. */
const PATIENCE_MS = 100;

/** Time without questions after a failure, ms: a hanging server must not slow down every request. */
const PAUSE_MS = 1000;

/**
 * Counts with all pods as long as the shared counter answers in time, else with this pod's own. The pod counts every
 * request, so its own limit knows the requests from before an outage.
 */
export class FallbackRateCounter implements RateCounter {
  private pausedUntil = 0;

  constructor(private readonly props: FallbackRateCounterProps) {}

  async count(key: string, windowMs: number): Promise<RateCount> {
    const { own, onDecision } = this.props;
    const ownCount = await own.count(key, windowMs);
    const shared = await this.sharedCount(key, windowMs);
    onDecision(shared === undefined ? 'pod' : 'shared');
    return shared ?? ownCount;
  }

  private async sharedCount(key: string, windowMs: number): Promise<RateCount | undefined> {
    const { shared, isConnected, now, onFailure } = this.props;
    if (!isConnected() || now().getTime() < this.pausedUntil) return undefined;
    try {
      return await withinTime(shared.count(key, windowMs));
    } catch (error) {
      this.pausedUntil = now().getTime() + PAUSE_MS;
      onFailure(error as Error);
      return undefined;
    }
  }
}

async function withinTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const late = new Error(`the shared counter of rate limits did not answer within ${PATIENCE_MS} ms`);
    timer = setTimeout(() => reject(late), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
