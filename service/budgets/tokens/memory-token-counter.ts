import { LRUCache } from 'lru-cache';
import type { TokenCount, TokenCounter, TokenWindow } from './token-counter';

/** Most windows that are counted at a time. The least recently used one is counted from 0 again. */
const MOST_WINDOWS = 10_000;

/** Counts the tokens of this process. */
export class MemoryTokenCounter implements TokenCounter {
  private readonly windows = new LRUCache<string, { minute: number; tokens: number }>({ max: MOST_WINDOWS });

  async take(window: TokenWindow, tokens: number, limit: number): Promise<TokenCount> {
    const used = this.tokensOf(window);
    if (used + tokens > limit) return { granted: false, used };
    this.set(window, used + tokens);
    return { granted: true, used: used + tokens };
  }

  async add(window: TokenWindow, tokens: number): Promise<void> {
    this.set(window, Math.max(0, this.tokensOf(window) + tokens));
  }

  private tokensOf({ name, minute }: TokenWindow): number {
    const counted = this.windows.get(name);
    return counted?.minute === minute ? counted.tokens : 0;
  }

  /** A correction of a minute that has ended must not end the count of the next one. */
  private set({ name, minute }: TokenWindow, tokens: number): void {
    if ((this.windows.get(name)?.minute ?? minute) <= minute) this.windows.set(name, { minute, tokens });
  }
}
