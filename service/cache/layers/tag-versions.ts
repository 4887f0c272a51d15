import { hash, randomBytes } from 'node:crypto';
import type { SharedCache } from '../shared/shared-cache';

export interface TagVersionsProps {
  readonly shared: SharedCache;
  /** Makes a version that never was before. @default - 96 random bits */
  readonly newVersion?: () => string;
}

/** Tags whose invalidation may wait for the shared cache. */
const MOST_PENDING = 10_000;

/** Time that a version lives longer than the entries that have it, ms. */
const MARGIN_MS = 60_000;

/**
 * Versions of tags in the shared cache. An entry has the versions of its tags from before its value was read, and is
 * valid as long as all of them are the same. Versions are random: a tag that was invalidated, evicted or lost gets
 * another one, so that former members are never valid again, and nothing has to list them.
 */
export class TagVersions {
  private readonly pending = new Set<string>();
  private overflowed = false;
  private readonly newVersion: () => string;

  constructor(private readonly props: TagVersionsProps) {
    this.newVersion = props.newVersion ?? (() => randomBytes(12).toString('base64url'));
  }

  /**
   * Versions of tags, made where there are none.
   * @param ttlMs longest life of the entries that will have them, ms
   * @throws where the shared cache does not answer, or an invalidation still waits for it
   */
  async current(tags: readonly string[], ttlMs: number): Promise<Record<string, string>> {
    if (tags.some((tag) => this.isPending(tag)))
      throw new Error('an invalidation of a tag waits for the shared cache');
    const { shared } = this.props;
    const versions = await Promise.all(
      tags.map((tag) => shared.ensure(tagKey(tag), this.newVersion(), ttlMs + MARGIN_MS)),
    );
    return Object.fromEntries(tags.map((tag, index) => [tag, versions[index] ?? '']));
  }

  /** Whether all versions are still those of their tags. @throws where the shared cache does not answer */
  async areCurrent(versions: Readonly<Record<string, string>>): Promise<boolean> {
    const tags = Object.keys(versions);
    if (tags.some((tag) => this.isPending(tag))) return false;
    const stored = await Promise.all(tags.map((tag) => this.props.shared.get(tagKey(tag))));
    return tags.every((tag, index) => stored[index] === versions[tag]);
  }

  /**
   * Makes all entries with a tag invalid. Where the shared cache does not answer, this pod takes no such entry from it
   * until `retry` has succeeded.
   * @returns whether the shared cache knows
   */
  async invalidate(tags: readonly string[]): Promise<boolean> {
    for (const tag of tags) {
      if (this.pending.size < MOST_PENDING) this.pending.add(tag);
      else this.overflowed = true;
    }
    return this.retry(tags);
  }

  /** Sends invalidations that wait. @returns whether none is left */
  async retry(tags: readonly string[] = [...this.pending].slice(0, 100)): Promise<boolean> {
    const done = await Promise.all(tags.map((tag) => this.forget(tag)));
    if (this.pending.size === 0) this.overflowed = false;
    return done.every(Boolean);
  }

  /** Number of invalidations that wait for the shared cache. */
  get waiting(): number {
    return this.pending.size;
  }

  private async forget(tag: string): Promise<boolean> {
    try {
      await this.props.shared.delete(tagKey(tag));
      this.pending.delete(tag);
      return true;
    } catch {
      return false;
    }
  }

  /** After too many to remember, every tag may be meant. */
  private isPending(tag: string): boolean {
    return this.overflowed || this.pending.has(tag);
  }
}

/** Tags hold ids of users: their hash has a bounded length and no characters of Valkey's hash tags. */
function tagKey(tag: string): string {
  return `t:${hash('sha256', tag, 'base64url')}`;
}
