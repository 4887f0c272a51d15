import { gzipSync } from 'node:zlib';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { until } from '../../../helpers/servers';
import { TestServer } from '../../../lambda/database/postgres';
import { call } from '../../http/test-service';
import { rowsOf, startGateway, type TestGateway } from './gateway-service';

/** The providers' own clients with nothing but base URL and key changed. */
describe('the clients of OpenAI and Anthropic', () => {
  let server: TestServer;
  let gateway: TestGateway;
  let openai: OpenAI;
  let anthropic: Anthropic;

  beforeAll(async () => {
    server = await TestServer.start();
    gateway = await startGateway(server);
    const { key, service } = gateway;
    openai = new OpenAI({ apiKey: key, baseURL: `${service.url}/api/v1`, maxRetries: 0 });
    anthropic = new Anthropic({ apiKey: key, baseURL: `${service.url}/api`, maxRetries: 0 });
  });

  afterAll(async () => {
    await gateway?.close();
    await server?.remove();
  });

  const question = [{ role: 'user' as const, content: 'What is the capital of France?' }];

  test('get a chat completion, whole and streamed, with its cost', async () => {
    const { data, response } = await openai.chat.completions
      .create({ model: 'gpt-4o-mini', messages: question, user: 'ann' })
      .withResponse();
    expect(data.choices[0]?.message.content).not.toBe('');
    expect(response.headers.get('x-provider')).toBe('openai');
    expect(response.headers.get('x-cache')).toBe('bypass');
    expect(response.headers.get('x-llm-cost-usd')).toMatch(/^0\.\d{10}$/);
    const stream = await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: question,
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) {
      // Nobody asked for the event with the usage.
      expect(chunk.choices).toHaveLength(1);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).not.toBe('');
    const rows = await rowsOf(gateway, 2);
    expect(rows.map(({ user }) => user).sort()).toEqual(['ann', 'gateway']);
    for (const row of rows) {
      expect(row).toMatchObject({
        status: 'completed',
        usage_source: 'reported',
        pricing: 'priced',
        model: 'gpt-4o-mini',
      });
      expect(row.output_tokens).toBeGreaterThan(0);
    }
    expect(rows.find(({ user }) => user === 'ann').cost_usd).toBe(response.headers.get('x-llm-cost-usd'));
  });

  test('get messages, whole and streamed', async () => {
    const body = { model: 'claude-haiku-4-5', max_tokens: 100, messages: question };
    const message = await anthropic.messages.create(body);
    expect(message.content[0]).toMatchObject({ type: 'text' });
    const final = await anthropic.messages.stream(body).finalMessage();
    expect(final.usage.output_tokens).toBeGreaterThan(0);
    expect(await anthropic.messages.countTokens({ model: body.model, messages: question })).toMatchObject({
      input_tokens: expect.any(Number),
    });
  });

  test('get responses, embeddings and models', async () => {
    const response = await openai.responses.create({ model: 'gpt-5-mini', input: 'Say hello.' });
    expect(response.output_text).not.toBe('');
    const events: string[] = [];
    for await (const event of await openai.responses.create({
      model: 'gpt-5-mini',
      input: 'Hi.',
      stream: true,
    })) {
      events.push(event.type);
    }
    expect(events.at(-1)).toBe('response.completed');
    const { data } = await openai.embeddings.create({
      model: 'text-embedding-3-small',
      input: ['one', 'two'],
    });
    expect(data).toHaveLength(2);
    expect((await openai.models.list()).data.map(({ id }) => id)).toContain('text-embedding-3-small');
  });

  test.each([
    [401, OpenAI.AuthenticationError],
    [404, OpenAI.NotFoundError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
  ])('get the provider’s errors as their own (%i)', async (status, kind) => {
    const model = `gpt-4o-mini-sim-error-${status}`;
    const failed = openai.chat.completions.create({ model, messages: question });
    await expect(failed).rejects.toBeInstanceOf(kind);
  });

  test('are told of a wrong key, an unknown model and a wrong body in their own shape', async () => {
    const stranger = new OpenAI({ apiKey: 'wrong', baseURL: `${gateway.service.url}/api/v1`, maxRetries: 0 });
    await expect(
      stranger.chat.completions.create({ model: 'gpt-4o', messages: question }),
    ).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(
      openai.chat.completions.create({ model: 'unknown', messages: question }),
    ).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    await expect(
      anthropic.messages.create({ model: 'unknown', max_tokens: 1, messages: question }),
    ).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });

  test('are told that a compressed body is not taken', async () => {
    const answer = await fetch(`${gateway.service.url}/api/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.key}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(JSON.stringify({ model: 'gpt-4o-mini', messages: question })),
    });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(
      'must not be compressed',
    );
  });

  test('call tools, and get structured outputs', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const { choices } = await openai.chat.completions.create({
      ...{ model: 'gpt-4o-mini', messages: question },
      tools: [{ type: 'function', function: { name: 'weather', parameters } }],
      tool_choice: 'required',
    });
    const [toolCall] = choices[0]?.message.tool_calls ?? [];
    expect(toolCall).toMatchObject({ type: 'function', function: { name: 'weather' } });
    const structured = await openai.chat.completions.create({
      ...{ model: 'gpt-4o-mini', messages: question },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: parameters, strict: true },
      },
    });
    expect(JSON.parse(structured.choices[0]?.message.content ?? '')).toMatchObject({
      city: expect.any(String),
    });
    const message = await anthropic.messages.create({
      ...{ model: 'claude-haiku-4-5', max_tokens: 100, messages: question },
      tools: [{ name: 'weather', input_schema: { ...parameters, type: 'object' } }],
      tool_choice: { type: 'any' },
    });
    expect(message.content.find(({ type }) => type === 'tool_use')).toMatchObject({ name: 'weather' });
  });

  test('are told that Anthropic is overloaded, with its own status', async () => {
    const failed = anthropic.messages.create({
      ...{ model: 'claude-haiku-4-5-sim-error-529', max_tokens: 10, messages: question },
    });
    await expect(failed).rejects.toMatchObject({ status: 529 });
  });

  test('end a call by their own timeout, and by abort; the call is accounted for', async () => {
    const slow = { model: 'gpt-4o-mini-sim-latency-2000', messages: question, user: 'leaver' };
    await expect(openai.chat.completions.create(slow, { timeout: 100 })).rejects.toBeInstanceOf(
      OpenAI.APIConnectionError,
    );
    const controller = new AbortController();
    const aborted = openai.chat.completions.create(slow, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(aborted).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    // The provider answers nevertheless, and bills it.
    const left = await until(async () => {
      const { body } = await call(gateway.service, 'GET /api/v1/requests?user=leaver', { key: gateway.key });
      expect(body.data.map(({ status }: { status: string }) => status)).toEqual(['completed', 'completed']);
      return body.data;
    });
    for (const row of left) expect(row.output_tokens).toBeGreaterThan(0);
  });
});
