import { z } from 'zod';
import type { Principal } from '../access/principal';
import { projectScope } from '../requests/project-scope';
import type { CostGroup, CostGroupQuery, CostQuery } from './cost-query';

const text = z.string().max(400);

const questionSchema = z.object({
  project: z.uuid().nullable(),
  groupBy: z.array(text).max(2).optional(),
  limit: z.int().optional(),
  timeZone: text.optional(),
  user: text.optional(),
  provider: text.optional(),
  model: text.optional(),
  tags: z.record(text, text).optional(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});

/** A question about costs as a text that can be asked again, by a principal with the same scope. */
export function popularQuestion(principal: Principal, query: CostQuery | CostGroupQuery): string {
  const { projectId } = projectScope(principal, query.project);
  return JSON.stringify({
    ...query,
    project: projectId,
    from: query.from.toISOString(),
    to: query.to.toISOString(),
  });
}

/** A question of `popularQuestion`, and whose it is. @throws for another text */
export function parseQuestion(popular: string): {
  readonly principal: Principal;
  readonly query: CostQuery | CostGroupQuery;
} {
  const { project, from, to, groupBy, ...rest } = questionSchema.parse(JSON.parse(popular));
  const period = { from: new Date(from), to: new Date(to) };
  return {
    principal: scopeOf(project),
    query:
      groupBy === undefined
        ? { ...rest, ...period }
        : { ...rest, ...period, groupBy: groupBy as CostGroup[] },
  };
}

/** A principal that sees what the question is about, and may do nothing else. */
function scopeOf(projectId: string | null): Principal {
  return { keyId: 'cache-warmer', organisation: projectId === null, projectId, roles: new Set(['read']) };
}
