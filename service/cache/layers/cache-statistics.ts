import type { MemoryLayerState } from './memory-layer';

/** Layer of the cache. */
export type CacheLayer = 'l1' | 'l2';

/** Look-ups of a layer since the start of the pod. */
export interface LayerCounts {
  readonly hits: number;
  readonly misses: number;
  /** Look-ups and changes that failed; such a look-up is a miss too. */
  readonly errors: number;
}

/** State and look-ups of both layers, in this pod. */
export interface CacheStatistics {
  readonly l1: LayerCounts & MemoryLayerState;
  /** Null where there is no L2. */
  readonly l2: (LayerCounts & { readonly connected: boolean; readonly waitingInvalidations: number }) | null;
}

/** Learns of look-ups, such as for metrics. */
export interface CacheObserver {
  lookup(layer: CacheLayer, result: 'hit' | 'miss' | 'error'): void;
}

/** Counts look-ups by layer. */
export class CacheCounts {
  private readonly counts = {
    l1: { hits: 0, misses: 0, errors: 0 },
    l2: { hits: 0, misses: 0, errors: 0 },
  };

  constructor(private readonly observer?: CacheObserver) {}

  lookup(layer: CacheLayer, isHit: boolean): void {
    if (isHit) this.counts[layer].hits += 1;
    else this.counts[layer].misses += 1;
    this.observer?.lookup(layer, isHit ? 'hit' : 'miss');
  }

  failure(layer: CacheLayer): void {
    this.counts[layer].errors += 1;
    this.observer?.lookup(layer, 'error');
  }

  of(layer: CacheLayer): LayerCounts {
    return { ...this.counts[layer] };
  }
}
