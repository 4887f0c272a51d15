import { RequestDeduplicator } from '../deduplication/request-deduplicator';
import type { CacheBus, CacheEvent } from '../shared/cache-bus';
import type { SharedCache } from '../shared/shared-cache';
import { namespaceOf } from './cache-key';
import { CacheCounts, type CacheObserver, type CacheStatistics } from './cache-statistics';
import { deepFreeze } from './deep-freeze';
import { encodeEntry, encodeValue } from './entry';
import { MemoryLayer } from './memory-layer';
import { RecentInvalidations } from './recent-invalidations';
import { SharedLayer } from './shared-layer';

export interface MultiLayerCacheProps {
  /** Bytes of L1, estimated. */
  readonly maxBytes: number;
  /** L2, guarded by a deadline; null: the pod has its memory only. */
  readonly shared: SharedCache | null;
  /** Tells the other pods what is no longer valid; null: there are none to tell. */
  readonly bus: CacheBus | null;
  readonly now: () => Date;
  /** From 0 to below 1, for lives that do not end at the same time. */
  readonly random: () => number;
  /** Longest life of an entry in L1, seconds: a bound for events that a pod has missed. @default 60 */
  readonly l1TtlSeconds?: number;
  /** Whether values are frozen deeply, so that a caller who changes one fails; it costs time. @default false */
  readonly freeze?: boolean;
  /** Learns of each look-up. @default - nobody */
  readonly observer?: CacheObserver;
}

/** A value that was found, and where. */
export interface CacheHit<T> {
  readonly value: T;
  readonly layer: 'l1' | 'l2';
}

/** How a value is kept. */
export interface CacheSetOptions {
  /** Life of the entry, seconds, above 0; up to a tenth less, so that entries do not end together. */
  readonly ttlSeconds: number;
  /** Tags by which the entry can be invalidated, such as `user:<project>:<user>`. @default - none */
  readonly tags?: readonly string[];
  /**
   * State of the cache before the value was read, from `beginReading` with the same tags and life. An invalidation
   * since then keeps the value out. @default - the state of now: a change while the value was read is not noticed
   */
  readonly reading?: CacheReading;
}

/** State of the cache before a value is read from its source. */
export interface CacheReading {
  readonly invalidations: number;
  /** Versions of the tags; null where L2 does not answer. */
  readonly versions: Readonly<Record<string, string>> | null;
}

/** Longest life of an entry, seconds: 30 days. */
export const MAX_TTL_SECONDS = 30 * 86_400;

/** Part of a life that chance takes away at most. */
const JITTER = 0.1;

/** Longest value in L2, characters of JSON; a node serves others meanwhile. */
const MAX_SHARED_CHARACTERS = 4 * 1024 * 1024;

/**
 * Two layers: L1 in the memory of the pod, L2 in the cache of all pods. Values are JSON values, null and undefined too.
 * A value that L1 holds is given to every caller as it is: nobody may change it. Failures of L2 are misses, never errors.
 */
export class MultiLayerCache {
  private readonly memory: MemoryLayer;
  private readonly shared: SharedLayer | null;
  private readonly recent = new RecentInvalidations();
  private readonly underWay = new RequestDeduplicator();
  private readonly counts: CacheCounts;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly props: MultiLayerCacheProps) {
    this.memory = new MemoryLayer(props);
    this.counts = new CacheCounts(props.observer);
    this.shared = props.shared && new SharedLayer(props.shared, () => this.counts.failure('l2'));
    props.bus?.onEvent((event) => this.applyEvent(event));
    // Whatever was missed, nothing of it is left.
    props.bus?.onGap(() => this.clearL1());
  }

  /** Finds a value in L1, then in L2, which puts it into L1. Undefined is a miss; a hit's value may be undefined. */
  async get<T>(key: string): Promise<CacheHit<T> | undefined> {
    const own = this.memory.get(key);
    this.counts.lookup('l1', own !== undefined);
    if (own !== undefined) return { value: own.value as T, layer: 'l1' };
    if (this.shared === null) return undefined;
    const since = this.recent.current;
    const found = await this.shared.get(key);
    const now = this.props.now().getTime();
    const isHit = found !== undefined && found.endsAt > now;
    this.counts.lookup('l2', isHit);
    if (!isHit) return undefined;
    const tags = Object.keys(found.versions);
    // An old value may be answered once, for a question from before the change; it may not stay.
    if (this.recent.isCurrent(since, key, tags)) this.keep(key, found.value, { ...found, tags });
    return { value: found.value as T, layer: 'l2' };
  }

  /**
   * Keeps a value in both layers. Never fails: where L2 does not answer, the value is in L1 only.
   * @throws RangeError for a life outside 0 to 30 days
   */
  async set(key: string, value: unknown, options: CacheSetOptions): Promise<void> {
    checkTtl(options.ttlSeconds);
    const reading = options.reading ?? (await this.beginReading(key, options));
    const tags = allTags(key, options.tags);
    if (!this.recent.isCurrent(reading.invalidations, key, tags)) return;
    const encoded = encodeValue(value);
    const lifeMs = Math.max(1, Math.round(options.ttlSeconds * 1000 * (1 - JITTER * this.props.random())));
    const endsAt = this.props.now().getTime() + lifeMs;
    this.keep(key, value, { tags, endsAt, bytes: encoded.length });
    const { versions } = reading;
    if (this.shared === null || versions === null || encoded.length > MAX_SHARED_CHARACTERS) return;
    await this.shared.set(key, encodeEntry(encoded, { versions, endsAt }), lifeMs);
  }

  /** Notes the state of the cache; call it before the value is read from its source. Never fails. */
  async beginReading(
    key: string,
    { tags, ttlSeconds }: Pick<CacheSetOptions, 'tags' | 'ttlSeconds'>,
  ): Promise<CacheReading> {
    const invalidations = this.recent.current;
    const versions = (await this.shared?.versions(allTags(key, tags), ttlSeconds * 1000)) ?? null;
    return { invalidations, versions };
  }

  /**
   * The value of a key, or what `read` gives, which is then kept. Callers of this pod that ask at the same time share
   * one reading. A failure reaches all of them, and is not kept.
   */
  async remember<T>(
    key: string,
    options: Omit<CacheSetOptions, 'reading'>,
    read: () => Promise<T>,
  ): Promise<T> {
    checkTtl(options.ttlSeconds);
    const hit = await this.get<T>(key);
    if (hit !== undefined) return hit.value;
    return this.underWay.execute(key, async () => {
      // Another reading may have ended while this caller asked L2.
      const own = this.memory.get(key);
      if (own !== undefined) return own.value as T;
      const reading = await this.beginReading(key, options);
      const value = await read();
      await this.set(key, value, { ...options, reading });
      return value;
    });
  }

  /** Removes an entry from both layers and from the L1 of every pod. @returns whether L2 knows */
  async delete(key: string): Promise<boolean> {
    this.applyEvent({ kind: 'keys', keys: [key] });
    const isDeleted = (await this.shared?.delete(key)) ?? true;
    await this.props.bus?.publish({ kind: 'keys', keys: [key] });
    return isDeleted;
  }

  /**
   * Makes all entries with one of the tags invalid, in L2 and in the L1 of every pod.
   * @returns whether L2 knows; otherwise it is told again by `retryInvalidations`
   */
  async invalidateTags(tags: readonly string[], { tellPods = true } = {}): Promise<boolean> {
    this.applyEvent({ kind: 'tags', tags: [...tags] });
    // L2 first: a pod that has forgotten its entry must not find it there again.
    const isKnown = (await this.shared?.invalidateTags(tags)) ?? true;
    if (tellPods) await this.props.bus?.publish({ kind: 'tags', tags: [...tags] });
    return isKnown;
  }

  /** Makes all entries of a namespace invalid; see `invalidateTags`. */
  invalidateNamespace(namespace: string, options: { tellPods?: boolean } = {}): Promise<boolean> {
    return this.invalidateTags([namespaceTag(namespace)], options);
  }

  /** Calls a listener whenever this pod gives up entries by their tags, or all of them: for what was made of them. */
  onInvalidation(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Tells L2 of invalidations that it does not know yet. @returns whether none is left */
  async retryInvalidations(): Promise<boolean> {
    return (await this.shared?.retryInvalidations()) ?? true;
  }

  /** Empties the memory of this pod. */
  clearL1(): void {
    this.recent.add({ kind: 'all' });
    this.memory.clear();
    this.shared?.forgetVersions();
    for (const listener of this.listeners) listener();
  }

  statistics(): CacheStatistics {
    return {
      l1: { ...this.counts.of('l1'), ...this.memory.state },
      l2:
        this.shared === null
          ? null
          : {
              ...this.counts.of('l2'),
              connected: this.shared.isConnected,
              waitingInvalidations: this.shared.waitingInvalidations,
            },
    };
  }

  private keep(
    key: string,
    value: unknown,
    {
      tags,
      endsAt,
      bytes,
    }: { readonly tags: readonly string[]; readonly endsAt: number; readonly bytes: number },
  ): void {
    const longest = (this.props.l1TtlSeconds ?? 60) * 1000 * (1 - JITTER * this.props.random());
    // Without other pods no event can be missed.
    const end = this.props.bus === null ? endsAt : Math.min(endsAt, this.props.now().getTime() + longest);
    if (this.props.freeze === true) deepFreeze(value);
    this.memory.set(key, { value, tags, endsAt: end }, bytes);
  }

  private applyEvent(event: CacheEvent): void {
    if (event.kind === 'clear') this.clearL1();
    if (event.kind === 'keys') {
      for (const key of event.keys) {
        this.recent.add({ kind: 'key', key });
        this.memory.delete(key);
      }
    }
    if (event.kind === 'tags') {
      this.shared?.forgetVersions(event.tags);
      for (const tag of event.tags) {
        this.recent.add({ kind: 'tag', tag });
        this.memory.deleteTag(tag);
      }
      for (const listener of this.listeners) listener();
    }
  }
}

/** Tag that all entries of a namespace have. */
function namespaceTag(namespace: string): string {
  return `namespace:${namespace}`;
}

function allTags(key: string, tags: readonly string[] = []): readonly string[] {
  return [namespaceTag(namespaceOf(key)), ...tags];
}

function checkTtl(ttlSeconds: number): void {
  if (ttlSeconds > 0 && ttlSeconds <= MAX_TTL_SECONDS) return;
  throw new RangeError(
    `'ttlSeconds' must be above 0 and at most ${MAX_TTL_SECONDS} (30 days), got ${ttlSeconds}`,
  );
}
