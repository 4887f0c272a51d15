import type { EndedWork, MessageListener, SharedCache, SharedMessages } from './shared-cache';

interface Entry {
  readonly value: string;
  readonly endsAt: number;
}

/** Most keys; the one that was stored first makes room. */
const MOST_KEYS = 100_000;

/** A shared cache in the memory of one process: for pods of a test, and for a laptop. */
export class MemorySharedCache implements SharedCache, SharedMessages {
  isConnected = true;
  private readonly entries = new Map<string, Entry>();
  private readonly listeners = new Map<string, Set<MessageListener>>();

  constructor(private readonly now: () => Date) {}

  async get(key: string): Promise<string | undefined> {
    return this.read(key);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.write(key, value, ttlMs);
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.read(key) !== undefined) return false;
    this.write(key, value, ttlMs);
    return true;
  }

  async ensure(key: string, value: string, ttlMs: number): Promise<string> {
    const stored = this.read(key) ?? value;
    const endsAt = this.entries.get(key)?.endsAt ?? 0;
    this.write(key, stored, Math.max(ttlMs, endsAt - this.now().getTime()));
    return stored;
  }

  async extendIfEqual(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.read(key) !== value) return false;
    this.write(key, value, ttlMs);
    return true;
  }

  async deleteIfEqual(key: string, value: string): Promise<boolean> {
    return this.read(key) === value && this.entries.delete(key);
  }

  async endWork({ result, lease, waiting }: EndedWork): Promise<boolean> {
    this.write(result.key, result.value, result.ttlMs);
    if (this.read(lease.key) === lease.token) this.entries.delete(lease.key);
    return this.read(waiting) !== undefined;
  }

  async delete(key: string): Promise<void> {
    this.entries.delete(key);
  }

  async publish(channel: string, message: string): Promise<void> {
    const listeners = [...(this.listeners.get(channel) ?? [])];
    // As over a network, nobody hears a message before its sender goes on.
    await Promise.resolve();
    for (const listener of listeners) listener(message);
  }

  subscribe(channel: string, listener: MessageListener): () => void {
    const listeners = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(channel);
    };
  }

  /** Nothing is missed in one process. */
  onGap(): void {}

  /** One step, like a command of a server: nothing comes between it and the next line of its caller. */
  private read(key: string): string | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.endsAt > this.now().getTime()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  private write(key: string, value: string, ttlMs: number): void {
    this.entries.delete(key);
    this.entries.set(key, { value, endsAt: this.now().getTime() + ttlMs });
    const [first] = this.entries.keys();
    if (this.entries.size > MOST_KEYS && first !== undefined) this.entries.delete(first);
  }
}
