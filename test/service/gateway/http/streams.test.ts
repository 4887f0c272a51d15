import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { until } from '../../../helpers/servers';
import { TestServer } from '../../../lambda/database/postgres';
import { projectKey } from '../../http/test-service';
import { rowsOf, startGateway, type TestGateway } from './gateway-service';

describe('streams through the gateway', () => {
  let server: TestServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    server = await TestServer.start();
    gateway = await startGateway(server, {
      environment: { STREAM_PING_SECONDS: '1', GATEWAY_SILENCE_TIMEOUT_MS: '2500' },
    });
  });

  afterAll(async () => {
    await gateway?.close();
    await server?.remove();
  });

  /** A project of its own, so that its rows are those of one test. */
  async function newProject(name: string) {
    const made = await projectKey(gateway.service, name, { roles: ['gateway', 'read'] });
    return { service: gateway.service, ...made };
  }

  const request = (model: string, options = {}) => ({
    model,
    stream: true,
    messages: [{ role: 'user', content: 'How do tides work? Grüße, 日本' }],
    ...options,
  });

  async function open(key: string, body: object, path = '/api/v1/chat/completions', signal?: AbortSignal) {
    return fetch(`${gateway.service.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  const direct = (body: object, path = '/v1/chat/completions') =>
    fetch(`${gateway.provider.url}${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-provider', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  /** What differs from answer to answer. */
  const stable = (text: string) =>
    text.replace(/"(id|created|model)":("[^"]*"|\d+)/g, '"$1":0').replace(/(chatcmpl|msg)[\w-]*/g, '');

  test.each([
    ['whole events', 'tokens-20'],
    ['CRLF', 'crlf-tokens-20'],
    ['comments', 'comments-tokens-20'],
    ['unknown events', 'unknown-tokens-20'],
    ['split characters', 'bytes-3-tokens-20'],
    ['several events in a chunk', 'merge-7-tokens-20'],
  ])('pass through byte for byte: %s', async (_name, behaviour) => {
    const body = request(`gpt-4o-mini-sim-${behaviour}`, { stream_options: { include_usage: true } });
    const answer = await open(gateway.key, body);
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(stable(await answer.text())).toBe(stable(await (await direct(body)).text()));
  });

  test('keep `event:` lines, which Anthropic’s clients need', async () => {
    const body = request('claude-haiku-4-5-sim-tokens-5', { max_tokens: 50 });
    const text = await (await open(gateway.key, body, '/api/v1/messages')).text();
    expect(text).toContain('event: message_start\n');
    expect(text).toContain('event: message_stop\n');
    expect(text).not.toContain('[DONE]');
  });

  test('hide the usage that nobody asked for, also where it is split over chunks', async () => {
    const text = await (await open(gateway.key, request('gpt-4o-mini-sim-bytes-5-tokens-5'))).text();
    expect(text).not.toContain('"usage":{');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('get pings into silence, which clients ignore, until the provider has been silent for too long', async () => {
    const body = request('gpt-4o-mini-sim-tokens-10-stall-3');
    const text = await (await open(gateway.key, body)).text();
    expect(text).toMatch(/\n\n: ?[^\n]*\n\n/);
    expect(text).toContain('broke off its answer');
    const { key, service } = gateway;
    const client = new OpenAI({ apiKey: key, baseURL: `${service.url}/api/v1`, maxRetries: 0 });
    const stream = await client.chat.completions.create(
      body as unknown as OpenAI.ChatCompletionCreateParamsStreaming,
    );
    let events = 0;
    const readAll = async () => {
      for await (const chunk of stream) events += chunk.choices.length;
    };
    await expect(readAll()).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(events).toBeGreaterThan(0);
  });

  test('that the provider cuts end with an error, and are accounted for by an estimate', async () => {
    const project = await newProject('cut');
    gateway.provider.planNext('tokens-40-cut-20');
    const text = await (await open(project.key, request('gpt-4o-mini'))).text();
    expect(text).toContain('broke off its answer');
    const [row] = await rowsOf(project, 1);
    expect(row).toMatchObject({ status: 'failed', error_code: 'provider_cut', usage_source: 'estimated' });
    expect(row.output_tokens).toBeGreaterThan(0);
    expect(Number(row.cost_usd)).toBeGreaterThan(0);
  });

  test('with an error event in the middle pass it on, and are accounted for as failed', async () => {
    const project = await newProject('error event');
    const client = new Anthropic({
      apiKey: project.key,
      baseURL: `${gateway.service.url}/api`,
      maxRetries: 0,
    });
    const stream = client.messages.stream({
      ...{ model: 'claude-haiku-4-5-sim-tokens-40-errorafter-10', max_tokens: 100 },
      messages: [{ role: 'user', content: 'Hi.' }],
    });
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIError);
    const [row] = await rowsOf(project, 1);
    expect(row.status).toBe('failed');
    expect(row.error_code).not.toBe('provider_cut');
  });

  test('whose caller leaves are read to the provider’s own usage', async () => {
    const project = await newProject('left');
    const left = new AbortController();
    const answer = await open(
      project.key,
      request('gpt-4o-mini-sim-tokens-60-rate-60'),
      undefined,
      left.signal,
    );
    await answer.body?.getReader().read();
    left.abort();
    const [row] = await rowsOf(project, 1);
    expect(row).toMatchObject({ status: 'completed', usage_source: 'reported', output_tokens: 60 });
  });

  test('without a usage are estimated from what was sent', async () => {
    const project = await newProject('no usage');
    await (await open(project.key, request('gpt-4o-mini-sim-nousage-tokens-40'))).text();
    const [row] = await rowsOf(project, 1);
    expect(row).toMatchObject({ status: 'completed', usage_source: 'estimated' });
    expect(row.output_tokens).toBeGreaterThan(0);
  });

  test('of a reader who does not read hold the provider back', async () => {
    const left = new AbortController();
    const body = request('gpt-4o-mini-sim-tokens-100000');
    const answer = await open(gateway.key, body, undefined, left.signal);
    const reader = answer.body?.getReader();
    await reader?.read();
    const entry = gateway.provider.calls.newest.at(-1);
    await sleep(500);
    // About 25 MB of events: far more than all buffers on the way hold.
    expect(entry?.outcome).toBe('open');
    left.abort();
    await until(async () => {
      if (entry?.outcome === 'open') throw new Error('the provider is still sending');
    });
  });

  test('are joined in the middle by identical calls, from their beginning', async () => {
    const project = await newProject('joined');
    const before = gateway.provider.calls.total;
    const body = request('gpt-4o-mini-sim-tokens-30-rate-60', { temperature: 0 });
    const first = open(project.key, body);
    await sleep(200);
    const texts = await Promise.all([first, open(project.key, body)].map(async (one) => (await one).text()));
    const whole = await open(project.key, { ...body, stream: false });
    expect(gateway.provider.calls.total - before).toBe(1);
    // Pings may stand in either of them.
    const data = (text: string) => text.split('\n').filter((line) => line.startsWith('data:'));
    expect(data(texts[1] ?? '')).toEqual(data(texts[0] ?? ''));
    expect(whole.headers.get('x-cache')).toBe('hit');
    const rows = await rowsOf(project, 3);
    expect(rows.filter(({ cache_hit }) => cache_hit)).toHaveLength(2);
  });
});
