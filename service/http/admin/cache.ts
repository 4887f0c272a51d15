import { z } from 'zod';
import { type CacheChange, projectTag, userTag } from '../../cache/invalidation/cache-changes';
import type { Database } from '../../database/pools';
import { requestCacheChange } from '../../pods/cache-commands';
import { listPods, type PodRow } from '../../pods/list-pods';
import { ProblemError } from '../problem';
import { answers, textSchema, timestampSchema } from '../schemas';
import type { Server } from '../server-types';

export interface CacheRoutesProps {
  readonly database: Pick<Database, 'reads' | 'writes'>;
  readonly now: () => Date;
}

const layer = {
  hits: z.int(),
  misses: z.int(),
  errors: z.int().describe('Look-ups and changes that failed; such a look-up is a miss too'),
};

const podCacheSchema = z
  .object({
    pod: z.string(),
    seen_at: timestampSchema.describe('Time of the counts; they begin with the pod'),
    l1: z
      .object({
        ...layer,
        entries: z.int(),
        bytes: z.int().describe('Estimated'),
        max_bytes: z.int(),
        evictions: z.int().describe('Entries that made room for others'),
      })
      .describe('Memory of the pod'),
    l2: z
      .object({
        ...layer,
        connected: z.boolean(),
        waiting_invalidations: z.int().describe('Tags whose invalidation the shared cache does not know yet'),
      })
      .nullable()
      .describe('Valkey, as this pod sees it; null where the pod uses none'),
  })
  .meta({ id: 'PodCache' });

const invalidateBody = z.strictObject({
  tag: textSchema(400).optional().describe('Entries with this tag'),
  namespace: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'must have 1 to 32 of a-z, 0-9 and "-", such as costs' })
    .optional()
    .describe('Entries of this kind, such as costs'),
  project: z.uuid().optional().describe("A project's entries; with `user` only this user's"),
  user: textSchema(128).optional().describe('Id of a user; needs `project`'),
  clear_l1: z.literal(true).optional().describe('Everything in the memory of the pods; Valkey keeps it'),
  pod: textSchema(253).optional().describe('Only this pod, and what the pods share. Default: all API pods'),
});

const access = { roles: ['admin'], organisation: true } as const;

/** The cache of each pod: counts, and what is to be forgotten. */
export function cacheRoutes(app: Server, { database, now }: CacheRoutesProps, prefix: string): void {
  app.get(
    `${prefix}/cache`,
    {
      config: { access },
      schema: {
        operationId: 'getCache',
        tags: ['cache'],
        summary: 'Layers of the cache of each API pod: size, hits, misses, errors',
        querystring: z.object({ pod: textSchema(253).optional().describe('Only this pod') }),
        response: answers({ 200: z.object({ data: z.array(podCacheSchema) }) }),
      },
    },
    async ({ query }) => {
      const pods = await listPods(database.reads, query.pod);
      return { data: pods.filter(({ kind }) => kind === 'api').flatMap(toAnswer) };
    },
  );
  app.post(
    `${prefix}/cache/invalidate`,
    {
      config: { access },
      schema: {
        operationId: 'invalidateCache',
        tags: ['cache'],
        summary: 'Invalidate entries by tag, namespace, project or user, or empty the memory of the pods',
        description: 'Pods look for commands every 2 s. The answer names those that will carry it out.',
        body: invalidateBody,
        response: answers({ 202: z.object({ pods: z.array(z.string()) }) }),
      },
    },
    async ({ principal, body }, reply) => {
      const request = {
        change: changeOf(body),
        actor: principal.keyId,
        ...(body.pod && { podId: body.pod }),
      };
      return reply.code(202).send({ pods: await requestCacheChange(database.writes, request, now()) });
    },
  );
}

/** Exactly one kind of entries: a request for two would look like one for what both have. */
function changeOf({ tag, namespace, project, user, clear_l1 }: z.output<typeof invalidateBody>): CacheChange {
  const kinds = [tag, namespace, project, clear_l1].filter((kind) => kind !== undefined);
  if (kinds.length !== 1 || (user !== undefined && project === undefined)) {
    throw new ProblemError({
      status: 400,
      code: 'invalid_request',
      detail:
        "Exactly one of 'tag', 'namespace', 'project' and 'clear_l1' must be given; 'user' goes with 'project'.",
    });
  }
  if (tag !== undefined) return { tags: [tag] };
  if (namespace !== undefined) return { namespaces: [namespace] };
  if (project !== undefined)
    return { tags: [user === undefined ? projectTag(project) : userTag(project, user)] };
  return { clearL1: true };
}

/** A pod of an older build has no counts. */
function toAnswer({ pod_id, seen_at, status: { cache } }: PodRow) {
  if (cache === undefined) return [];
  const { maxBytes, ...l1 } = cache.l1;
  const l2 = cache.l2 === null ? null : withoutCamel(cache.l2);
  return [{ pod: pod_id, seen_at: seen_at.toISOString(), l1: { ...l1, max_bytes: maxBytes }, l2 }];
}

function withoutCamel({
  waitingInvalidations,
  ...l2
}: NonNullable<NonNullable<PodRow['status']['cache']>['l2']>) {
  return { ...l2, waiting_invalidations: waitingInvalidations };
}
