import { ACCESS_CHANGED, CacheChanges } from '../cache/invalidation/cache-changes';
import type { ServiceConfig } from '../config';
import type { Database } from '../database/pools';
import { sendCacheChange } from '../pods/cache-commands';
import type { Logger } from '../telemetry/logger';
import type { CacheParts } from './open-cache';

export interface OpenChangesProps extends Pick<CacheParts, 'layers' | 'invalidator'> {
  readonly kind: 'api' | 'admin';
  readonly database: Pick<Database, 'writes'>;
  readonly config: ServiceConfig;
  readonly now: () => Date;
}

/** How a pod makes changes known. Admin servers do not reach the shared cache: they send commands to the API pods. */
export function openChanges({
  kind,
  layers,
  invalidator,
  database,
  config,
  now,
}: OpenChangesProps): CacheChanges {
  const parts = { cache: layers, invalidator };
  if (kind === 'api') return new CacheChanges(parts);
  return new CacheChanges({
    ...parts,
    forward: async (change) => {
      await sendCacheChange(database.writes, { change, actor: config.podName }, now());
    },
  });
}

/** Tells pods of changes of keys, sessions and projects. Where that fails, they know within 10 s. */
export function accessChanges(changes: CacheChanges, logger: Logger): (subject: string) => Promise<void> {
  return (subject) =>
    changes
      .announce({ event: { name: ACCESS_CHANGED, subject } })
      .catch((err) => logger.warn({ err }, 'other pods were not told of a change of access'));
}
