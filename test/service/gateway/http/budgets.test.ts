import { describeWithServers, until } from '../../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../../lambda/database/postgres';
import { call } from '../../http/test-service';
import { rowsOf, startGateway, type TestGateway } from './gateway-service';

const QUESTION = {
  ...{ model: 'gpt-4o-mini', max_tokens: 1000, temperature: 1 },
  messages: [{ role: 'user', content: 'Say hello.' }],
};

describeWithServers('the gateway under a budget', DATABASE_PROGRAMS, () => {
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

  test('answers calls as long as their worst cases fit, and the others with 429 in the shape of the caller', async () => {
    const { service, key, keyId } = gateway;
    // The worst case of a call is somewhat above 1,000 tokens of output at 0.60 USD a million.
    const budget = { scope: 'key', key: keyId, window: 'month', limit_usd: '0.0025' };
    const made = await call(service, 'POST /api/v1/budgets', { key, body: budget });
    expect(made.status).toBe(201);
    const ask = (body: object) => call(service, 'POST /api/v1/chat/completions', { key, body });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(QUESTION)));
    const passed = answers.filter(({ status }) => status === 200);
    expect(passed.length).toBeGreaterThanOrEqual(1);
    expect(new Set(answers.map(({ status }) => status)).size).toBeLessThanOrEqual(2);
    // No order of calls makes room for this one: 10,000 tokens of output.
    const tooMuch = { ...QUESTION, max_tokens: 10_000 };
    const refused = await ask(tooMuch);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'budget_exceeded' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const anthropic = { ...tooMuch, model: 'claude-sonnet-4-5' };
    const other = await call(service, 'POST /api/v1/messages', { key, body: anthropic });
    expect(other).toMatchObject({
      status: 429,
      body: { type: 'error', error: { type: 'rate_limit_error' } },
    });
    const rows = await rowsOf(gateway, passed.length);
    expect(rows.filter(({ status }) => status === 'completed')).toHaveLength(passed.length);
    // Everything that was held is given back once the ledger has the rows.
    const route = `GET /api/v1/budgets/${made.body.id}`;
    const shown = await until(async () => {
      const { body } = await call(service, route, { key });
      if (body.reserved_usd !== '0.0000000000') throw new Error(`still held: ${body.reserved_usd}`);
      return body;
    });
    const cost = rows.reduce((sum, { cost_usd }) => sum + BigInt(cost_usd.replace('.', '')), 0n);
    expect(BigInt(shown.spent_usd.replace('.', ''))).toBe(cost);
    expect(cost).toBeGreaterThan(0n);
    expect(cost).toBeLessThanOrEqual(25_000_000n);
    expect(shown.events).toMatchObject([{ kind: 'limit' }]);
  });
});
