import { CachePausedError } from '../shared/guarded-shared-cache';
import type { SharedCache } from '../shared/shared-cache';
import { decodeEntry } from './entry';
import { TagVersions } from './tag-versions';

/** L2: entries and their tags in the shared cache. Nothing here throws; failures are told and look like misses. */
export class SharedLayer {
  private readonly tags: TagVersions;

  constructor(
    private readonly shared: SharedCache,
    private readonly onFailure: () => void,
  ) {
    this.tags = new TagVersions({ shared });
  }

  get isConnected(): boolean {
    return this.shared.isConnected;
  }

  get waitingInvalidations(): number {
    return this.tags.waiting;
  }

  /** An entry that is valid by its tags. */
  get(key: string): Promise<ReturnType<typeof decodeEntry> | undefined> {
    return this.attempt(async () => {
      const text = await this.shared.get(entryKey(key));
      if (text === undefined) return undefined;
      const entry = decodeEntry(text);
      return (await this.tags.areCurrent(entry.versions)) ? entry : undefined;
    });
  }

  async set(key: string, entry: string, ttlMs: number): Promise<void> {
    await this.attempt(() => this.shared.set(entryKey(key), entry, ttlMs));
  }

  /** @returns whether it is deleted */
  async delete(key: string): Promise<boolean> {
    return (
      (await this.attempt(async () => ({ done: await this.shared.delete(entryKey(key)) }))) !== undefined
    );
  }

  /** Undefined where the shared cache does not answer. */
  versions(tags: readonly string[], ttlMs: number): Promise<Record<string, string> | undefined> {
    return this.attempt(() => this.tags.current(tags, ttlMs));
  }

  /** Another pod has invalidated the tags; all tags without an argument. */
  forgetVersions(tags?: readonly string[]): void {
    this.tags.forget(tags);
  }

  async invalidateTags(tags: readonly string[]): Promise<boolean> {
    const isDone = await this.tags.invalidate(tags);
    if (!isDone) this.onFailure();
    return isDone;
  }

  retryInvalidations(): Promise<boolean> {
    return this.tags.retry();
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      // A pause was counted when it began.
      if (!(error instanceof CachePausedError)) this.onFailure();
      return undefined;
    }
  }
}

function entryKey(key: string): string {
  return `c:${key}`;
}
