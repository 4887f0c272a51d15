import fc from 'fast-check';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { OpenApiChecker, type OpenApiDocument } from './openapi-checker';
import {
  call,
  organisationKey,
  projectKey,
  record,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from './test-service';

/** Requests of a run; `npm run fuzz:service` sends ten times as many. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 2000);

/** Requests at the same time. */
const CONCURRENCY = 8;

interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Text of any kind, with what databases and parsers stumble over. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\0',
    '%',
    "'; DROP TABLE users; --",
    '\ud800',
    '-1',
    '1e999',
    'NaN',
    'null',
    '../..',
    '=1+1',
  ),
  fc.constantFrom(
    '2026-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59+23:59',
    'Asia/Kolkata',
  ),
  fc.constantFrom(
    'timestamp',
    'cost',
    'csv',
    'ndjson',
    'day',
    'hour,model',
    'tag:team',
    'a:b',
    '1',
    '1000',
    'cpu',
  ),
  fc.uuid(),
);

const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 3 }),
);

const fields = fc.constantFrom(
  ...[
    'id',
    'source_id',
    'timestamp',
    'user',
    'provider',
    'model',
    'status',
    'tokens',
    'usage',
    'tags',
    'prompt',
  ],
  ...[
    'latency_ms',
    'units',
    'characters',
    'error_code',
    'name',
    'roles',
    'project',
    'expires_at',
    'overlap_seconds',
  ],
  ...['discount_percent', 'archived', 'allowed_models', 'kind', 'seconds', '__proto__', 'constructor'],
);

/** A record with some fields replaced. */
const almostRecord = fc.dictionary(fields, value, { maxKeys: 3 }).map((changes) => record(changes));

const body = fc.oneof(
  fc.constant(undefined),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json({ maxDepth: 4 }),
  fc.dictionary(fields, value).map((made) => JSON.stringify(made)),
  almostRecord.map((made) => JSON.stringify(made)),
  fc.array(almostRecord, { maxLength: 5 }).map((made) => JSON.stringify(made)),
  fc.array(almostRecord, { maxLength: 5 }).map((made) => made.map((one) => JSON.stringify(one)).join('\n')),
);

const contentType = fc.constantFrom(
  ...[
    'application/json',
    'application/json',
    'application/x-ndjson',
    'text/csv',
    'text/plain',
    'application/xml',
  ],
  ...['application/json; charset=utf-16', 'multipart/form-data', '', 'x'],
);

const parameter = fc.constantFrom(
  ...[
    'project',
    'user',
    'provider',
    'model',
    'tag',
    'from',
    'to',
    'time_zone',
    'group_by',
    'limit',
    'cursor',
    'q',
  ],
  ...[
    'sort',
    'status',
    'pricing',
    'format',
    'after',
    'usage',
    'at',
    'pod',
    'code',
    'slow_ms',
    'dry_run',
    'confirm',
  ],
);

const query = fc
  .array(fc.tuple(parameter, text), { maxLength: 5 })
  .map((pairs) =>
    pairs.map(([name, given]) => `${name}=${encodeURIComponent(given.toWellFormed())}`).join('&'),
  );

const header = fc.constantFrom(
  ...[
    'idempotency-key',
    'x-request-id',
    'traceparent',
    'accept-encoding',
    'content-encoding',
    'if-match',
    'cookie',
  ],
  ...['origin', 'accept', 'range', 'x-forwarded-for', 'expect-ct'],
);

/** Header values that Node's client can send. */
const headers = fc
  .dictionary(header, text, { maxKeys: 3 })
  .map((made) =>
    Object.fromEntries(
      Object.entries(made).map(([name, given]) => [name, given.replace(/[^\x20-\x7e]/g, '?').trim()]),
    ),
  );

function requests(routes: readonly { method: string; path: string }[], keys: readonly string[]) {
  return fc.record({
    route: fc.constantFrom(...routes),
    parameter: text,
    query,
    method: fc.constantFrom<string | undefined>(
      undefined,
      undefined,
      undefined,
      undefined,
      'PUT',
      'DELETE',
      'POST',
      'OPTIONS',
      'HEAD',
    ),
    headers,
    contentType,
    key: fc.constantFrom(...keys),
    body,
  });
}

type Draft = ReturnType<typeof requests> extends fc.Arbitrary<infer T> ? T : never;

function toRequest({
  route,
  parameter: given,
  query: search,
  method = route.method,
  ...draft
}: Draft): FuzzedRequest {
  const path = route.path.replace(/\{\w+\}/g, encodeURIComponent(given.toWellFormed()) || 'x');
  const sent = /^(GET|HEAD)$/.test(method) ? undefined : draft.body;
  return {
    method,
    path: search === '' ? path : `${path}?${search}`,
    headers: {
      ...draft.headers,
      authorization: `Bearer ${draft.key}`,
      ...(sent !== undefined && { 'content-type': draft.contentType }),
    },
    body: sent,
  };
}

describeWithServers('any request', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let api: TestService;
  let admin: TestService;

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    api = await startService('api', serviceEnvironment(server, database, 'llm_cost_ops_api'));
    admin = await startService('admin', serviceEnvironment(server, database, 'llm_cost_ops_admin'));
  });

  afterAll(async () => {
    await api?.close();
    await admin?.close();
    await server?.remove();
  });

  test.each(['api', 'admin'] as const)(
    'has a documented answer below 500 from the %s server',
    async (kind) => {
      const service = kind === 'api' ? api : admin;
      const prefix = kind === 'api' ? '/api/v1' : '/api/admin/v1';
      const document: OpenApiDocument = (await call(service, `GET ${prefix}/openapi.json`)).body;
      const checker = new OpenApiChecker(document);
      const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
        // A fuzzed revocation of its own key would end the run.
        Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
      );
      const { key } = await projectKey(api, `fuzz-${kind}`);
      const keys = [key, key, await organisationKey(api), 'wrong'];
      const drafts = fc.sample(requests(routes, keys), { numRuns: REQUESTS / 2, seed: 42 });
      const failures: string[] = [];
      const before = process.memoryUsage().heapUsed;
      const queue = drafts.map(toRequest);
      const work = async () => {
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
          failures.push(...(await problemsOf(service, checker, next)));
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
      expect(failures.slice(0, 10)).toEqual([]);
      expect((await call(service, 'GET /health')).status).toBe(200);
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(400e6);
      expect(checker.seen.size).toBeGreaterThan(routes.length);
    },
  );

  async function problemsOf(
    service: TestService,
    checker: OpenApiChecker,
    request: FuzzedRequest,
  ): Promise<string[]> {
    const { method, path, headers: sent, body: given } = request;
    const answer = await call(service, `${method} ${path}`, { headers: sent, body: given });
    const shown = JSON.stringify(request).slice(0, 600);
    if (answer.status === 503)
      return answer.headers.has('retry-after') ? [] : [`503 without Retry-After: ${shown}`];
    if (answer.status >= 500) {
      const line = service
        .logs()
        .split('\n')
        .filter((entry) => entry.includes('"level":"error"'))
        .at(-1);
      return [`${answer.status}: ${shown} ${line?.slice(0, 900)}`];
    }
    if (answer.status < 200 || method === 'OPTIONS' || method === 'HEAD') return [];
    return checker
      .problems(method, path, answer)
      .map((problem) => `${problem}: ${shown} -> ${answer.text.slice(0, 300)}`);
  }
});
