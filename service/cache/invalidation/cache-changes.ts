import { z } from 'zod';
import type { MultiLayerCache } from '../layers/multi-layer-cache';
import type { CacheInvalidator } from './cache-invalidator';

/** Keys, sessions or projects have changed; the subject is `key:<id>`, `project:<id>` or `session:<hash>`. */
export const ACCESS_CHANGED = 'access-changed';

/** Prices have changed. */
export const PRICES_CHANGED = 'prices-changed';

const text = z.string().min(1).max(500);

/** What of the caches is no longer valid. Pods send it to each other, and admins to pods. */
export const cacheChangeSchema = z.strictObject({
  /** All entries with one of the tags. */
  tags: z.array(text).max(1000).optional(),
  /** All entries of the namespaces. */
  namespaces: z.array(text).max(100).optional(),
  /** Everything in the memory of the pods; the shared cache keeps it. */
  clearL1: z.boolean().optional(),
  /** Something outside the cache has changed. */
  event: z.strictObject({ name: text, subject: z.string().max(500) }).optional(),
});

/** What of the caches is no longer valid. */
export type CacheChange = z.output<typeof cacheChangeSchema>;

export interface CacheChangesProps {
  readonly cache: MultiLayerCache;
  readonly invalidator: CacheInvalidator;
  /**
   * Sends a change to the pods that serve the API, for a pod that has no part in their messages, such as an admin
   * server. @default - the pod's own messages do it
   */
  readonly forward?: (change: CacheChange) => Promise<void>;
}

/** Tag of everything that a user's requests have left in the cache. */
export function userTag(projectId: string, user: string): string {
  return `user:${projectId}:${user}`;
}

/** Tag of everything that is of a project. */
export function projectTag(projectId: string): string {
  return `project:${projectId}`;
}

/** Makes changes known to this pod and to all others. */
export class CacheChanges {
  constructor(private readonly props: CacheChangesProps) {}

  /**
   * Makes a change known everywhere. This pod and the shared cache know it when the call returns, other pods a moment
   * later.
   * @throws where an admin server cannot forward it
   */
  async announce(change: CacheChange): Promise<void> {
    const { forward } = this.props;
    await this.carryOut(change, forward === undefined);
    await forward?.(change);
  }

  /** Makes a change that every pod gets by itself known to this pod and to the shared cache. */
  apply(change: CacheChange): Promise<void> {
    return this.carryOut(change, false);
  }

  private async carryOut(change: CacheChange, tellPods: boolean): Promise<void> {
    const { cache, invalidator } = this.props;
    const { tags = [], namespaces = [], clearL1 = false, event } = change;
    if (clearL1) cache.clearL1();
    if (tags.length > 0) await cache.invalidateTags(tags, { tellPods });
    for (const namespace of namespaces) await cache.invalidateNamespace(namespace, { tellPods });
    if (event !== undefined) await invalidator.announce(event.name, event.subject, { tellPods });
  }
}
