import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SIGNATURE_HEADER, signatureOf } from '../../../service/budgets/events/webhook';
import { writeForServer } from '../../helpers/database-servers';
import { describeWithServers, until } from '../../helpers/servers';
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

describeWithServers('budgets over HTTP', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let service: TestService;
  let time = new Date();
  let key: string;
  let keyId: string;
  let project: string;

  /** Receiver of webhooks, and what it got. */
  const received: { signature: string; body: string }[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const signature = String(request.headers[SIGNATURE_HEADER]);
      received.push({ signature, body: Buffer.concat(chunks).toString() });
      response.writeHead(204).end();
    });
  });

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const environment = {
      ...serviceEnvironment(server, database, 'llm_cost_ops_api'),
      BUDGET_WEBHOOK_HOSTS: '127.0.0.1',
      GATEWAY_SECRET_ARN: '',
      GATEWAY_SECRET_FILE: writeForServer(`${server.folder}/secret`, '{"webhook_signing_key":"a key"}'),
    };
    service = await startService('api', environment, () => time);
  });
  beforeEach(async () => {
    time = new Date();
    ({ key, keyId, project } = await projectKey(service, `budgets ${Math.random()}`));
  });
  afterAll(async () => {
    await service?.close();
    receiver.close();
    await server?.remove();
  });

  const create = (body: object) => call(service, 'POST /api/v1/budgets', { key, body });

  test('count what the current window has spent before they were made, of exactly their scope', async () => {
    await call(service, 'POST /api/v1/requests', { key, body: [record(), record({ user: 'bob' })] });
    const second = await call(service, 'POST /api/v1/keys', {
      ...{ key, body: { name: 'second', roles: ['ingest'] } },
    });
    await call(service, 'POST /api/v1/requests', { key: second.body.key, body: record() });
    // One record is 1,000 tokens of input at 0.15 USD a million, and 200 of output at 0.60.
    const spent = async (body: object) =>
      (await create({ window: 'month', limit_usd: '1', ...body })).body.spent_usd;
    expect(await spent({})).toBe('0.0008100000');
    expect(await spent({ scope: 'user', user: 'ann' })).toBe('0.0005400000');
    expect(await spent({ scope: 'key', key: keyId })).toBe('0.0005400000');
    expect(await spent({ scope: 'key', key: second.body.id })).toBe('0.0002700000');
    expect(await spent({ scope: 'user', user: 'nobody' })).toBe('0.0000000000');
  });

  test('show what is spent, left and projected, and begin again at midnight', async () => {
    const { body } = await create({
      window: 'day',
      time_zone: 'Europe/Berlin',
      warning_usd: '0.0002',
      limit_usd: '1',
    });
    const noon = new Date(new Date(body.starts_at).getTime() + 12 * 3_600_000);
    await call(service, 'POST /api/v1/requests', { key, body: record({ timestamp: body.starts_at }) });
    time = noon;
    const shown = await call(service, `GET /api/v1/budgets/${body.id}`, { key });
    expect(shown.body).toMatchObject({
      ...{ project, scope: 'project', user: null, key: null, window: 'day', spent_usd: '0.0002700000' },
      ...{ reserved_usd: '0.0000000000', remaining_usd: '0.9997300000', unpriced_requests: 0 },
    });
    const length = new Date(body.resets_at).getTime() - new Date(body.starts_at).getTime();
    expect(Number(shown.body.projected_usd)).toBeCloseTo((0.00027 * length) / (12 * 3_600_000), 9);
    time = new Date(new Date(body.resets_at).getTime());
    const next = await call(service, `GET /api/v1/budgets/${body.id}`, { key });
    expect(next.body).toMatchObject({
      starts_at: body.resets_at,
      spent_usd: '0.0000000000',
      projected_usd: null,
    });
  });

  test('send their warnings, signed with the key of the secret, and show them', async () => {
    const { port } = receiver.address() as AddressInfo;
    const hook = { webhook_url: `http://127.0.0.1:${port}/hook` };
    const { body } = await create({ window: 'day', warning_usd: '0.0002', ...hook });
    await call(service, 'POST /api/v1/requests', { key, body: record() });
    // The pod's own keeper notes it within seconds.
    const event = await until(async () => {
      const shown = await call(service, `GET /api/v1/budgets/${body.id}`, { key });
      const [newest] = shown.body.events;
      if (newest?.deliveries[0]?.state !== 'delivered') throw new Error(`not delivered yet: ${shown.text}`);
      return newest;
    });
    expect(event).toMatchObject({
      ...{ kind: 'warning', spent_usd: '0.0002700000', window_starts_at: body.starts_at },
      deliveries: [{ channel: 'webhook', attempts: 1, last_error: null }],
    });
    const [sent = { signature: '', body: '' }] = received;
    expect(JSON.parse(sent.body)).toMatchObject({ id: event.id, budget: { id: body.id, project } });
    const [, seconds] = /^t=(\d+),/.exec(sent.signature) ?? [];
    expect(sent.signature).toBe(`t=${seconds},v1=${signatureOf('a key', Number(seconds), sent.body)}`);
  });

  test('count unpriced requests apart', async () => {
    const { body } = await create({ window: 'day', limit_usd: '1' });
    await call(service, 'POST /api/v1/requests', {
      key,
      body: [record(), record({ model: 'nobody-prices-this' })],
    });
    const shown = await call(service, `GET /api/v1/budgets/${body.id}`, { key });
    expect(shown.body).toMatchObject({ spent_usd: '0.0002700000', unpriced_requests: 1 });
  });

  test('are changed and deleted, each with a row in the audit log', async () => {
    time = new Date(time.getTime() + 5);
    const { body } = await create({
      window: 'day',
      limit_usd: '1',
      webhook_url: 'https://h.example.com/secret',
    });
    expect(body).toMatchObject({ limit_usd: '1.0000000000', webhook_host: 'h.example.com' });
    time = new Date(time.getTime() + 5);
    const route = `/api/v1/budgets/${body.id}`;
    const changed = await call(service, `PATCH ${route}`, {
      key,
      body: { limit_usd: null, warning_usd: '2' },
    });
    expect(changed.body).toMatchObject({ limit_usd: null, warning_usd: '2.0000000000', remaining_usd: null });
    time = new Date(time.getTime() + 5);
    expect(await call(service, `DELETE ${route}`, { key })).toMatchObject({ status: 204 });
    expect(await call(service, `GET ${route}`, { key })).toMatchObject({ status: 404 });
    expect(await call(service, `DELETE ${route}`, { key })).toMatchObject({ status: 404 });
    const audit = await call(service, 'GET /api/v1/audit', { key });
    expect(audit.body.data.slice(0, 3)).toMatchObject([
      { action: 'budget.delete', subject: body.id },
      { action: 'budget.update', subject: body.id, detail: { limit_usd: null, warning_usd: '2' } },
      { action: 'budget.create', subject: body.id },
    ]);
    expect(audit.text).not.toContain('secret');
  });

  test.each([
    [{ window: 'day' }, 422, "one of 'warning_usd' and 'limit_usd' must be an amount"],
    [
      { window: 'day', warning_usd: '2', limit_usd: '1' },
      422,
      "'warning_usd' must be at most 'limit_usd' (1), got 2",
    ],
    [{ window: 'day', limit_usd: '1e3' }, 400, 'limit_usd: must be a decimal'],
    [{ window: 'day', limit_usd: '-1' }, 400, 'limit_usd: must be a decimal'],
    [{ window: 'day', limit_usd: '1', time_zone: 'Mars/Base' }, 400, 'IANA'],
    [{ window: 'day', limit_usd: '1', scope: 'user' }, 400, "'user' must be given with the scope user"],
    [{ window: 'day', limit_usd: '1', user: 'ann' }, 400, "'user' must be given with the scope user"],
    [
      { window: 'day', limit_usd: '1', webhook_url: 'https://10.0.0.1/' },
      422,
      "'webhook_url' must lead to a public",
    ],
    [
      { window: 'day', limit_usd: '1', scope: 'key', key: '0198f000-0000-7000-8000-000000000001' },
      404,
      'the project has no key',
    ],
  ])('fails for %j with %d', async (body, status, detail) => {
    expect(await create(body)).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
  });

  test('go on with the key that replaces a rotated one', async () => {
    const { body } = await create({ scope: 'key', key: keyId, window: 'day', limit_usd: '1' });
    time = new Date(time.getTime() + 5);
    const rotated = await call(service, `POST /api/v1/keys/${keyId}/rotate`, { key, body: {} });
    const { data } = (await call(service, 'GET /api/v1/budgets', { key })).body;
    expect(data).toMatchObject([
      { key: rotated.body.id, window: 'day', limit_usd: '1.0000000000', spent_usd: '0.0000000000' },
      { id: body.id, key: keyId },
    ]);
  });

  test('belong to a project, which a key of the organisation names', async () => {
    const organisation = await organisationKey(service);
    const body = { window: 'day', limit_usd: '1' };
    const without = await call(service, 'POST /api/v1/budgets', { key: organisation, body });
    expect(without).toMatchObject({ status: 400, body: { detail: expect.stringContaining("'project'") } });
    const made = await call(service, 'POST /api/v1/budgets', {
      key: organisation,
      body: { ...body, project },
    });
    expect(made).toMatchObject({ status: 201, body: { project } });
    const listed = await call(service, `GET /api/v1/budgets?project=${project}`, { key: organisation });
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
  });

  test('are made and changed with the role admin only', async () => {
    const reader = await projectKey(service, `reader ${Math.random()}`, { roles: ['read'] });
    const body = { window: 'day', limit_usd: '1' };
    expect(await call(service, 'POST /api/v1/budgets', { key: reader.key, body })).toMatchObject({
      status: 403,
    });
    expect(await call(service, 'GET /api/v1/budgets', { key: reader.key })).toMatchObject({ status: 200 });
  });
});
