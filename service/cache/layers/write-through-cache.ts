import type { CacheSetOptions, MultiLayerCache } from './multi-layer-cache';

export interface WriteThroughCacheProps<T> {
  readonly cache: Pick<MultiLayerCache, 'remember' | 'invalidateTags'>;
  /** The store, which decides. `load` has to see what `save` has stored. */
  readonly store: {
    load(key: string): Promise<T>;
    save(key: string, value: T): Promise<void>;
  };
  /** Cache key of a key of the store. */
  readonly keyOf: (key: string) => string;
  /** Life of an entry, seconds. @default 3600 */
  readonly ttlSeconds?: number;
  /** Further tags of an entry. @default - none */
  readonly tags?: (key: string) => NonNullable<CacheSetOptions['tags']>;
}

/** A store behind the cache: a write goes to the store first, then to the cache. */
export class WriteThroughCache<T> {
  constructor(private readonly props: WriteThroughCacheProps<T>) {}

  /** Value of a key, from the cache or the store. @throws what the store throws */
  get(key: string): Promise<T> {
    const { cache, store, keyOf, ttlSeconds = 3600, tags = () => [] } = this.props;
    const options = { ttlSeconds, tags: [this.tagOf(key), ...tags(key)] };
    return cache.remember(keyOf(key), options, () => store.load(key));
  }

  /**
   * Stores a value, and puts what the store then holds into the cache: of two writers at once, the one that ends last
   * need not be the one whose value the store has. A failure of the cache fails no write.
   * @throws what the store throws; the cache has nothing of the key then, because the value may have been stored
   */
  async set(key: string, value: T): Promise<void> {
    const { cache, store } = this.props;
    try {
      await store.save(key, value);
    } finally {
      await cache.invalidateTags([this.tagOf(key)]);
    }
    await this.get(key).catch(() => undefined);
  }

  /** The version of this tag changes with each write, so that a reading from before it is not kept. */
  private tagOf(key: string): string {
    return `written:${this.props.keyOf(key)}`;
  }
}
