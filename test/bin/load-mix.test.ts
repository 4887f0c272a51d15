import { type Operation, openApiDocument } from '../../bin/docs-api/documents';
import { main as load } from '../../bin/load';
import { StubApi } from '../../bin/load/stub-api';
import { costGroupsSchema, costSummarySchema } from '../../service/costs/cost-query';
import { countedListSchema } from '../../service/http/schemas';
import { recordSchema, storedRequestSchema } from '../../service/requests/record';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../lambda/database/postgres';
import { Client } from '../load/client.ts';
import { DEFAULT_MIX } from '../load/mix.ts';
import { readParameters } from '../load/parameters.ts';
import {
  projectKey,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from '../service/http/test-service';

const parameters = readParameters({ BASE_URL: 'http://127.0.0.1', WRITES: 'true' });

/** A request of each entry of the default mix, as a virtual user sends it. */
const requests = DEFAULT_MIX.map((_, index) => new Client(parameters, 'in-turn').next(index));

describe('the default mix', () => {
  let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  beforeAll(async () => {
    ({ paths } = await openApiDocument('api', () => new Date()));
  });

  test.each(requests.map((request) => [request.entry.name, request] as const))(
    '%s is a route of the OpenAPI document, with its parameters and status',
    (_, { entry, url }) => {
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
    const bodies = requests.flatMap(({ body }) => (body === null ? [] : [JSON.parse(body)].flat()));
    expect(bodies.length).toBeGreaterThan(10);
    for (const body of bodies) expect(recordSchema.safeParse(body)).toMatchObject({ success: true });
  });

  test('asks no LLM', () => {
    expect(DEFAULT_MIX.filter(({ kind }) => kind === 'llm')).toEqual([]);
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
