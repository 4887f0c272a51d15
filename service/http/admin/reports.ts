import { z } from 'zod';
import { pageOf } from '../../access/page';
import type { ServiceConfig } from '../../config';
import type { Database } from '../../database/pools';
import {
  readIndexUse,
  readPartitions,
  readSlowStatements,
  readUnusedIndexes,
  type StatisticsTable,
} from '../../database/statistics';
import { listRejected } from '../../requests/read/list-rejected';
import { answers, limitSchema, listSchema, textSchema, timestampSchema } from '../schemas';
import type { Server } from '../server-types';

export interface ReportRoutesProps {
  readonly database: Pick<Database, 'reads'>;
  readonly objectives: ServiceConfig['objectives'];
  /** Least mean time of a slow statement where a question names none, ms. */
  readonly slowQueryMs: number;
}

const tableSchema = z
  .object({
    title: z.string(),
    columns: z.array(z.string()),
    rows: z.array(z.array(z.union([z.string(), z.number()]))),
  })
  .meta({ id: 'Table' });

const rejectedSchema = z
  .object({
    id: z.uuid(),
    project: z.uuid(),
    received_at: timestampSchema,
    source: z.string(),
    code: z.string(),
    message: z.string(),
    record: z.unknown().describe('The record without its prompt'),
  })
  .meta({ id: 'RejectedRecord' });

const access = { roles: ['admin'], organisation: true } as const;

/** Reports on the database, rejected records, objectives. */
export function reportRoutes(app: Server, props: ReportRoutesProps, prefix: string): void {
  statementRoute(app, props, prefix);
  indexRoute(app, props, prefix);
  rejectedRoute(app, props, prefix);
  app.get(
    `${prefix}/objectives`,
    {
      config: { access },
      schema: {
        operationId: 'getObjectives',
        tags: ['operation'],
        summary: 'What the platform is measured by',
        response: answers({ 200: z.record(z.string(), z.number()) }),
      },
    },
    async () => ({ ...props.objectives }),
  );
}

function statementRoute(app: Server, { database, slowQueryMs }: ReportRoutesProps, prefix: string): void {
  app.get(
    `${prefix}/statements`,
    {
      config: { access },
      schema: {
        operationId: 'listSlowStatements',
        tags: ['database'],
        summary: 'Slow statements of the database, without parameters',
        querystring: z.object({
          slow_ms: z.coerce.number().min(0).max(3_600_000).optional().describe('Least mean time, ms'),
        }),
        response: answers({ 200: tableSchema }),
      },
    },
    async ({ query }) => copy(await readSlowStatements(database.reads, query.slow_ms ?? slowQueryMs)),
  );
}

function indexRoute(app: Server, { database: { reads } }: ReportRoutesProps, prefix: string): void {
  app.get(
    `${prefix}/indexes`,
    {
      config: { access },
      schema: {
        operationId: 'listIndexes',
        tags: ['database'],
        summary: 'Use of indexes, unused indexes, and the months of requests',
        response: answers({ 200: z.object({ data: z.array(tableSchema) }) }),
      },
    },
    async () => {
      const tables = [await readIndexUse(reads), await readUnusedIndexes(reads), await readPartitions(reads)];
      return { data: tables.map(copy) };
    },
  );
}

function rejectedRoute(app: Server, { database }: ReportRoutesProps, prefix: string): void {
  app.get(
    `${prefix}/rejected`,
    {
      config: { access },
      schema: {
        operationId: 'listRejected',
        tags: ['requests'],
        summary: 'Records that could not be stored, the newest first; kept for 30 days',
        querystring: z.object({
          project: z.uuid().optional(),
          code: textSchema(64).optional(),
          limit: limitSchema(1000),
          cursor: z.uuid().optional(),
        }),
        response: answers({ 200: listSchema(rejectedSchema) }),
      },
    },
    async ({ query }) => {
      const { rows, nextCursor } = pageOf(
        await listRejected(database.reads, query),
        query.limit,
        ({ id }) => id,
      );
      const data = rows.map(({ project_id, received_at, ...row }) => ({
        ...row,
        project: project_id,
        received_at: received_at.toISOString(),
      }));
      return { data, next_cursor: nextCursor };
    },
  );
}

/** A table with lists that may be changed, as the schema's type has them. */
function copy({ title, columns, rows }: StatisticsTable) {
  return { title, columns: [...columns], rows: rows.map((row) => [...row]) };
}
