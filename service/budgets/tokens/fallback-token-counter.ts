import type { TokenCount, TokenCounter, TokenWindow } from './token-counter';

export interface FallbackTokenCounterProps {
  /** Counter of all pods. It may fail or hang. */
  readonly shared: TokenCounter;
  /** Whether the shared counter would be asked at once, such as over an open connection. */
  readonly isConnected: () => boolean;
  /** Counter of this pod; it never fails. */
  readonly own: TokenCounter;
  readonly now: () => Date;
  /** Learns why the shared counter did not decide. */
  readonly onFailure: (error: Error) => void;
}

/** Longest wait for the shared counter, ms. A node answers within 1 ms; limits are not worth a slow answer. */
const PATIENCE_MS = 100;

/** Time without questions after a failure, ms: a hanging server must not slow down every call. */
const PAUSE_MS = 1000;

/**
 * Counts with all pods as long as the shared counter answers in time, else with this pod's own. The pod counts what the
 * shared counter grants, so its own limit knows the tokens from before an outage.
 */
export class FallbackTokenCounter implements TokenCounter {
  private pausedUntil = 0;

  constructor(private readonly props: FallbackTokenCounterProps) {}

  async take(window: TokenWindow, tokens: number, limit: number): Promise<TokenCount> {
    const { own, shared } = this.props;
    const count = await this.ask(() => shared.take(window, tokens, limit));
    if (count === undefined) return own.take(window, tokens, limit);
    if (count.granted) await own.add(window, tokens);
    return count;
  }

  /** Never fails: a correction that is lost costs a moment of a limit. */
  async add(window: TokenWindow, tokens: number): Promise<void> {
    const { own, shared } = this.props;
    await own.add(window, tokens);
    await this.ask(() => shared.add(window, tokens));
  }

  private async ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    const { isConnected, now, onFailure } = this.props;
    if (!isConnected() || now().getTime() < this.pausedUntil) return undefined;
    try {
      return await withinTime(question());
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
    const late = new Error(`the shared counter of tokens did not answer within ${PATIENCE_MS} ms`);
    timer = setTimeout(() => reject(late), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
