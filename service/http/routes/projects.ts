import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import { ANSWER_CACHING } from '../../access/answer-caching';
import { createProject, listProjects, type ProjectRow, updateProject } from '../../access/projects';
import {
  answers,
  idParams,
  isoOrNull,
  limitSchema,
  listSchema,
  textSchema,
  timestampSchema,
} from '../schemas';
import type { Server } from '../server-types';

const perMinute = z.int().min(1).max(2_147_483_647).nullable();

const projectSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    store_prompts: z.boolean(),
    prompt_retention_days: z.int().nullable().describe("null: the environment's"),
    discount_percent: z.string().describe('Percent off the list prices'),
    allowed_models: z.array(z.string()).nullable().describe('null: all'),
    requests_per_minute: z.int().nullable(),
    tokens_per_minute: z.int().nullable(),
    allow_unpriced: z.boolean().describe('Whether models without a price may be called under a limit'),
    answer_caching: z.enum(ANSWER_CACHING).describe('Which answers of models are kept'),
    created_at: timestampSchema,
    archived_at: timestampSchema.nullable(),
  })
  .meta({ id: 'Project' });

const settings = {
  store_prompts: z.boolean().optional().describe('Whether the text of prompts is stored'),
  prompt_retention_days: z.int().min(1).max(3660).nullable().optional(),
  discount_percent: z
    .string()
    .regex(/^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/, { error: 'must be a decimal from "0" to "100"' })
    .optional()
    .describe('Percent off the list prices, a decimal string with at most two decimals'),
  allowed_models: z.array(textSchema(256)).min(1).max(100).nullable().optional(),
  requests_per_minute: perMinute.optional(),
  tokens_per_minute: perMinute.optional(),
  allow_unpriced: z
    .boolean()
    .optional()
    .describe('Whether the gateway calls models without a price though a budget has a limit'),
  answer_caching: z
    .enum(ANSWER_CACHING)
    .optional()
    .describe('Which answers of models the gateway keeps: those that are the same each time, all, or none'),
};

const createBody = z.strictObject({ name: textSchema(128), ...settings });

const updateBody = z.strictObject({
  name: textSchema(128).optional(),
  ...settings,
  archived: z.boolean().optional().describe('An archived project keeps its requests; its keys are refused'),
});

const organisationAdmin = { roles: ['admin'], organisation: true } as const;

/** Projects. Only the organisation makes and changes them. */
export function projectRoutes(app: Server, props: AccessProps, prefix: string): void {
  app.get(
    `${prefix}/projects`,
    {
      config: { access: { roles: ['read', 'admin'] } },
      schema: {
        operationId: 'listProjects',
        tags: ['access'],
        summary: 'Projects that the key sees',
        querystring: z.object({ limit: limitSchema(1000), cursor: z.uuid().optional() }),
        response: answers({ 200: listSchema(projectSchema) }),
      },
    },
    async ({ principal, query }) => {
      const { rows, nextCursor } = await listProjects(props, principal, query);
      return { data: rows.map(toAnswer), next_cursor: nextCursor };
    },
  );
  app.post(
    `${prefix}/projects`,
    {
      config: { access: organisationAdmin },
      schema: {
        operationId: 'createProject',
        tags: ['access'],
        summary: 'Create a project',
        body: createBody,
        response: answers({ 201: projectSchema }),
      },
    },
    async ({ principal, body }, reply) =>
      reply.code(201).send(toAnswer(await createProject(props, body, principal.keyId))),
  );
  app.patch(
    `${prefix}/projects/:id`,
    {
      config: { access: organisationAdmin },
      schema: {
        operationId: 'updateProject',
        tags: ['access'],
        summary: 'Change a project',
        params: idParams,
        body: updateBody,
        response: answers({ 200: projectSchema }),
      },
    },
    async ({ principal, params, body }) =>
      toAnswer(await updateProject(props, params.id, body, principal.keyId)),
  );
}

function toAnswer(project: ProjectRow) {
  return {
    ...project,
    created_at: project.created_at.toISOString(),
    archived_at: isoOrNull(project.archived_at),
  };
}
