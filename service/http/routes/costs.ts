import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { CachedCostAnswers } from '../../costs/cached-cost-answers';
import { COST_GROUPS, type CostGroup, costGroupsSchema, costSummarySchema } from '../../costs/cost-query';
import { focusExport } from '../../costs/focus-export';
import { checkTimeZone } from '../../costs/local-periods';
import type { Database } from '../../database/pools';
import { localMidnight } from '../../shared/zone-offset';
import { answers, sharedFilters, textSchema, timeOrDaySchema } from '../schemas';
import type { Server } from '../server-types';
import { streamOf } from '../stream';

const period = {
  ...sharedFilters,
  from: timeOrDaySchema.describe('Start, included; a day begins in time_zone'),
  to: timeOrDaySchema.describe('End, excluded; a day begins in time_zone'),
  time_zone: textSchema(64).default('UTC').describe('IANA name of the time zone of days and months'),
};

const groupSchema = z
  .union([z.string(), z.array(z.string())])
  .default('day')
  .transform((groups) => [groups].flat().flatMap((group) => group.split(',')))
  .pipe(
    z
      .array(
        z.union([z.enum(COST_GROUPS), z.templateLiteral(['tag:', textSchema(64)])], {
          error: `must be among ${COST_GROUPS.join(', ')} and tag:<name>`,
        }),
      )
      .min(1)
      .max(2),
  )
  .describe(`One or two of ${COST_GROUPS.join(', ')} and tag:<name>, separated by a comma`);

const access = { roles: ['read', 'admin'] } as const;

export interface CostRoutesProps {
  readonly database: Pick<Database, 'reports'>;
  readonly costs: CachedCostAnswers;
  readonly now: () => Date;
}

const headers = z.looseObject({
  'cache-control': z
    .string()
    .optional()
    .describe(
      '`no-cache` asks for an answer of this moment; others are up to 30 s old, of past periods up to 5 minutes',
    ),
});

/** What requests cost: totals, groups, FinOps export. */
export function costRoutes(app: Server, { database, costs, now }: CostRoutesProps): void {
  app.get(
    '/api/v1/costs/summary',
    {
      config: { access, pool: 'reports' },
      schema: {
        operationId: 'summarizeCosts',
        tags: ['costs'],
        summary: 'Totals of a period',
        headers,
        querystring: z.object(period),
        response: answers({ 200: costSummarySchema }),
      },
    },
    async ({ principal, query, headers: sent }, reply) =>
      sendJson(reply, await costs.summary(principal, toQuery(query), { fresh: isFresh(sent) })),
  );
  app.get(
    '/api/v1/costs',
    {
      config: { access, pool: 'reports' },
      schema: {
        operationId: 'groupCosts',
        tags: ['costs'],
        summary: 'Costs by hour, day, month, user, project, provider, model or tag',
        headers,
        querystring: z.object({
          ...period,
          group_by: groupSchema,
          limit: z.coerce
            .number()
            .int()
            .min(1)
            .max(10_000)
            .default(1000)
            .describe('Most groups, 1 to 10,000'),
        }),
        response: answers({ 200: costGroupsSchema }),
      },
    },
    async ({ principal, query, headers: sent }, reply) => {
      const question = {
        ...toQuery(query),
        groupBy: query.group_by as CostGroup[],
        limit: query.limit,
      };
      return sendJson(reply, await costs.groups(principal, question, { fresh: isFresh(sent) }));
    },
  );
  focusRoute(app, { database, now });
}

/** Sends an answer whose JSON is there. The type of the reply is that of the answer's schema. */
function sendJson(reply: Pick<FastifyReply, 'type'>, text: string): never {
  return reply.type('application/json; charset=utf-8').send(text) as never;
}

/** Whether a caller wants no answer of the cache. */
function isFresh(sent: { readonly 'cache-control'?: string | undefined }): boolean {
  return /\bno-(cache|store)\b/i.test(sent['cache-control'] ?? '');
}

function focusRoute(app: Server, { database, now }: Pick<CostRoutesProps, 'database' | 'now'>): void {
  app.get(
    '/api/v1/costs/export',
    {
      config: { access, pool: 'reports' },
      schema: {
        operationId: 'exportCosts',
        tags: ['costs'],
        summary: 'Costs as a CSV file with FOCUS columns',
        querystring: z.object({ ...period, format: z.literal('focus').default('focus') }),
        response: answers({ 200: z.string() }),
      },
    },
    async ({ principal, query }, reply) => {
      const body = await streamOf(focusExport(database, principal, toQuery(query), { now: now() }));
      reply
        .header('content-disposition', 'attachment; filename="costs-focus.csv"')
        .type('text/csv; charset=utf-8');
      return reply.send(body as never);
    },
  );
}

interface PeriodQuery {
  readonly project?: string;
  readonly user?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly tag?: Readonly<Record<string, string>>;
  readonly from: Date | string;
  readonly to: Date | string;
  readonly time_zone: string;
}

function toQuery({ project, user, provider, model, tag, from, to, time_zone: timeZone }: PeriodQuery) {
  checkTimeZone(timeZone);
  const instant = (time: Date | string) => (typeof time === 'string' ? localMidnight(time, timeZone) : time);
  return { project, user, provider, model, tags: tag, from: instant(from), to: instant(to), timeZone };
}
