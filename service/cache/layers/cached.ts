import { cacheKey } from './cache-key';
import type { CacheSetOptions, MultiLayerCache } from './multi-layer-cache';

/** How the results of a function are kept. */
export interface CachedOptions<A extends readonly unknown[]> {
  readonly cache: Pick<MultiLayerCache, 'remember'>;
  /** Namespace of the function's entries; each function has its own. */
  readonly namespace: string;
  /** Life of a result, seconds, or a function of the arguments. */
  readonly ttlSeconds: number | ((...args: A) => number);
  /** Tags of a result. @default - none */
  readonly tags?: (...args: A) => NonNullable<CacheSetOptions['tags']>;
}

/**
 * A function whose results are kept by all of its arguments. Calls with equal arguments at the same time run once in a
 * pod; failures are not kept. Arguments have to be plain values: what a key cannot hold fails.
 *
 * @example
 * const costOf = cached({ cache, namespace: 'user-cost', ttlSeconds: 30 }, readCost);
 * await costOf(projectId, user);
 */
export function cached<A extends readonly unknown[], T>(
  { cache, namespace, ttlSeconds, tags }: CachedOptions<A>,
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  return (...args) =>
    cache.remember(
      cacheKey(namespace, ...args),
      {
        ttlSeconds: typeof ttlSeconds === 'number' ? ttlSeconds : ttlSeconds(...args),
        tags: tags?.(...args) ?? [],
      },
      () => work(...args),
    );
}
