import { type Operation, openApiDocument } from '../../bin/docs-api/documents';
import { main as load } from '../../bin/load';
import { StubApi } from '../../bin/load/stub-api';
import { GATEWAY_PATHS } from '../../service/contract';
import { costGroupsSchema, costSummarySchema } from '../../service/costs/cost-query';
import { countedListSchema } from '../../service/http/schemas';
import { recordSchema, storedRequestSchema } from '../../service/requests/record';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../lambda/database/postgres';
import { Client } from '../load/client.ts';
import { DEFAULT_MIX } from '../load/mix.ts';
import { readParameters } from '../load/parameters.ts';
import { PRODUCT_MIX } from '../load/product-mix.ts';
import {
  projectKey,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from '../service/http/test-service';

/** A request of each entry of a mix, as a virtual user sends it. */
function requestsOf(mix: Readonly<Record<string, string>>) {
  const parameters = readParameters({ BASE_URL: 'http://127.0.0.1', WRITES: 'true', ...mix });
  return parameters.mix.map((_, index) => new Client(parameters, 'in-turn').next(index));
}

const requests = { default: requestsOf({}), product: requestsOf({ MIX: 'product' }) };
const named = Object.entries(requests).flatMap(([mix, list]) =>
  list.map((request) => [request.entry.name, mix, request] as const),
);

describe('a mix', () => {
  let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  beforeAll(async () => {
    ({ paths } = await openApiDocument('api', () => new Date()));
  });

  test.each(named.filter(([, , { entry }]) => entry.kind === 'llm'))(
    '%s of the %s mix is a call of the gateway',
    (_name, _mix, { entry }) => {
      expect(GATEWAY_PATHS).toContain(entry.path);
    },
  );

  test.each(named.filter(([, , { entry }]) => entry.kind !== 'llm'))(
    '%s of the %s mix is a route of the OpenAPI document, with its parameters and status',
    (_name, _mix, { entry, url }) => {
      const { pathname, searchParams } = new URL(url);
      const operation = paths[pathname]?.[entry.method.toLowerCase()];
      expect(Object.keys(operation?.responses ?? {})).toContain(String(entry.status));
      const parameters = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'query');
      const names = parameters.map(({ name }) => name);
      const needed = parameters.filter(({ required }) => required === true).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining([...searchParams.keys()]));
      expect([...searchParams.keys()]).toEqual(expect.arrayContaining(needed));
      if (entry.cursor !== undefined) expect(names).toContain('cursor');
    },
  );

  test('sends valid records', () => {
    const records = Object.values(requests)
      .flat()
      .filter(({ entry }) => entry.method === 'POST' && entry.path === '/api/v1/requests');
    const bodies = records.flatMap(({ body }) => [JSON.parse(String(body))].flat());
    expect(bodies.length).toBeGreaterThan(20);
    for (const body of bodies) expect(recordSchema.safeParse(body)).toMatchObject({ success: true });
  });

  test('asks an LLM only where it is told to: it costs money', () => {
    expect(DEFAULT_MIX.filter(({ kind }) => kind === 'llm')).toEqual([]);
    expect(PRODUCT_MIX.filter(({ kind }) => kind === 'llm')).toHaveLength(4);
  });

  test('of the product is mostly calls, some of which no cache may answer', () => {
    const weightOf = (fits: (entry: (typeof PRODUCT_MIX)[number]) => boolean) =>
      PRODUCT_MIX.filter(fits).reduce((sum, { weight }) => sum + weight, 0);
    const isLlm = ({ kind }: (typeof PRODUCT_MIX)[number]) => kind === 'llm';
    expect([weightOf(() => true), weightOf(isLlm)]).toEqual([100, 60]);
    const unique = weightOf((entry) => isLlm(entry) && !JSON.stringify(entry.body).includes('{popular}'));
    expect(unique).toBe(8);
  });

  test('of the product asks some prompts often', () => {
    const parameters = readParameters({
      BASE_URL: 'http://127.0.0.1',
      WRITES: 'true',
      MIX: JSON.stringify(PRODUCT_MIX.slice(0, 1)),
    });
    const client = new Client(parameters);
    const bodies = Array.from({ length: 2000 }, (_, index) => client.next(index).body);
    const first = bodies.filter((body) => body?.includes('question 1:')).length;
    // A ninth of them by Zipf's law with 5,000 prompts, which is 220; the others are many.
    expect(first).toBeGreaterThan(120);
    expect(first).toBeLessThan(400);
    expect(new Set(bodies).size).toBeGreaterThan(700);
  });
});

test("the command's own server answers in the shapes of the API", async () => {
  const api = new StubApi('good', () => performance.now());
  const origin = await api.listen();
  const answer = async (path: string) => (await fetch(`${origin}${path}`)).json();
  costSummarySchema.strict().parse(await answer('/api/v1/costs/summary'));
  costGroupsSchema.strict().parse(await answer('/api/v1/costs'));
  countedListSchema(storedRequestSchema)
    .strict()
    .parse(await answer('/api/v1/requests'));
  await api.close();
});

describeWithServers('against the API', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let service: TestService;
  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    service = await startService('api', serviceEnvironment(server, database, 'llm_cost_ops_api'));
  });
  afterAll(async () => {
    await service?.close();
    await server?.remove();
  });

  test('every request of the smoke test has the status of the mix', async () => {
    const { key } = await projectKey(service, 'load-test');
    const { out, errors } = await runMain(
      load,
      ...['--scenario', 'smoke', '--target', service.url, '--seconds', '1', '--json'],
      ...['-e', 'WRITES=true', '-e', `API_TOKEN=${key}`],
    );
    expect(errors).toEqual([]);
    expect(JSON.parse(out).thresholds).toContainEqual(
      expect.objectContaining({ text: 'checks{scenario:smoke,kind:api}: rate>0.999', measured: 1 }),
    );
  });
});
