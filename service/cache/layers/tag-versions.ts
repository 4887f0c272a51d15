import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SharedCache } from '../shared/shared-cache';

export interface TagVersionsProps {
  readonly shared: SharedCache;
  /** Makes a version that never was before. @default - 96 random bits */
  readonly newVersion?: () => string;
  /** A clock that only goes forward, ms. @default performance.now */
  readonly elapsedMs?: () => number;
}

/** A version as the shared cache has told it. */
interface KnownVersion {
  readonly version: string;
  /** When it was told, ms. */
  readonly atMs: number;
  /** For entries that live no longer than this, ms. */
  readonly ttlMs: number;
}

/** Tags whose invalidation may wait for the shared cache. */
const MOST_PENDING = 10_000;

/** Versions that are remembered: those of all users who are active at the same time. */
const MOST_KNOWN = 5000;

/** Time for which a version is used again, ms. */
const KNOWN_MS = 10_000;

/** Time that a version lives longer than the entries that have it, ms. */
const MARGIN_MS = 60_000;

/**
 * Versions of tags in the shared cache. An entry has the versions of its tags from before its value was read, and is
 * valid as long as all of them are the same. Versions are random: a tag that was invalidated, evicted or lost gets
 * another one, so that former members are never valid again, and nothing has to list them.
 *
 * New entries may have a version that was read some seconds ago: one that is no longer the tag's makes them invalid from
 * the start, which costs a miss and is never wrong. Whether an entry is valid is always asked.
 */
export class TagVersions {
  private readonly pending = new Set<string>();
  private overflowed = false;
  private readonly newVersion: () => string;
  private readonly elapsedMs: () => number;
  private readonly known = new LRUCache<string, KnownVersion>({ max: MOST_KNOWN });

  constructor(private readonly props: TagVersionsProps) {
    this.elapsedMs = props.elapsedMs ?? (() => performance.now());
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
    const versions = await Promise.all(
      tags.map((tag) => this.knownVersion(tag, ttlMs) ?? this.ask(tag, ttlMs)),
    );
    return Object.fromEntries(tags.map((tag, index) => [tag, versions[index] ?? '']));
  }

  /** Forgets versions of tags that another pod has invalidated; of all tags without an argument. */
  forget(tags?: readonly string[]): void {
    if (tags === undefined) this.known.clear();
    else for (const tag of tags) this.known.delete(tag);
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
    this.forget(tags);
    for (const tag of tags) {
      if (this.pending.size < MOST_PENDING) this.pending.add(tag);
      else this.overflowed = true;
    }
    return this.retry(tags);
  }

  /** Sends invalidations that wait. @returns whether none is left */
  async retry(tags: readonly string[] = [...this.pending].slice(0, 100)): Promise<boolean> {
    const done = await Promise.all(tags.map((tag) => this.send(tag)));
    if (this.pending.size === 0) this.overflowed = false;
    return done.every(Boolean);
  }

  /** Number of invalidations that wait for the shared cache. */
  get waiting(): number {
    return this.pending.size;
  }

  private knownVersion(tag: string, ttlMs: number): string | undefined {
    const known = this.known.get(tag);
    if (known === undefined || known.ttlMs < ttlMs) return undefined;
    return this.elapsedMs() - known.atMs < KNOWN_MS ? known.version : undefined;
  }

  private async ask(tag: string, ttlMs: number): Promise<string> {
    const atMs = this.elapsedMs();
    const version = await this.props.shared.ensure(tagKey(tag), this.newVersion(), ttlMs + MARGIN_MS);
    this.known.set(tag, { version, atMs, ttlMs });
    return version;
  }

  private async send(tag: string): Promise<boolean> {
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
