import { validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from '../../database/pools';
import { exportRequests } from '../../requests/read/export-requests';
import { getRequest } from '../../requests/read/find-request';
import { history } from '../../requests/read/history';
import { searchPrompts } from '../../requests/read/search-prompts';
import { endSchema, recordSchema, storedRequestSchema } from '../../requests/record';
import { hasTooManyValues, MAX_JSON_VALUES } from '../../requests/record/json-values';
import { readNdjson } from '../../requests/record/read-records';
import type { IngestResult } from '../../requests/write/ingest-result';
import type { RequestWriter } from '../../requests/write/request-writer';
import type { PrometheusMetrics } from '../../telemetry/prometheus';
import { type Body, BodyBudget } from '../body-budget';
import { ProblemError, problemSchema } from '../problem';
import {
  answers,
  countedListSchema,
  idParams,
  limitSchema,
  sharedFilters,
  textSchema,
  timeSchema,
} from '../schemas';
import type { Server } from '../server-types';
import { streamOf } from '../stream';

/** Largest body of records, bytes. */
export const INGEST_BYTES = 5 * 1024 * 1024;

/** Most records of a call. */
export const MOST_RECORDS = 1000;

/** Media types of NDJSON. */
const NDJSON_TYPES = ['application/x-ndjson', 'application/jsonl', 'application/ndjson'];

export interface RequestRoutesProps {
  readonly database: Database;
  readonly writer: RequestWriter;
  readonly metrics: PrometheusMetrics;
  readonly now: () => Date;
  /** Bounds the bodies of records in memory. @default - 60 MiB together */
  readonly bodies?: BodyBudget;
}

const requestWithPromptSchema = storedRequestSchema.extend({
  prompt: z.string().nullable().describe('null where none is stored, or where it was erased'),
});

const filters = {
  ...sharedFilters,
  status: z.enum(['active', 'completed', 'failed']).optional(),
  pricing: z.enum(['priced', 'partial', 'unpriced']).optional(),
  from: timeSchema.optional().describe('First time, included'),
  to: timeSchema.optional().describe('Last time, excluded'),
};

const historyQuery = z.object({
  ...filters,
  q: textSchema(500).optional().describe('Words of the prompt; searches the newest 10,000 matches'),
  sort: z
    .enum(['timestamp', 'cost', 'latency'])
    .default('timestamp')
    .describe('Descending; cost and latency need from and to, at most 31 days apart'),
  limit: limitSchema(1000),
  cursor: textSchema(1000).optional(),
});

const exportQuery = z.object({
  ...filters,
  format: z.enum(['csv', 'ndjson']).default('csv'),
  after: z
    .uuid()
    .optional()
    .describe('Id of the last complete row of an export that was cut; it goes on there'),
});

const ingestResultSchema = z
  .object({
    accepted: z.int().describe('Records that are stored now'),
    duplicates: z.int().describe('Records that were stored before with the same content'),
    rejected: z.array(
      z.object({
        index: z.int().describe('Place in the batch, from 0'),
        id: z.string().nullable(),
        code: z.string(),
        message: z.string(),
      }),
    ),
    ids: z.array(z.string().nullable()).describe('Id of each record, in the order of the batch'),
  })
  .meta({ id: 'IngestResult' });

const ingestHeaders = z.looseObject({
  'idempotency-key': textSchema(255)
    .optional()
    .describe('Makes records without ids safe to send again, for 7 days'),
});

/** Records: store, end, list, export. */
export function requestRoutes(app: Server, props: RequestRoutesProps): void {
  app.addContentTypeParser(NDJSON_TYPES, { parseAs: 'string' }, (_request, body, done) => {
    const text = String(body);
    if (hasTooManyValues(text)) done(tooManyValues());
    else done(null, readNdjson(text, MOST_RECORDS));
  });
  // A key that would change the prototype of an object is left out, as in NDJSON: it must not refuse the whole batch.
  const parseJson = app.getDefaultJsonParser('remove', 'remove');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (hasTooManyValues(String(body))) done(tooManyValues());
    else parseJson(request, String(body), done);
  });
  ingestRoute(app, props);
  endRoute(app, props);
  historyRoutes(app, props);
  exportRoute(app, props);
}

function ingestRoute(app: Server, { writer, metrics, ...props }: RequestRoutesProps): void {
  const { bodies = new BodyBudget({ onRefused: () => metrics.countRefused('bodies') }) } = props;
  app.post(
    '/api/v1/requests',
    {
      bodyLimit: INGEST_BYTES,
      config: { access: { roles: ['ingest'] }, pool: 'writes' },
      preParsing: async (_request, reply, payload) => bodies.count(payload as Body, reply.raw),
      // Each record is checked alone, so that a wrong one does not refuse the batch.
      validatorCompiler: (route) =>
        route.httpPart === 'body' ? (value) => ({ value }) : validatorCompiler(route as never),
      schema: {
        operationId: 'storeRequests',
        tags: ['requests'],
        summary: 'Store one record, an array of records, or NDJSON',
        description: `Up to ${MOST_RECORDS} records or 5 MB. The answer says what is committed.`,
        headers: ingestHeaders,
        body: z.union([recordSchema, z.array(recordSchema)]),
        response: {
          200: ingestResultSchema.describe('All were stored before'),
          201: ingestResultSchema.describe('All are new'),
          207: ingestResultSchema.describe('Some are new, others known or refused'),
          422: z.union([ingestResultSchema, problemSchema]).describe('None is stored'),
          '4xx': problemSchema,
          '5xx': problemSchema,
        },
      },
    },
    async (request, reply) => {
      const records = recordsOf(request.body);
      const result = await writer.write(request.principal, records, {
        idempotencyKey: request.headers['idempotency-key'],
        source: 'api',
      });
      metrics.countRecords({
        stored: result.accepted,
        duplicate: result.duplicates,
        rejected: result.rejected.length,
      });
      return reply.code(statusOf(result)).send(result as never);
    },
  );
}

function endRoute(app: Server, { writer }: RequestRoutesProps): void {
  app.patch(
    '/api/v1/requests/:id',
    {
      config: { access: { roles: ['ingest'] }, pool: 'writes' },
      schema: {
        operationId: 'endRequest',
        tags: ['requests'],
        summary: 'End an active request',
        params: idParams,
        body: endSchema,
        response: answers({ 200: storedRequestSchema }),
      },
    },
    ({ principal, params, body }) => writer.end(principal, params.id, body),
  );
}

function historyRoutes(app: Server, { database, now }: RequestRoutesProps): void {
  const access = { roles: ['read', 'admin'] } as const;
  app.get(
    '/api/v1/requests',
    {
      config: { access },
      schema: {
        operationId: 'listRequests',
        tags: ['requests'],
        summary: 'Requests, the newest first',
        querystring: historyQuery,
        response: answers({ 200: countedListSchema(storedRequestSchema) }),
      },
    },
    async ({ principal, query: { q, tag, sort, ...rest } }) => {
      if (q === undefined)
        return copy(await history(database, principal, { ...rest, sort, tags: tag }, now()));
      if (sort !== 'timestamp') throw unsortable();
      return copy(await searchPrompts(database, principal, { ...rest, words: q, tags: tag }, now()));
    },
  );
  app.get(
    '/api/v1/requests/:id',
    {
      config: { access },
      schema: {
        operationId: 'getRequest',
        tags: ['requests'],
        summary: 'One request',
        params: idParams,
        response: answers({ 200: requestWithPromptSchema }),
      },
    },
    ({ principal, params }) => getRequest(database, principal, params.id),
  );
}

function exportRoute(app: Server, { database }: RequestRoutesProps): void {
  app.get(
    '/api/v1/requests/export',
    {
      config: { access: { roles: ['read', 'admin'] } },
      schema: {
        operationId: 'exportRequests',
        tags: ['requests'],
        summary: 'Requests as a CSV or NDJSON file, the oldest first',
        description: 'To resume a cut download, give the id of its last complete row as `after`.',
        querystring: exportQuery,
        response: answers({ 200: z.string() }),
      },
    },
    async ({ principal, query: { tag, ...query } }, reply) => {
      const body = await streamOf(exportRequests(database, principal, { ...query, tags: tag }));
      const type = query.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
      reply.header('content-disposition', `attachment; filename="requests.${query.format}"`).type(type);
      return reply.send(body as never);
    },
  );
}

/** The records of a body, which is one record, an array or the elements of NDJSON. */
function recordsOf(body: unknown): readonly unknown[] {
  const records = Array.isArray(body) ? body : [body];
  if (records.length >= 1 && records.length <= MOST_RECORDS) return records;
  throw new ProblemError({
    status: records.length === 0 ? 400 : 413,
    code: records.length === 0 ? 'invalid_request' : 'too_many_records',
    detail: `A call must have from 1 to ${MOST_RECORDS} records, got ${records.length === 0 ? 'none' : 'more'}.`,
  });
}

function tooManyValues(): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'body_too_large',
    detail: `A body must have at most ${MAX_JSON_VALUES} JSON values, such as fields and elements: send several.`,
  });
}

function statusOf({ accepted, duplicates, rejected }: IngestResult): 200 | 201 | 207 | 422 {
  if (accepted + duplicates === 0) return 422;
  if (rejected.length > 0) return 207;
  if (duplicates === 0) return 201;
  return accepted === 0 ? 200 : 207;
}

function unsortable(): ProblemError {
  const detail = "'sort' must be timestamp where 'q' is given: a search reads the newest requests.";
  return new ProblemError({ status: 400, code: 'invalid_query', detail });
}

/** A page with lists that may be changed, as the schema's type has them. */
function copy<T extends { readonly data: readonly Row[]; readonly limits: readonly string[] }, Row>(page: T) {
  return { ...page, data: [...page.data], limits: [...page.limits] };
}
