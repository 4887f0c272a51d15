import { z } from 'zod';
import type { SharedCache, SharedMessages } from '../shared/shared-cache';

const CHANNEL = 'dedup-ends';

const messageSchema = z.string().min(1).max(300);

/** Tells pods that wait for a shared work that it has ended, so that they need not poll often. Messages may be lost. */
export class Completions {
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(
    private readonly shared: SharedCache,
    messages: SharedMessages | null,
  ) {
    messages?.subscribe(CHANNEL, (message) => this.wake(message));
  }

  /** Tells all pods. */
  async announce(name: string): Promise<void> {
    await this.shared.publish(CHANNEL, name).catch(() => undefined);
  }

  /** Waits for the end of a work, at most for a time, ms. */
  wait(name: string, milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.waiting.get(name) ?? new Set();
      this.waiting.set(name, waiters);
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        waiters.delete(end);
        if (waiters.size === 0) this.waiting.delete(name);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      waiters.add(end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  private wake(message: string): void {
    const { data } = messageSchema.safeParse(message);
    for (const end of this.waiting.get(data ?? '') ?? []) end();
  }
}
