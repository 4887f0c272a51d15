import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import { type CacheChanges, userTag } from '../../cache/invalidation/cache-changes';
import { erasePrompts } from '../../requests/write/erase-prompts';
import { answers, textSchema, timestampSchema } from '../schemas';
import type { Server } from '../server-types';

const erasureSchema = z.object({
  projects: z.array(z.uuid()).describe('Projects in which the user was found'),
  erased: z.int().describe('Requests whose prompt was erased'),
  erased_at: timestampSchema.describe(
    'Records of earlier times that arrive later are stored without a prompt',
  ),
});

export interface EraseUserProps extends AccessProps {
  readonly changes: Pick<CacheChanges, 'announce'>;
}

/** Erases the prompts and the name of a user, and what caches have of the user's; rows and costs stay. */
export function eraseUserRoutes(
  app: Server,
  { database, changes, now }: EraseUserProps,
  prefix: string,
): void {
  app.post(
    `${prefix}/users/:user/erase`,
    {
      config: { access: { roles: ['admin'] } },
      schema: {
        operationId: 'eraseUser',
        tags: ['access'],
        summary: "Erase a user's prompts, cached answers and name; rows and costs stay",
        params: z.object({ user: textSchema(128) }),
        body: z
          .strictObject({ project: z.uuid().optional().describe('Default: all projects that the key sees') })
          .nullish()
          .transform((body) => body ?? {}),
        response: answers({ 200: erasureSchema }),
      },
    },
    async ({ principal, params: { user }, body: { project } }) => {
      const result = await erasePrompts(database, principal, { user, project }, now());
      await changes.announce({ tags: result.projects.map((one) => userTag(one, user)) });
      return {
        projects: [...result.projects],
        erased: result.erased,
        erased_at: result.erasedAt.toISOString(),
      };
    },
  );
}
