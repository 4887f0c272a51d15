import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import {
  createKey,
  type KeyRow,
  listKeys,
  MAX_OVERLAP_SECONDS,
  revokeKey,
  rotateKey,
} from '../../access/keys';
import { type Principal, ROLES } from '../../access/principal';
import { ProblemError } from '../problem';
import {
  answers,
  idParams,
  isoOrNull,
  limitSchema,
  listSchema,
  textSchema,
  timeSchema,
  timestampSchema,
} from '../schemas';
import type { Server } from '../server-types';

const perMinute = z.int().min(1).max(2_147_483_647).nullable().optional();

const keySchema = z
  .object({
    id: z.uuid(),
    project: z.uuid().nullable().describe('null: a key of the organisation'),
    name: z.string(),
    prefix: z.string().describe('First 8 characters of the key'),
    roles: z.array(z.enum(ROLES)),
    allowed_models: z.array(z.string()).nullable().describe('null: all'),
    requests_per_minute: z.int().nullable(),
    tokens_per_minute: z.int().nullable(),
    created_at: timestampSchema,
    expires_at: timestampSchema.nullable(),
    revoked_at: timestampSchema.nullable(),
    rotated_to: z.uuid().nullable().describe('Key that replaces this one'),
    last_used_at: timestampSchema.nullable(),
    created_by: z.string(),
  })
  .meta({ id: 'Key' });

const createdKeySchema = keySchema.extend({
  key: z.string().describe('The key itself; it is shown this once and stored nowhere'),
});

const createBody = z.strictObject({
  name: textSchema(128),
  project: z
    .uuid()
    .nullable()
    .optional()
    .describe("null: a key of the organisation. Without it the caller's project"),
  roles: z.array(z.enum(ROLES)).min(1).max(ROLES.length),
  allowed_models: z.array(textSchema(256)).min(1).max(100).nullable().optional(),
  requests_per_minute: perMinute,
  tokens_per_minute: perMinute,
  expires_at: timeSchema.nullable().optional(),
});

/** How long a former key goes on working by default, seconds: a day. */
const DEFAULT_OVERLAP_SECONDS = 86_400;

const rotateBody = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .default(DEFAULT_OVERLAP_SECONDS)
      .describe('How long the former key goes on working'),
  })
  .nullish()
  .transform((body) => body ?? { overlap_seconds: DEFAULT_OVERLAP_SECONDS });

const access = { roles: ['admin'] } as const;

/** API keys. An admin of a project manages its keys; one of the organisation all keys. */
export function keyRoutes(app: Server, props: AccessProps, prefix: string): void {
  app.get(
    `${prefix}/keys`,
    {
      config: { access },
      schema: {
        operationId: 'listKeys',
        tags: ['access'],
        summary: 'Keys, the newest first',
        querystring: z.object({ limit: limitSchema(1000), cursor: z.uuid().optional() }),
        response: answers({ 200: listSchema(keySchema) }),
      },
    },
    async ({ principal, query }) => {
      const { rows, nextCursor } = await listKeys(props, principal, query);
      return { data: rows.map(toAnswer), next_cursor: nextCursor };
    },
  );
  createRoute(app, props, prefix);
  rotateRoute(app, props, prefix);
  app.delete(
    `${prefix}/keys/:id`,
    {
      config: { access },
      schema: {
        operationId: 'revokeKey',
        tags: ['access'],
        summary: 'Revoke a key; pods refuse it at once, within 10 s where they cannot be told',
        params: idParams,
        response: answers({ 200: keySchema }),
      },
    },
    async ({ principal, params }) =>
      toAnswer(
        await revokeKey(props, { id: params.id, projectId: principal.projectId, actor: principal.keyId }),
      ),
  );
}

function createRoute(app: Server, props: AccessProps, prefix: string): void {
  app.post(
    `${prefix}/keys`,
    {
      config: { access },
      schema: {
        operationId: 'createKey',
        tags: ['access'],
        summary: 'Create a key',
        body: createBody,
        response: answers({ 201: createdKeySchema }),
      },
    },
    async ({ principal, body }, reply) => {
      const change = {
        projectId: projectOf(principal, body.project),
        name: body.name,
        roles: [...new Set(body.roles)],
        allowedModels: body.allowed_models,
        requestsPerMinute: body.requests_per_minute,
        tokensPerMinute: body.tokens_per_minute,
        expiresAt: body.expires_at,
      };
      const { key, secret } = await createKey(props, change, principal.keyId);
      return reply.code(201).send({ ...toAnswer(key), key: secret });
    },
  );
}

function rotateRoute(app: Server, props: AccessProps, prefix: string): void {
  app.post(
    `${prefix}/keys/:id/rotate`,
    {
      config: { access },
      schema: {
        operationId: 'rotateKey',
        tags: ['access'],
        summary: 'Replace a key; both work for the overlap',
        params: idParams,
        body: rotateBody,
        response: answers({ 201: createdKeySchema }),
      },
    },
    async ({ principal, params, body }, reply) => {
      const { key, secret } = await rotateKey(props, {
        id: params.id,
        projectId: principal.projectId,
        overlapSeconds: body.overlap_seconds,
        actor: principal.keyId,
      });
      return reply.code(201).send({ ...toAnswer(key), key: secret });
    },
  );
}

/** Project of a new key: an admin of a project makes keys of that project only. */
function projectOf(principal: Principal, project: string | null | undefined): string | null {
  if (principal.organisation) return project ?? null;
  if (project === undefined || project === principal.projectId) return principal.projectId;
  throw new ProblemError({
    status: 403,
    code: 'project_not_visible',
    detail:
      "'project' must be the project of the caller's key. Keys of other projects need a key of the organisation.",
  });
}

function toAnswer(key: KeyRow) {
  const { project_id, ...rest } = key;
  return {
    ...rest,
    project: project_id,
    created_at: key.created_at.toISOString(),
    expires_at: isoOrNull(key.expires_at),
    revoked_at: isoOrNull(key.revoked_at),
    last_used_at: isoOrNull(key.last_used_at),
  };
}
