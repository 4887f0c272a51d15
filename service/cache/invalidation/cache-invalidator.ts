import type { CacheHit, MultiLayerCache } from '../layers/multi-layer-cache';
import type { CacheBus } from '../shared/cache-bus';

export interface CacheInvalidatorProps {
  readonly cache: MultiLayerCache;
  /** Null where the pod is alone. */
  readonly bus: CacheBus | null;
}

/** Life of a version, seconds. */
const DAY_SECONDS = 86_400;

/** Learns of an event: what it is about, or null where events may have been missed and anything may have changed. */
export type EventListener = (subject: string | null) => void;

/** All ways in which cached values end: by time, event, tag and version. */
export class CacheInvalidator {
  private readonly listeners = new Map<string, EventListener[]>();

  constructor(private readonly props: CacheInvalidatorProps) {
    const { bus } = props;
    bus?.onEvent((event) => {
      if (event.kind === 'event') this.tell(event.name, event.subject);
    });
    bus?.onGap(() => {
      for (const name of this.listeners.keys()) this.tell(name, null);
    });
  }

  /** By time: keeps a value for a number of seconds, above 0 and at most 30 days. */
  setWithTtl(key: string, value: unknown, ttlSeconds: number): Promise<void> {
    return this.props.cache.set(key, value, { ttlSeconds });
  }

  /** Calls the listener when a pod, this one too, says that something has happened. */
  onEvent(name: string, listener: EventListener): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  /**
   * By event: whenever it happens, in whichever pod, the keys are deleted.
   * @param keysOf keys that depend on the subject; null: on any
   */
  invalidateOnEvent(name: string, keysOf: (subject: string | null) => readonly string[]): void {
    this.onEvent(name, (subject) => {
      for (const key of keysOf(subject)) void this.props.cache.delete(key);
    });
  }

  /** Tells every pod that something has happened; this pod knows when the call returns. Other pods may miss it. */
  async announce(name: string, subject: string, { tellPods = true } = {}): Promise<void> {
    this.tell(name, subject);
    if (tellPods) await this.props.bus?.publish({ kind: 'event', name, subject });
  }

  /** By tag: keeps a value that ends when one of its tags is invalidated. */
  setWithTags(key: string, value: unknown, tags: readonly string[], ttlSeconds: number): Promise<void> {
    return this.props.cache.set(key, value, { ttlSeconds, tags });
  }

  /** Ends all values with the tag. @returns whether L2 knows; otherwise it is told as soon as it answers */
  invalidateByTag(tag: string): Promise<boolean> {
    return this.props.cache.invalidateTags([tag]);
  }

  /** By version: keeps a value of a version. Readers of another version do not find it. */
  setVersioned(key: string, value: unknown, version: number, ttlSeconds = DAY_SECONDS): Promise<void> {
    return this.props.cache.set(versionedKey(key, version), value, { ttlSeconds });
  }

  /** Value of a version; undefined where there is none. */
  getVersioned<T>(key: string, version: number): Promise<CacheHit<T> | undefined> {
    return this.props.cache.get<T>(versionedKey(key, version));
  }

  private tell(name: string, subject: string | null): void {
    for (const listener of this.listeners.get(name) ?? []) listener(subject);
  }
}

function versionedKey(key: string, version: number): string {
  if (!Number.isSafeInteger(version) || version < 0) {
    throw new RangeError(`'version' must be a whole number from 0, got ${version}`);
  }
  return `${key}#v${version}`;
}
