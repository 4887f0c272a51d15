import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import { listUsers, type UserRow } from '../../access/users';
import { projectScope } from '../../requests/project-scope';
import { ProblemError } from '../problem';
import { answers, isoOrNull, limitSchema, listSchema, textSchema, timestampSchema } from '../schemas';
import type { Server } from '../server-types';

const userSchema = z
  .object({
    project: z.uuid(),
    user: z.string(),
    name: z.string().describe('Empty where nobody gave one'),
    created_at: timestampSchema,
    erased_at: timestampSchema.nullable().describe("When the user's prompts and name were erased"),
  })
  .meta({ id: 'User' });

/** Users of projects. */
export function userRoutes(app: Server, props: AccessProps, prefix: string): void {
  app.get(
    `${prefix}/users`,
    {
      config: { access: { roles: ['read', 'admin'] } },
      schema: {
        operationId: 'listUsers',
        tags: ['access'],
        summary: 'Users by project and id',
        querystring: z.object({
          project: z.uuid().optional(),
          limit: limitSchema(1000),
          cursor: textSchema(400).optional(),
        }),
        response: answers({ 200: listSchema(userSchema) }),
      },
    },
    async ({ principal, query: { project, limit, cursor } }) => {
      const { projectId } = projectScope(principal, project);
      const after = cursor === undefined ? undefined : decodeCursor(cursor);
      const { rows, nextCursor } = await listUsers(props, { projectId, limit, cursor: after });
      const next = nextCursor === null ? null : Buffer.from(nextCursor).toString('base64url');
      return { data: rows.map(toAnswer), next_cursor: next };
    },
  );
}

function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (/^[0-9a-f-]{36}\/[^\0]+$/.test(text) && z.uuid().safeParse(text.slice(0, 36)).success) return text;
  throw new ProblemError({
    status: 400,
    code: 'invalid_cursor',
    detail: "'cursor' must be the next_cursor of the page before.",
  });
}

function toAnswer(user: UserRow) {
  return {
    project: user.project_id,
    user: user.user_id,
    name: user.name,
    created_at: user.created_at.toISOString(),
    erased_at: isoOrNull(user.erased_at),
  };
}
