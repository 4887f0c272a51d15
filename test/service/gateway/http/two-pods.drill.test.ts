import { parseUsd } from '../../../../service/prices/money';
import { describeWithServers, until } from '../../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../../lambda/database/postgres';
import { ValkeyServer } from '../../cache/valkey-server';
import type { TestService } from '../../http/test-service';
import { call, callWhenFree, organisationKey, projectKey, startService } from '../../http/test-service';
import { rowsOf, startGateway, type TestGateway } from './gateway-service';

const CHAT = 'POST /api/v1/chat/completions';
const MESSAGES = 'POST /api/v1/messages';

/** Output tokens of each answer that does not ask for fewer. */
const OUTPUT = 1000;

describeWithServers('two pods with one Valkey', [...DATABASE_PROGRAMS, 'valkey-server'], () => {
  let server: TestServer;
  let valkey: ValkeyServer;
  let gateway: TestGateway;
  let pods: readonly [TestService, TestService];

  beforeAll(async () => {
    [server, valkey] = await Promise.all([TestServer.start(), ValkeyServer.start()]);
    const environment = {
      ...{ CACHE_HOST: '127.0.0.1', CACHE_PORT: String(valkey.port), CACHE_AUTHENTICATION: 'none' },
      ...{ CACHE_TLS: 'false', CACHE_CLUSTER_MODE: 'false', CACHE_RETRY_MAX_MS: '100' },
    };
    gateway = await startGateway(server, { environment, provider: { behaviour: { outputTokens: OUTPUT } } });
    pods = [gateway.service, await startService('api', { ...gateway.environment, HOSTNAME: 'pod-2' })];
    await Promise.all(
      pods.map(({ parts }) =>
        until(async () => expect(await parts.metrics.page()).toContain('\ncache_connected 1\n')),
      ),
    );
  });

  afterAll(async () => {
    await pods?.[1].close();
    await gateway?.close();
    await Promise.all([server?.remove(), valkey?.remove()]);
  });

  const ask = (content: string, changes: object = {}) => ({
    model: 'gpt-4o-mini',
    temperature: 0,
    messages: [{ role: 'user', content }],
    ...changes,
  });

  /** A project of its own with a key, whose rows are those of one test. */
  async function newProject(name: string, change: Parameters<typeof projectKey>[2] = {}) {
    const made = await projectKey(pods[0], name, { roles: ['gateway', 'read', 'admin'], ...change });
    return { service: pods[0], ...made };
  }

  const podOf = (index: number) => pods[index % pods.length] as TestService;

  /** Sends calls to the pods in turn, all at once. */
  const sendAll = (count: number, route: string, key: string, body: object) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => callWhenFree(podOf(index), route, { key, body })),
    );

  /** Calls that the provider received while something was done. */
  async function providerCalls(work: () => Promise<unknown>): Promise<number> {
    const before = gateway.provider.calls.total;
    await work();
    return gateway.provider.calls.total - before;
  }

  test('send one of 1,000 identical calls to the provider, and account for all', async () => {
    const project = await newProject('thousand');
    const body = ask('one?', { model: 'gpt-4o-mini-sim-latency-1000' });
    let answers: Awaited<ReturnType<typeof sendAll>> = [];
    const calls = await providerCalls(async () => {
      answers = await sendAll(1000, CHAT, project.key, body);
    });
    expect(calls).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const rows = await rowsOf(project, 1000);
    expect(rows.filter(({ cache_hit }) => !cache_hit)).toHaveLength(1);
  });

  test("give a pod's failure to those who wait in the other one, the same error for all", async () => {
    const project = await newProject('failure');
    const body = ask('failing?', { model: 'gpt-4o-mini-sim-latency-600-error-422' });
    let answers: Awaited<ReturnType<typeof sendAll>> = [];
    const calls = await providerCalls(async () => {
      answers = await sendAll(20, CHAT, project.key, body);
    });
    expect(calls).toBe(1);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(422);
    const rows = await rowsOf(project, 20);
    expect(rows.map(({ status, cost_usd }) => `${status} ${cost_usd}`)).toEqual(
      Array(20).fill('failed 0.0000000000'),
    );
  });

  test('give a failure without an answer to those who wait in the other one, too', async () => {
    const project = await newProject('reset');
    const body = ask('reset?', { model: 'gpt-4o-mini-sim-latency-400-reset' });
    const answers = await sendAll(10, CHAT, project.key, body);
    expect(new Set(answers.map(({ status, body: { error } }) => `${status} ${error.code}`))).toEqual(
      new Set(['502 provider_connection_lost']),
    );
    // The attempts of one call, not of ten.
    const attempts = gateway.provider.calls.newest.filter(({ model }) => model === body.model);
    expect(new Set(attempts.map(({ key }) => key)).size).toBe(1);
    expect(await rowsOf(project, 10)).toHaveLength(10);
  });

  test("take each other's answers from the shared layer", async () => {
    const { key } = await newProject('shared');
    const body = ask('shared?');
    const first = await call(pods[0], CHAT, { key, body });
    const second = await until(async () => {
      const answer = await call(pods[1], CHAT, { key, body: { ...body, user: 'other' } });
      expect(answer.headers.get('x-cache')).toBe('hit');
      return answer;
    });
    expect([first.headers.get('x-cache'), second.text]).toEqual(['miss', first.text]);
  });

  test('lead a call themselves once the lease of a pod that died has run out', async () => {
    const { key } = await newProject('lease');
    const body = ask('lease?', { model: 'gpt-4o-mini-sim-latency-500-error-422' });
    // Learns the name of the lease from a call that fails, so that nothing is kept.
    const failing = call(pods[0], CHAT, { key, body });
    const lease = await until(async () => {
      const [name] = (await valkey.send('KEYS', 'd:*:lease')) as string[];
      if (name === undefined) throw new Error('no pod leads');
      return name;
    });
    await failing;
    await until(async () => expect(await valkey.send('EXISTS', lease)).toBe(0));
    await valkey.send('SET', lease, 'a-pod-that-died', 'PX', '900');
    const calls = providerCalls(async () =>
      expect((await call(pods[1], CHAT, { key, body })).status).toBe(422),
    );
    await until(async () => expect(await valkey.send('EXISTS', lease)).toBe(1));
    expect(await calls).toBe(1);
    expect(await valkey.send('GET', lease)).not.toBe('a-pod-that-died');
  });

  test('finish a shared call when its pod closes, and go on without that pod', async () => {
    const project = await newProject('closing');
    const third = await startService('api', { ...gateway.environment, HOSTNAME: 'pod-3' });
    const body = ask('closing?', { model: 'gpt-4o-mini-sim-latency-800' });
    const before = gateway.provider.calls.total;
    const leading = call(third, CHAT, { key: project.key, body });
    await until(async () => expect(gateway.provider.calls.total).toBe(before + 1));
    const closing = third.close();
    const following = await call(pods[0], CHAT, { key: project.key, body });
    expect([(await leading).status, following.status]).toEqual([200, 200]);
    expect(gateway.provider.calls.total).toBe(before + 1);
    await closing;
    expect(await rowsOf(project, 2)).toHaveLength(2);
  });

  test('let through at most what a budget has room for, of 100 calls at once', async () => {
    const project = await newProject('budget');
    const { key } = project;
    // 1,000 output tokens at 0.60 USD a million; the input of some hundred bytes adds little to it.
    const limit = '0.0063';
    const made = await call(pods[0], 'POST /api/v1/budgets', {
      key,
      body: { window: 'day', limit_usd: limit },
    });
    const body = ask('budget?', { temperature: 1, max_tokens: OUTPUT });
    // Every pod knows of a new budget within 10 s.
    const early = await Promise.all(pods.map((pod) => callsUntilKnown(pod, key)));
    const answers = await sendAll(100, CHAT, key, body);
    const passed = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    expect(passed.length + refused.length).toBe(100);
    expect(passed.length).toBeLessThanOrEqual(10);
    expect(passed.length).toBeGreaterThan(0);
    for (const { body: problem, headers } of refused) {
      expect(problem.error).toMatchObject({ code: 'budget_exceeded', message: expect.any(String) });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const expected = early.reduce((total, count) => total + count, passed.length);
    const rows = await rowsOf(project, expected);
    expect(rows).toHaveLength(expected);
    const sum = rows.reduce((total, { cost_usd }) => total + (parseUsd(cost_usd) ?? 0n), 0n);
    await until(async () => {
      const shown = await call(pods[1], `GET /api/v1/budgets/${made.body.id}`, { key });
      expect(parseUsd(shown.body.spent_usd)).toBe(sum);
    });
  });

  /**
   * Sends calls that the budget has no room for until a pod knows it and refuses one.
   * @returns those that were answered before
   */
  async function callsUntilKnown(pod: TestService, key: string): Promise<number> {
    const body = ask('known?', { temperature: 1, max_tokens: 16_000 });
    let answered = 0;
    await until(async () => {
      const { status } = await call(pod, CHAT, { key, body });
      if (status === 200) answered += 1;
      expect(status).toBe(429);
    });
    return answered;
  }

  test("refuse in Anthropic's shape where the caller speaks that", async () => {
    const { key } = await newProject('anthropic');
    await call(pods[0], 'POST /api/v1/budgets', { key, body: { window: 'day', limit_usd: '0.0001' } });
    const body = { model: 'claude-sonnet-4-5', max_tokens: 1000, messages: [{ role: 'user', content: 'a' }] };
    for (const pod of pods) {
      await until(async () => {
        const { status, body: error, headers } = await call(pod, MESSAGES, { key, body });
        expect(status).toBe(429);
        expect(error).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      });
    }
  });

  test('count the tokens of a minute together', async () => {
    const { key } = await newProject('tokens', { tokensPerMinute: 2500 });
    const body = ask('tokens?', { temperature: 1, max_tokens: 1000 });
    const answers = [];
    for (let index = 0; index < 4; index += 1) answers.push(await call(podOf(index), CHAT, { key, body }));
    const refused = answers.filter(({ status }) => status === 429);
    // A minute may end in between: the next one has room for two, too.
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(refused[0]?.body.error.code).toBe('tokens_per_minute');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test.each([
    ['OpenAI', CHAT, 'gpt-4o', { error: { code: 'model_not_allowed' } }],
    ['Anthropic', MESSAGES, 'claude-sonnet-4-5', { type: 'error', error: { type: 'permission_error' } }],
  ])(
    "refuse models that the key may not use, in %s's shape, without a row",
    async (name, route, model, error) => {
      const project = await newProject(`models ${name}`, { allowedModels: ['gpt-4o-mini'] });
      const body = { ...ask('allowed?', { model }), max_tokens: 10 };
      const refused = await call(pods[1], route, { key: project.key, body });
      expect(refused).toMatchObject({ status: 403, body: error });
      expect((await call(pods[1], CHAT, { key: project.key, body: ask('allowed?') })).status).toBe(200);
      expect(await rowsOf(project, 1)).toHaveLength(1);
    },
  );

  test('make no rows for counts of tokens and lists of models', async () => {
    const project = await newProject('no rows');
    const body = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'How many?' }] };
    const count = await call(pods[0], 'POST /api/v1/messages/count_tokens', { key: project.key, body });
    expect(count).toMatchObject({ status: 200, body: { input_tokens: expect.any(Number) } });
    expect((await call(pods[0], 'GET /api/v1/models', { key: project.key })).status).toBe(200);
    // A call after them has a row, so theirs would be there, too.
    await call(pods[0], CHAT, { key: project.key, body: ask('row?') });
    expect(await rowsOf(project, 1)).toHaveLength(1);
  });

  test('forget the answers of a user who is erased, in every layer, and keep those of others', async () => {
    const { key } = await newProject('erasure');
    const of = (user: string) => ({ key, body: ask(`about ${user}`), headers: { 'x-llm-user': user } });
    for (const user of ['ann', 'bob']) {
      await call(pods[0], CHAT, of(user));
      await until(async () =>
        expect((await call(pods[1], CHAT, of(user))).headers.get('x-cache')).toBe('hit'),
      );
    }
    // Rows are what erasure finds the user by.
    await until(async () =>
      expect((await call(pods[0], 'GET /api/v1/users', { key })).text).toContain('"ann"'),
    );
    expect((await call(pods[0], 'POST /api/v1/users/ann/erase', { key, body: {} })).status).toBe(200);
    // The other pod hears of it a moment later; what it then asks for is a new answer.
    await until(async () => {
      const { headers } = await call(pods[1], CHAT, of('ann'));
      expect(headers.get('x-cache')).toBe('miss');
    });
    expect((await call(pods[1], CHAT, of('bob'))).headers.get('x-cache')).toBe('hit');
  });

  test("follow a project's choice of the answers that are kept", async () => {
    const { key, project } = await newProject('choice');
    const organisation = await organisationKey(pods[0]);
    const varied = { key, body: ask('choice?', { temperature: 1 }) };
    const same = { key, body: ask('choice?') };
    const results = async (sent: typeof same) => {
      const { headers } = await call(pods[1], CHAT, sent);
      return headers.get('x-cache');
    };
    const choose = async (answer_caching: string, expected: readonly [string, string]) => {
      await call(pods[0], `PATCH /api/v1/projects/${project}`, {
        ...{ key: organisation, body: { answer_caching } },
      });
      await until(async () => expect([await results(varied), await results(same)]).toEqual(expected));
    };
    expect(await results(varied)).toBe('bypass');
    await choose('all', ['hit', 'hit']);
    await choose('off', ['bypass', 'bypass']);
    await choose('default', ['bypass', 'hit']);
  });
});
