import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import { listAudit } from '../../access/audit';
import { answers, limitSchema, listSchema, timestampSchema } from '../schemas';
import type { Server } from '../server-types';

const auditSchema = z
  .object({
    id: z.uuid(),
    at: timestampSchema,
    actor: z.string().describe('Id of the key, or name of the command'),
    action: z.string(),
    project: z.uuid().nullable().describe('null: a change of the organisation'),
    subject: z.string().describe('What was changed'),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

/** Who changed what. */
export function auditRoutes(app: Server, props: AccessProps, prefix: string): void {
  app.get(
    `${prefix}/audit`,
    {
      config: { access: { roles: ['admin'] } },
      schema: {
        operationId: 'listAudit',
        tags: ['access'],
        summary: 'Changes, the newest first',
        querystring: z.object({ limit: limitSchema(1000), cursor: z.uuid().optional() }),
        response: answers({ 200: listSchema(auditSchema) }),
      },
    },
    async ({ principal, query }) => {
      const { rows, nextCursor } = await listAudit(props, principal, query);
      const data = rows.map(({ project_id, at, ...row }) => ({
        ...row,
        at: at.toISOString(),
        project: project_id,
      }));
      return { data, next_cursor: nextCursor };
    },
  );
}
