import { z } from 'zod';
import type { Database } from '../../database/pools';
import { listPods, type PodRow } from '../../pods/list-pods';
import { findProfile, type ProfileRow, readProfileFile, requestProfile } from '../../pods/pod-commands';
import { PROFILE_SECONDS } from '../../telemetry/profiler';
import { ProblemError } from '../problem';
import { answers, idParams, isoOrNull, textSchema, timestampSchema } from '../schemas';
import type { Server } from '../server-types';

export interface PodRoutesProps {
  readonly database: Pick<Database, 'reads' | 'writes'>;
  readonly now: () => Date;
}

const podSchema = z
  .object({
    pod: z.string(),
    kind: z.enum(['api', 'admin']),
    started_at: timestampSchema,
    seen_at: timestampSchema.describe('Time of the last status; pods write one every 10 s'),
    draining: z.boolean(),
    status: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Pod' });

const profileSchema = z
  .object({
    id: z.uuid(),
    pod: z.string(),
    kind: z.enum(['cpu', 'heap']),
    seconds: z.number(),
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    created_at: timestampSchema,
    done_at: timestampSchema.nullable(),
    error: z.string().nullable(),
    file_bytes: z.int().nullable(),
    hottest: z.array(z.unknown()).describe('The ten hottest functions'),
  })
  .meta({ id: 'Profile' });

const podParams = z.object({ pod: textSchema(253) });

const podQuery = z.object({ pod: textSchema(253).optional().describe('Only this pod') });

const access = { roles: ['admin'], organisation: true } as const;

/** Pods: status, pools, calls, profiles. */
export function podRoutes(app: Server, props: PodRoutesProps, prefix: string): void {
  const reports = [
    { path: 'pods', operationId: 'listPods', summary: 'Pods and their status', part: undefined },
    { path: 'pools', operationId: 'listPools', summary: 'Database pools of each pod', part: 'pools' },
    {
      path: 'monitor',
      operationId: 'listCalls',
      summary: 'Calls of routes and tracked functions of each pod: count, success rate, percentiles',
      part: 'calls',
    },
  ] as const;
  for (const { path, operationId, summary, part } of reports) {
    app.get(
      `${prefix}/${path}`,
      {
        config: { access },
        schema: {
          operationId,
          tags: ['pods'],
          summary,
          querystring: podQuery,
          response: answers({ 200: z.object({ data: z.array(podSchema) }) }),
        },
      },
      async ({ query }) => ({
        data: (await listPods(props.database.reads, query.pod)).map((pod) => toPod(pod, part)),
      }),
    );
  }
  profileRoutes(app, props, prefix);
}

function profileRoutes(app: Server, { database, now }: PodRoutesProps, prefix: string): void {
  app.post(
    `${prefix}/pods/:pod/profiles`,
    {
      config: { access },
      schema: {
        operationId: 'requestProfile',
        tags: ['pods'],
        summary: 'Take a CPU or heap profile of a pod; one at a time',
        params: podParams,
        body: z.strictObject({
          kind: z.enum(['cpu', 'heap']),
          seconds: z.int().min(PROFILE_SECONDS.least).max(PROFILE_SECONDS.most),
        }),
        response: answers({ 202: z.object({ id: z.uuid() }) }),
      },
    },
    async ({ principal, params, body }, reply) => {
      const request = { ...body, podId: params.pod, actor: principal.keyId };
      return reply.code(202).send({ id: await requestProfile(database.writes, request, now()) });
    },
  );
  app.get(
    `${prefix}/profiles/:id`,
    {
      config: { access },
      schema: {
        operationId: 'getProfile',
        tags: ['pods'],
        summary: 'State of a profile and its ten hottest functions',
        params: idParams,
        response: answers({ 200: profileSchema }),
      },
    },
    async ({ params }) => toProfile(await findProfile(database.reads, params.id)),
  );
  app.get(
    `${prefix}/profiles/:id/file`,
    {
      config: { access },
      schema: {
        operationId: 'getProfileFile',
        tags: ['pods'],
        summary: "The file, for Chrome's or VS Code's developer tools",
        params: idParams,
        response: answers({ 200: z.record(z.string(), z.unknown()) }),
      },
    },
    async ({ params }, reply) => {
      const { result } = await findProfile(database.reads, params.id);
      const file = await readProfileFile(database.reads, params.id);
      if (result?.file_name === undefined) {
        throw new ProblemError({ status: 404, code: 'not_found', detail: 'The profile has no file.' });
      }
      reply.header('content-disposition', `attachment; filename="${result.file_name}"`);
      return reply.type('application/json').send(file as never);
    },
  );
}

function toPod(pod: PodRow, part: 'pools' | 'calls' | undefined) {
  return {
    pod: pod.pod_id,
    kind: pod.kind,
    started_at: pod.started_at.toISOString(),
    seen_at: pod.seen_at.toISOString(),
    draining: pod.draining,
    status: part === undefined ? { ...pod.status } : { [part]: pod.status[part] ?? [] },
  };
}

function toProfile(profile: ProfileRow) {
  const { result } = profile;
  return {
    id: profile.id,
    pod: profile.pod_id,
    ...profile.arguments,
    state: stateOf(profile),
    created_at: profile.created_at.toISOString(),
    done_at: isoOrNull(profile.done_at),
    error: result?.error ?? null,
    file_bytes: profile.bytes,
    hottest: result?.hottest ?? [],
  };
}

function stateOf({ done_at, taken_at, result }: ProfileRow): 'waiting' | 'running' | 'done' | 'failed' {
  if (done_at !== null) return result?.error === undefined ? 'done' : 'failed';
  return taken_at === null ? 'waiting' : 'running';
}
