import fc from 'fast-check';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import {
  call,
  projectKey,
  record,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from './test-service';

/** Text that only rows of one project hold. */
const MARKS = ['Zaphod-42', 'Trillian-7'] as const;

interface Tenant {
  readonly project: string;
  readonly key: string;
  readonly keyId: string;
  readonly requestId: string;
  readonly budgetId: string;
  readonly mark: string;
}

describeWithServers('a key of a project', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let service: TestService;
  let tenants: Tenant[];

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    service = await startService('api', serviceEnvironment(server, database, 'llm_cost_ops_api'));
    tenants = [];
    for (const mark of MARKS) {
      const made = await projectKey(service, `project ${mark}`);
      const stored = await call(service, 'POST /api/v1/requests', {
        key: made.key,
        // The same user in both projects: only the project keeps them apart.
        body: [record({ user: 'shared', model: mark, prompt: `${mark} ${mark}`, tags: { team: mark } })],
      });
      const budget = await call(service, 'POST /api/v1/budgets', {
        key: made.key,
        body: { scope: 'user', user: mark, window: 'month', limit_usd: '100' },
      });
      tenants.push({ ...made, requestId: stored.body.ids[0], budgetId: budget.body.id, mark });
    }
  });

  afterAll(async () => {
    await service?.close();
    await server?.remove();
  });

  test.each([
    '/api/v1/requests?',
    '/api/v1/requests/export?',
    '/api/v1/users?',
    '/api/v1/budgets?',
    '/api/v1/costs?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&',
    '/api/v1/costs/summary?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&',
    '/api/v1/costs/export?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&',
  ])('is refused by %s for another project', async (path) => {
    const [own, other] = tenants as [Tenant, Tenant];
    const answer = await call(service, `GET ${path}project=${other.project}`, { key: own.key });
    expect(answer).toMatchObject({ status: 403, body: { code: 'project_not_visible' } });
  });

  test('never sees rows, names or ids of another project, whatever it asks', async () => {
    const document = (await call(service, 'GET /api/v1/openapi.json')).body;
    const routes = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
    expect(routes.length).toBeGreaterThan(20);
    const [own, other] = tenants as [Tenant, Tenant];
    const { budgetId } = other;
    const foreign = [
      ...[other.project, other.keyId, other.requestId, budgetId, other.mark, 'shared', `team:${other.mark}`],
    ];
    const names = [
      'project',
      'user',
      'model',
      'tag',
      'cursor',
      'after',
      'q',
      'from',
      'to',
      'group_by',
      'provider',
    ];
    const values = [...foreign, '2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z', 'user', 'project', 'openai'];
    const question = fc.record({
      route: fc.constantFrom(...routes),
      parameter: fc.constantFrom(...foreign),
      query: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)), {
        maxLength: 4,
        selector: ([name]) => name,
      }),
      body: fc.constantFrom(
        undefined,
        { status: 'completed', tokens: { input: 1, output: 1 } },
        { project: other.project },
        { name: 'x', roles: ['read'], project: other.project },
        { store_prompts: false },
        { limit_usd: '0' },
        { scope: 'key', key: other.keyId, window: 'day', limit_usd: '1' },
        { project: other.project, window: 'day', limit_usd: '1' },
        record({ id: other.requestId }),
      ),
    });
    const asked = fc.asyncProperty(question, async ({ route, parameter, query, body }) => {
      const path = route.path.replace(/\{\w+\}/g, encodeURIComponent(parameter));
      const search = new URLSearchParams(query).toString();
      const sent = route.method === 'GET' ? undefined : body;
      const answer = await call(service, `${route.method} ${path}?${search}`, { key: own.key, body: sent });
      // What the caller sent may be in the answer; what it did not know may not.
      const secrets = [other.mark, other.keyId, other.requestId, budgetId, other.project].filter(
        (secret) => !`${path} ${decodeURIComponent(search)} ${JSON.stringify(sent) ?? ''}`.includes(secret),
      );
      for (const secret of secrets) expect(answer.text).not.toContain(secret);
    });
    await fc.assert(asked, { numRuns: 400, seed: 7 });
    // And nothing of the other project has changed.
    const after = await call(service, `GET /api/v1/requests/${other.requestId}`, { key: other.key });
    expect(after.body).toMatchObject({ model: other.mark, prompt: `${other.mark} ${other.mark}` });
    expect((await call(service, 'GET /api/v1/keys', { key: other.key })).body.data).toHaveLength(1);
    const budgets = await call(service, 'GET /api/v1/budgets', { key: other.key });
    expect(budgets.body.data).toMatchObject([{ id: budgetId, limit_usd: '100.0000000000' }]);
  });
});
