import { AccessError } from '../access/access-error';
import { newId } from '../access/access-props';
import { writeAudit } from '../access/audit';
import type { CacheChange } from '../cache/invalidation/cache-changes';
import type { Pool, Queryable } from '../database/pools';
import { GONE_SECONDS } from './pod-commands';

/** Name of the command by which a pod gets a change of the caches. */
export const CACHE_COMMAND = 'cache.change';

/** A change that an admin server sends to API pods. */
export interface CacheChangeRequest {
  readonly change: CacheChange;
  /** Who asks: the id of a key, or the name of a pod. */
  readonly actor: string;
  /** Only this pod. @default - all API pods */
  readonly podId?: string;
}

/** Sends a change to the API pods, which look for commands every 2 s. @returns names of the pods */
export async function sendCacheChange(
  client: Queryable,
  { change, actor, podId }: CacheChangeRequest,
  now: Date,
): Promise<string[]> {
  const { rows } = await client.query<{ pod_id: string }>(
    'cache-pods',
    `SELECT pod_id FROM pods WHERE kind = 'api' AND seen_at > now() - make_interval(secs => ${GONE_SECONDS})
       AND ($1::text IS NULL OR pod_id = $1) ORDER BY pod_id LIMIT 1000`,
    [podId ?? null],
  );
  const pods = rows.map(({ pod_id }) => pod_id);
  await client.query(
    'cache-command-create',
    `INSERT INTO pod_commands (id, pod_id, command, arguments, created_by)
     SELECT id, pod_id, '${CACHE_COMMAND}', $3::jsonb, $4 FROM unnest($1::uuid[], $2::text[]) AS c (id, pod_id)`,
    [pods.map(() => newId(now)), pods, JSON.stringify(change), actor],
  );
  return pods;
}

/**
 * Sends a change that an admin asks for, with a row in the audit log.
 * @returns names of the pods
 * @throws AccessError `not_found` for a pod that is gone or no API pod
 */
export function requestCacheChange(writes: Pool, request: CacheChangeRequest, now: Date): Promise<string[]> {
  return writes.transaction(async (client) => {
    const pods = await sendCacheChange(client, request, now);
    if (request.podId !== undefined && pods.length === 0) {
      throw new AccessError(
        'not_found',
        `no API pod ${request.podId} has been seen for ${GONE_SECONDS} s: see GET /api/admin/v1/pods`,
      );
    }
    const detail = { ...request.change, pods: pods.length };
    const entry = { actor: request.actor, action: 'cache.invalidate', projectId: null, detail } as const;
    await writeAudit(client, { ...entry, subject: request.podId ?? 'all' }, now);
    return pods;
  });
}
