import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
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

describeWithServers('the API', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let service: TestService;
  let database: string;

  beforeAll(async () => {
    server = await TestServer.start();
    database = await serviceDatabase(server);
    service = await startService('api', serviceEnvironment(server, database, 'llm_cost_ops_api'));
  });

  afterAll(async () => {
    await service?.close();
    await server?.remove();
  });

  test('takes days as days of the time zone', async () => {
    const { key } = await projectKey(service, 'days');
    const ask = (query: string) => call(service, `GET /api/v1/costs/summary?${query}`, { key });
    expect(await ask('from=2026-03-29&to=2026-03-30&time_zone=Europe/Berlin')).toMatchObject({
      status: 200,
      // 23 hours: clocks went forward.
      body: { from: '2026-03-28T23:00:00.000Z', to: '2026-03-29T22:00:00.000Z', time_zone: 'Europe/Berlin' },
    });
    expect(await ask('from=2026-03-29&to=2026-03-30')).toMatchObject({
      body: { from: '2026-03-29T00:00:00.000Z', to: '2026-03-30T00:00:00.000Z', time_zone: 'UTC' },
    });
    expect(await ask('from=2026-02-30&to=2026-03-30')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'from', message: expect.stringContaining('must be a day, such as') }] },
    });
    expect(await ask('from=2026-03-29&to=2026-03-30&time_zone=Mars/Olympus')).toMatchObject({ status: 400 });
  });

  test('stores records and answers what they cost', async () => {
    const { key, project } = await projectKey(service, 'costs');
    const stored = await call(service, 'POST /api/v1/requests', {
      key,
      body: [record(), record({ user: 'bob' })],
    });
    expect(stored).toMatchObject({ status: 201, body: { accepted: 2, duplicates: 0, rejected: [] } });

    const history = await call(service, 'GET /api/v1/requests?user=bob', { key });
    expect(history.body).toMatchObject({
      data: [{ id: stored.body.ids[1], project, user: 'bob', cost_usd: '0.0002700000', pricing: 'priced' }],
      total: { count: 1, exact: true },
    });
    const one = await call(service, `GET /api/v1/requests/${stored.body.ids[0]}`, { key });
    expect(one.body).toMatchObject({ user: 'ann', prompt: 'What is the capital of France?' });

    const day = 86_400_000;
    const from = new Date(Math.floor(Date.now() / day) * day).toISOString();
    const to = new Date((Math.floor(Date.now() / day) + 1) * day).toISOString();
    const period = `from=${from}&to=${to}`;
    const summary = await call(service, `GET /api/v1/costs/summary?${period}`, { key });
    expect(summary.body.data).toMatchObject({ cost_usd: '0.0005400000', requests: 2 });
    const groups = await call(service, `GET /api/v1/costs?${period}&group_by=user,model`, { key });
    expect(groups.body.data).toHaveLength(2);
    const csv = await call(service, `GET /api/v1/requests/export?format=csv`, { key });
    expect(csv.text.split('\r\n')).toHaveLength(4);
    const focus = await call(service, `GET /api/v1/costs/export?${period}`, { key });
    expect(focus.status).toBe(200);
    expect(focus.text.split('\r\n').length).toBeGreaterThan(1);
  });

  test('stores a batch of which a record has a key __proto__', async () => {
    const { key } = await projectKey(service, 'prototypes');
    const text = JSON.stringify(record()).replace('{', '{"__proto__": {"status": "active"}, ');
    const headers = { 'content-type': 'application/json' };
    const body = `[${text}, ${JSON.stringify(record())}]`;
    expect(await call(service, 'POST /api/v1/requests', { key, body, headers })).toMatchObject({
      status: 201,
      body: { accepted: 2, rejected: [] },
    });
    const { body: page } = await call(service, 'GET /api/v1/requests?status=completed', { key });
    expect(page.data).toHaveLength(2);
  });

  test.each([
    ['without a body', undefined, undefined],
    ['with null', 'null', { 'content-type': 'application/json' }],
    ['with an empty object', '{}', { 'content-type': 'application/json' }],
  ])('rotates a key and erases a user %s', async (name, body, headers) => {
    const { key, keyId } = await projectKey(service, `defaults ${name}`);
    await call(service, 'POST /api/v1/requests', { key, body: record() });
    expect(await call(service, 'POST /api/v1/users/ann/erase', { key, body, headers })).toMatchObject({
      status: 200,
      body: { erased: 1 },
    });
    expect(await call(service, `POST /api/v1/keys/${keyId}/rotate`, { key, body, headers })).toMatchObject({
      status: 201,
    });
  });

  test('tells callers to ask for less where the database needs too long for a question', async () => {
    const { key } = await projectKey(service, 'slow');
    const { reads } = service.parts.database;
    const query = reads.query.bind(reads);
    const timeout = Object.assign(new Error('canceling statement due to statement timeout'), {
      code: '57014',
    });
    const slow = jest
      .spyOn(reads, 'query')
      .mockImplementation((name, ...rest) =>
        name === 'history-page' ? Promise.reject(timeout) : query(name, ...rest),
      );
    const answer = await call(service, 'GET /api/v1/requests?provider=openai', { key });
    slow.mockRestore();
    expect(answer).toMatchObject({ status: 400, body: { code: 'period_too_long' } });
    expect(answer.headers.get('retry-after')).toBeNull();
  });

  test('is asked by the organisation about all projects', async () => {
    const key = await organisationKey(service);
    const answer = await call(service, 'GET /api/v1/projects', { key });
    expect(answer.body.data.length).toBeGreaterThan(1);
  });
});
