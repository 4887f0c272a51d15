import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describeWithServers } from '../../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../../lambda/database/postgres';
import { call } from '../../http/test-service';
import { startGateway, type TestGateway } from './gateway-service';

/** Requests as clients other than the providers' newest SDKs send them: their shapes, not the clients themselves. */
describeWithServers('other clients', DATABASE_PROGRAMS, () => {
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

  const CHAT = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };

  async function send(
    method: string,
    path: string,
    options: { readonly headers?: Record<string, string>; readonly body?: unknown } = {},
  ) {
    const { body = method === 'GET' ? undefined : CHAT, headers } = options;
    const answer = await fetch(`${gateway.service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${gateway.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: JSON.parse(text) };
  }

  test.each([
    ['a base URL that ends with a slash', '/api/v1//chat/completions'],
    ['a path that ends with one', '/api/v1/chat/completions/'],
    ['a version in the query, as Azure’s clients send it', '/api/v1/chat/completions?api-version=2024-10-21'],
  ])('reach their route with %s', async (_what, path) => {
    expect(await send('POST', path)).toMatchObject({ status: 200, body: { object: 'chat.completion' } });
  });

  test.each([
    ['POST', '/api/v1/completions', 'Use POST /api/v1/chat/completions'],
    ['POST', '/api/v1/images/generations', 'It serves POST /api/v1/chat/completions'],
    ['POST', '/api/v1/moderations', 'Send other calls to the provider itself'],
    ['GET', '/api/v1/files', 'POST /api/v1/requests takes a record'],
    ['GET', '/api/v1/responses/resp_1', 'keeps none'],
    ['GET', '/api/v1/chat/completions', 'Send it by POST'],
    ['POST', '/v1/chat/completions', "OpenAI's clients take this host with /api/v1"],
    ['POST', '/chat/completions', "OpenAI's clients take this host with /api/v1"],
    ['POST', '/api/chat/completions', "OpenAI's clients take this host with /api/v1"],
    ['POST', '/openai/deployments/gpt-4o/chat/completions', 'It serves'],
  ])('of OpenAI are told in its shape that there is no %s %s', async (method, path, remedy) => {
    const { status, type, body } = await send(method, path);
    expect(status).toBe(404);
    expect(type).toMatch(/^application\/json/);
    expect(body).toEqual({
      error: {
        message: expect.stringContaining(remedy),
        type: 'invalid_request_error',
        param: null,
        code: 'unknown_url',
      },
    });
    expect(body.error.message).toContain(`The gateway has no ${method} ${path}`);
  });

  test.each([
    ['POST', '/api/v1/v1/messages', "Anthropic's SDK takes this host with /api "],
    ['POST', '/api/messages', "Anthropic's SDK takes this host with /api "],
    ['POST', '/api/v1/messages/batches', 'It serves'],
    ['POST', '/api/v1/complete', 'Use POST /api/v1/messages'],
    // The header alone says whose client it is.
    ['GET', '/api/v1/files', 'It serves'],
  ])('of Anthropic are told in its shape that there is no %s %s', async (method, path, remedy) => {
    const { status, body } = await send(method, path, { headers: { 'anthropic-version': '2023-06-01' } });
    expect(status).toBe(404);
    expect(body).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error', message: expect.stringContaining(remedy), code: 'unknown_url' },
    });
  });

  test('of neither get problem details for an unknown route', async () => {
    const { status, type, body } = await send('GET', '/api/v1/nothing');
    expect(type).toMatch(/^application\/problem\+json/);
    expect({ status, body }).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('raise their own error with the sentence for a wrong base URL', async () => {
    const openai = new OpenAI({ apiKey: gateway.key, baseURL: gateway.service.url, maxRetries: 0 });
    const asked = openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [] });
    await expect(asked).rejects.toMatchObject({ status: 404, message: expect.stringContaining('/api/v1') });
    const anthropic = new Anthropic({
      ...{ apiKey: gateway.key, baseURL: `${gateway.service.url}/api/v1`, maxRetries: 0 },
    });
    const told = anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 1, messages: [] });
    await expect(told).rejects.toMatchObject({ status: 404, message: expect.stringContaining('with /api ') });
  });

  test.each([
    ['claude-haiku-4-5', '/api/v1/chat/completions', 'POST /api/v1/messages'],
    ['gpt-4o-mini', '/api/v1/messages', 'POST /api/v1/chat/completions'],
  ])('are told which route has the model %s where they ask for it at %s', async (model, path, route) => {
    const { status, body } = await send('POST', path, { body: { ...CHAT, model, max_tokens: 5 } });
    expect(status).toBe(404);
    expect(body.error.message).toContain(`Call this model by ${route}`);
  });

  test.each([['application/x-www-form-urlencoded'], ['text/plain']])(
    'that send %s are told what to send',
    async (type) => {
      const { status, body } = await send('POST', '/api/v1/chat/completions', {
        headers: { 'content-type': type },
      });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 'unsupported_media_type',
        message: `This route does not read bodies of the type that was given: '${type}'. Send JSON with the header 'content-type: application/json'.`,
      });
    },
  );

  test('get the answer to a body that is too large, and use their connection again', async () => {
    const body = { ...CHAT, messages: [{ role: 'user', content: 'x'.repeat(36 * 1024 * 1024) }] };
    const { status, body: answer } = await send('POST', '/api/v1/chat/completions', { body });
    expect(status).toBe(413);
    expect(answer.error).toMatchObject({
      code: 'body_too_large',
      message: expect.stringMatching(/^The body is larger than the \d+ MiB that this route takes/),
    });
    expect(await send('POST', '/api/v1/chat/completions')).toMatchObject({ status: 200 });
  });

  test('do not try a call again for which a budget has no room', async () => {
    const budget = { scope: 'user', user: 'poor', window: 'month', limit_usd: '0.0000001' };
    const made = await call(gateway.service, 'POST /api/v1/budgets', { key: gateway.key, body: budget });
    expect(made).toMatchObject({ status: 201 });
    const openai = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.service.url}/api/v1` });
    const before = gateway.provider.calls.total;
    const asked = await openai.chat.completions
      .create({ model: 'gpt-4o-mini', user: 'poor', messages: [{ role: 'user', content: 'hi' }] })
      .catch((error: unknown) => error);
    expect(asked).toBeInstanceOf(OpenAI.RateLimitError);
    const { code, headers } = asked as InstanceType<typeof OpenAI.RateLimitError>;
    expect({ code, again: headers?.get('x-should-retry') }).toEqual({
      code: 'budget_exceeded',
      again: 'false',
    });
    expect(gateway.provider.calls.total).toBe(before);
  });

  test('that read a stream of responses learn of its break, also those that look for `error`', async () => {
    const answer = await fetch(`${gateway.service.url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini-sim-cut-3', input: 'hi', stream: true }),
    });
    const last = (await answer.text()).trim().split('\n').at(-1) ?? '';
    const event = JSON.parse(last.replace('data: ', ''));
    const fields = { code: 'provider_cut', message: expect.stringContaining('broke off') };
    expect(event).toMatchObject({ type: 'error', ...fields, error: { type: 'server_error', ...fields } });
  });
});
