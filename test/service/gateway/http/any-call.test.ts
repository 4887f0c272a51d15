import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describeWithServers } from '../../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../../lambda/database/postgres';
import { call, organisationKey, projectKey } from '../../http/test-service';
import { startGateway, type TestGateway } from './gateway-service';

/** Calls of a run; `npm run fuzz:service` sends more. */
const CALLS = Math.min(5000, Number(process.env['FUZZ_REQUESTS'] ?? 600));

const CONCURRENCY = 8;

const ROUTES = [
  '/api/v1/chat/completions',
  '/api/v1/responses',
  '/api/v1/embeddings',
  '/api/v1/messages',
  '/api/v1/messages/count_tokens',
];

/** Statuses from 500 on that the gateway gives by design; each names its code. */
const BY_DESIGN = new Set([502, 503, 504, 529]);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '1e999',
    'data:image/png;base64,AAAA',
    'data:,',
    'gpt-4o-mini',
    '__proto__',
  ),
);

const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 3 }),
);

const field = fc.constantFrom(
  ...['model', 'messages', 'input', 'stream', 'stream_options', 'temperature', 'max_tokens', 'n', 'user'],
  ...[
    'max_completion_tokens',
    'max_output_tokens',
    'tools',
    'tool_choice',
    'metadata',
    'service_tier',
    'store',
  ],
  ...['safety_identifier', 'response_format', 'system', 'previous_response_id', 'background', 'dimensions'],
  ...['audio', 'modalities', 'thinking', 'content', 'encoding_format', '__proto__', 'constructor'],
);

/** Contents of a message: text, parts of known and unknown kinds, and anything. */
const content = fc.oneof(
  text,
  fc.array(
    fc.oneof(
      text.map((made) => ({ type: 'text', text: made })),
      text.map((url) => ({ type: 'image_url', image_url: { url } })),
      fc.record({
        type: fc.constantFrom('image', 'document', 'tool_result', 'input_image', 'file'),
        source: value,
      }),
      fc.jsonValue({ maxDepth: 2 }),
    ),
    { maxLength: 4 },
  ),
  value,
);

/** A body that a provider would take, but for some fields. */
const almostValid = fc
  .tuple(
    fc.constantFrom(
      'gpt-4o-mini',
      'claude-sonnet-4-5',
      'text-embedding-3-small',
      'gpt-4o-mini-sim-cut-2-tokens-9',
    ),
    content,
    fc.boolean(),
    fc.dictionary(field, value, { maxKeys: 3 }),
  )
  .map(([model, made, stream, changes]) =>
    JSON.stringify({
      ...{ model, stream, max_tokens: 9, messages: [{ role: 'user', content: made }], input: made },
      ...changes,
    }),
  );

const body = fc.oneof(
  { weight: 5, arbitrary: almostValid },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{', '[]', 'null', `{"a":${'['.repeat(5000)}`, '{"model":"gpt-4o-mini"'),
  },
);

const JSON_MOSTLY = [
  ...Array<string>(9).fill('application/json'),
  'text/plain',
  'application/json; charset=utf-16',
  'x',
];

const headers = fc.record(
  {
    'x-llm-user': fc.constantFrom('', 'ann', 'x'.repeat(500), '%00'),
    'x-llm-tags': fc.constantFrom('', 'team=search', 'team', '=', 'a=b,a=c', 'x'.repeat(3000)),
    'cache-control': fc.constantFrom('', 'no-store', 'no-cache', 'max-age=0, no-store', ',,'),
    'idempotency-key': fc.constantFrom('', 'k', 'x'.repeat(3000)),
    'anthropic-version': fc.constantFrom('', '2023-06-01', 'x'.repeat(300)),
    'anthropic-beta': fc.constantFrom('a', 'a,b'),
    'content-type': fc.constantFrom(...JSON_MOSTLY),
  },
  { requiredKeys: [] },
);

describeWithServers('any call of the gateway', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    server = await TestServer.start();
    gateway = await startGateway(server);
  });
  afterAll(async () => {
    await gateway?.close();
    await server?.remove();
  });

  async function send(path: string, sent: string, given: Record<string, string | undefined>, key: string) {
    const set = Object.entries({ 'content-type': 'application/json', ...given }).flatMap(([name, one]) =>
      one === undefined || one === '' ? [] : [[name, one]],
    );
    const response = await fetch(`${gateway.service.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...Object.fromEntries(set) },
      body: sent,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  test('has an answer, or an error in the shape of its API; the server goes on', async () => {
    const organisation = await organisationKey(gateway.service);
    const made = fc.record({
      path: fc.constantFrom(...ROUTES),
      sent: body,
      given: headers,
      key: fc.constantFrom(gateway.key, gateway.key, gateway.key, organisation, 'wrong'),
    });
    const drafts = fc.sample(made, { numRuns: CALLS, seed: 7 });
    const failures: string[] = [];
    const statuses = new Map<number, number>();
    // The server shares its process with the test. While that compiles, it may be late, and ask for another attempt.
    const refusals: (string | undefined)[] = [];
    let again = 400;
    const work = async () => {
      for (let next = drafts.pop(); next !== undefined; next = drafts.pop()) {
        const answer = await send(next.path, next.sent, next.given, next.key);
        if (answer.status === 503 && again > 0) {
          again -= 1;
          refusals.push(problemOf(next.path, answer));
          drafts.push(next);
          await sleep(50);
          continue;
        }
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const problem = problemOf(next.path, answer);
        if (problem !== undefined)
          failures.push(`${problem}: ${JSON.stringify(next).slice(0, 600)} ${answer.text}`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    expect(failures.slice(0, 5)).toEqual([]);
    expect(refusals.filter((problem) => problem !== undefined)).toEqual([]);
    // The bodies are good enough to get through, and bad enough to be refused.
    expect(statuses.get(200)).toBeGreaterThan(CALLS / 20);
    expect(statuses.get(400)).toBeGreaterThan(CALLS / 20);
    expect((await call(gateway.service, 'GET /health')).status).toBe(200);
    expect(gateway.service.logs()).not.toContain('"a call of the gateway failed"');
  });

  test.each([
    ['without a body', undefined, undefined],
    ['with an empty body', '', 'application/json'],
    ['with a text', '{"model":"gpt-4o-mini"}', 'text/plain'],
    ['with lines', '{"model":"gpt-4o-mini"}', 'application/x-ndjson'],
  ])('is refused %s', async (_, sent, type) => {
    for (const path of ROUTES) {
      const { status, body: answered } = await call(gateway.service, `POST ${path}`, {
        ...{ key: gateway.key, body: sent },
        ...(type !== undefined && { headers: { 'content-type': type } }),
      });
      expect([path, status, answered.error.message]).toEqual([path, 400, expect.any(String)]);
    }
  });

  function problemOf(
    path: string,
    { status, headers: sent, text: answered }: Awaited<ReturnType<typeof send>>,
  ) {
    if (status >= 500 && !BY_DESIGN.has(status)) return `${status}`;
    if (status < 400) return undefined;
    const isJson = sent.get('content-type')?.startsWith('application/json') === true;
    if (!isJson) return `${status} as ${sent.get('content-type')}`;
    const { type, error } = JSON.parse(answered);
    if (typeof error?.message !== 'string') return `${status} without a message`;
    if (path.startsWith('/api/v1/messages') && type !== 'error') return `${status} not in Anthropic's shape`;
    if ((status === 503 || status === 529) && !sent.has('retry-after'))
      return `${status} without Retry-After`;
    return undefined;
  }

  test('never gets an answer that was kept for another project', async () => {
    const projects = await Promise.all(
      ['one', 'other'].map(async (name) => projectKey(gateway.service, name, { roles: ['gateway'] })),
    );
    const keys = projects.map(({ key }) => key);
    const known = new Set<string>();
    const question = fc.record({
      asking: fc.nat({ max: 1 }),
      path: fc.constantFrom('/api/v1/chat/completions', '/api/v1/embeddings', '/api/v1/messages'),
      asked: fc.constantFrom('a', 'b', 'c', keys[0] ?? '', projects[0]?.project ?? ''),
      user: fc.constantFrom('ann', projects[0]?.project ?? '', projects[1]?.project ?? ''),
      beta: fc.constantFrom('', 'x'),
      stream: fc.boolean(),
    });
    for (const { asking, path, asked, user, beta, stream } of fc.sample(question, {
      numRuns: 150,
      seed: 3,
    })) {
      const model = path.endsWith('messages') ? 'claude-haiku-4-5' : 'gpt-4o-mini';
      const sent = JSON.stringify({
        ...{ model, temperature: 0, max_tokens: 5, input: asked },
        ...(!path.endsWith('embeddings') && { stream }),
        messages: [{ role: 'user', content: asked }],
      });
      const given = { 'x-llm-user': user, 'anthropic-beta': beta };
      const answer = await send(path, sent, given, keys[asking] ?? '');
      const same = `${asking} ${path} ${asked} ${beta}`;
      expect(answer.status).toBe(200);
      if (answer.headers.get('x-cache') === 'hit') expect(known).toContain(same);
      known.add(same);
    }
    expect(known.size).toBeGreaterThan(30);
  });
});
