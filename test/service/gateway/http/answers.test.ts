import OpenAI from 'openai';
import { TestServer } from '../../../lambda/database/postgres';
import { call, projectKey } from '../../http/test-service';
import { rowsOf, startGateway, type TestGateway } from './gateway-service';

const CHAT = 'POST /api/v1/chat/completions';

describe('answers of the gateway', () => {
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

  const ask = (content: string, changes: object = {}) => ({
    model: 'gpt-4o-mini',
    temperature: 0,
    messages: [{ role: 'user', content }],
    ...changes,
  });

  const send = (body: object, key = gateway.key, headers = {}) =>
    call(gateway.service, CHAT, { key, body, headers });

  /** A project of its own, whose rows are those of one test. */
  async function newProject(name: string) {
    const made = await projectKey(gateway.service, name, { roles: ['gateway', 'read'] });
    return { service: gateway.service, ...made };
  }

  test('are kept where they are the same each time; a repeated one costs 0 and stores what it saved', async () => {
    const project = await newProject('kept');
    const first = await send(ask('kept?'), project.key);
    const second = await send(ask('kept?'), project.key);
    expect([first, second].map(({ headers }) => headers.get('x-cache'))).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('x-llm-cost-usd')).toBe('0.0000000000');
    const cost = first.headers.get('x-llm-cost-usd');
    const rows = await rowsOf(project, 2);
    expect(rows.find(({ cache_hit }) => cache_hit)).toMatchObject({
      cost_usd: '0.0000000000',
      saved_cost_usd: cost,
    });
    expect(rows.find(({ cache_hit }) => !cache_hit)).toMatchObject({
      cost_usd: cost,
      saved_cost_usd: '0.0000000000',
    });
  });

  test('are shared between whole and streamed calls', async () => {
    const { key } = await newProject('streamed');
    const client = new OpenAI({ apiKey: key, baseURL: `${gateway.service.url}/api/v1`, maxRetries: 0 });
    const whole = await send(ask('both?'), key);
    const stream = await client.chat.completions.create({
      ...(ask('both?') as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming),
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(whole.body.choices[0].message.content);
    // The other way round: a stream is put together for those who want the whole.
    await (
      await client.chat.completions.create({
        ...(ask('other way?') as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming),
        stream: true,
      })
    ).controller.abort();
  });

  test.each([
    ['a temperature above 0', ask('bypass 1', { temperature: 1 }), {}, ['bypass', 'bypass']],
    ['Cache-Control: no-store', ask('bypass 2'), { 'cache-control': 'no-store' }, ['bypass', 'bypass']],
    ['Cache-Control: no-cache', ask('bypass 3'), { 'cache-control': 'no-cache' }, ['bypass', 'bypass']],
  ])('are not taken from the cache with %s', async (_why, body, headers, expected) => {
    const { key } = await newProject(`bypass ${_why}`);
    const answers = [await send(body, key, headers), await send(body, key, headers)];
    expect(answers.map((answer) => answer.headers.get('x-cache'))).toEqual(expected);
  });

  test('of one project are never those of another', async () => {
    const [one, other] = [await newProject('one'), await newProject('other')];
    const answers = [await send(ask('whose?'), one.key), await send(ask('whose?'), other.key)];
    expect(answers.map(({ headers }) => headers.get('x-cache'))).toEqual(['miss', 'miss']);
  });

  test('are not kept where the provider fails', async () => {
    const { key } = await newProject('failures');
    const body = ask('failing?', { model: 'gpt-4o-mini-sim-error-400' });
    const answers = [await send(body, key), await send(body, key)];
    expect(answers.map(({ status, headers }) => [status, headers.get('x-cache')])).toEqual([
      [400, 'miss'],
      [400, 'miss'],
    ]);
  });

  test('reach all of many identical calls with one call to the provider', async () => {
    const project = await newProject('many');
    const before = gateway.provider.calls.total;
    const body = ask('many?', { model: 'gpt-4o-mini-sim-latency-300' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(body, project.key)));
    expect(gateway.provider.calls.total - before).toBe(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('x-cache') === 'miss')).toHaveLength(1);
    const rows = await rowsOf(project, 50);
    expect(rows.filter(({ cache_hit }) => !cache_hit)).toHaveLength(1);
  });

  test('fail for all of many identical calls at once, each with a row of its own', async () => {
    const project = await newProject('failing');
    const body = ask('failing?', { model: 'gpt-4o-mini-sim-latency-300-error-401' });
    const before = gateway.provider.calls.total;
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(body, project.key)));
    expect(gateway.provider.calls.total - before).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    const rows = await rowsOf(project, 20);
    expect(rows.map(({ status, cost_usd }) => `${status} ${cost_usd}`)).toEqual(
      Array(20).fill('failed 0.0000000000'),
    );
  });
});
