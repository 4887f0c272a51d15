import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { SimulatedProvider } from '../../../service/local/simulated-provider';
import { exampleValue } from '../../../service/local/simulation/example-value';
import { until } from '../../helpers/servers';

const now = () => new Date('2026-11-01T00:00:00Z');
const provider = new SimulatedProvider({ now });
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  await provider.listen();
  openai = new OpenAI({ baseURL: `${provider.url}/v1`, apiKey: 'k', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: provider.url, apiKey: 'k', maxRetries: 0 });
});
afterEach(() => provider.calls.clear());
afterAll(() => provider.close());

const ASK = [{ role: 'user' as const, content: 'What does a day cost?' }];
const SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string', enum: ['Berlin', 'Rome'] }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};

function messageOf<T>(choices: readonly { readonly message: T }[]): T {
  const [choice] = choices;
  if (choice === undefined) throw new Error('the answer has no choice');
  return choice.message;
}

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${provider.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The raw text of a stream. */
async function streamed(model: string, path = '/v1/chat/completions'): Promise<string> {
  const answer = await post(path, { model, messages: ASK, max_tokens: 50, stream: true });
  expect(answer.status).toBe(200);
  return answer.text();
}

describe("OpenAI's client", () => {
  test('gets a chat whole, with usage', async () => {
    const answer = await openai.chat.completions.create({
      model: 'sim-tokens-5-cached-2-reasoning-7',
      messages: ASK,
    });
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } });
    expect(answer.choices[0]?.message.content?.split(' ')).toHaveLength(5);
    expect(answer.usage).toMatchObject({
      completion_tokens: 12,
      prompt_tokens_details: { cached_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 7 },
    });
  });

  test('gets the same text in a stream, and usage only where it asks', async () => {
    const ask = { model: 'gpt-4o-mini', messages: ASK };
    const whole = await openai.chat.completions.create(ask);
    const read = async (options?: { include_usage: boolean }) => {
      const stream = await openai.chat.completions.create({ ...ask, stream: true, stream_options: options });
      let text = '';
      let usages = 0;
      for await (const { choices, usage } of stream) {
        text += choices[0]?.delta.content ?? '';
        if (usage) usages += 1;
      }
      return { text, usages };
    };
    const text = whole.choices[0]?.message.content;
    expect(await read()).toEqual({ text, usages: 0 });
    expect(await read({ include_usage: true })).toEqual({ text, usages: 1 });
  });

  test('gets a tool call, and text once the tool has answered', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'cost_of', parameters: SCHEMA } }];
    const runner = openai.chat.completions.stream({ model: 'gpt-4o-mini', messages: ASK, tools });
    const { choices } = await runner.finalChatCompletion();
    const [call] = choices[0]?.message.tool_calls ?? [];
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    expect(call).toMatchObject({
      type: 'function',
      function: { name: 'cost_of', arguments: '{"city":"Berlin","days":1}' },
    });
    const answered = await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [...ASK, messageOf(choices), { role: 'tool', tool_call_id: call?.id ?? '', content: '3' }],
      tools,
    });
    expect(answered.choices[0]?.finish_reason).toBe('stop');
  });

  test('gets structured outputs of chats and responses', async () => {
    const chat = await openai.chat.completions.parse({
      model: 'gpt-4o-mini',
      messages: ASK,
      response_format: { type: 'json_schema', json_schema: { name: 'trip', schema: SCHEMA } },
    });
    expect(JSON.parse(chat.choices[0]?.message.content ?? '')).toEqual({ city: 'Berlin', days: 1 });
    const response = await openai.responses.create({
      model: 'gpt-5-mini',
      input: 'A trip',
      text: { format: { type: 'json_schema', name: 'trip', schema: SCHEMA } },
    });
    expect(JSON.parse(response.output_text)).toEqual({ city: 'Berlin', days: 1 });
  });

  test.each([
    ['text', 'sim-reasoning-3', undefined],
    ['a tool call', 'sim', [{ type: 'function' as const, name: 'f', parameters: SCHEMA, strict: true }]],
    ['output that its limit cuts', 'sim-tokens-100', undefined],
  ])('streams a response with %s that is the same as the whole one', async (_, model, tools) => {
    const ask = { model, input: 'A trip', max_output_tokens: 20, tools };
    const whole = await openai.responses.create(ask);
    const streamedOne = await openai.responses.stream(ask).finalResponse();
    const withoutIds = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(/sim1x\w+/g, 'id'));
    expect(withoutIds(streamedOne.output)).toMatchObject(withoutIds(whole.output));
    expect(streamedOne.usage).toEqual(whole.usage);
    expect(whole.status).toBe(model === 'sim-tokens-100' ? 'incomplete' : 'completed');
  });

  test('gets embeddings, the same for the same text', async () => {
    const input = ['one', 'two', 'one'];
    const { data, usage } = await openai.embeddings.create({ model: 'text-embedding-3-small', input });
    const [one, two, again] = data.map(({ embedding }) => embedding);
    expect(one).toHaveLength(64);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(usage.prompt_tokens).toBeGreaterThan(0);
  });

  test('lists models', async () => {
    const models = await openai.models.list();
    expect(models.data.map(({ id }) => id)).toContain('gpt-4o-mini');
  });
});

describe("Anthropic's client", () => {
  const ask = { model: 'claude-haiku-4-5', max_tokens: 100, messages: ASK };

  test('gets a message whole and streamed, with the same text and usage', async () => {
    const whole = await anthropic.messages.create(ask);
    const streamedOne = await anthropic.messages.stream(ask).finalMessage();
    expect(streamedOne.content).toEqual(whole.content);
    expect(streamedOne.usage.output_tokens).toBe(whole.usage.output_tokens);
    expect(streamedOne.usage.input_tokens).toBe(whole.usage.input_tokens);
    expect(whole.stop_reason).toBe('end_turn');
  });

  test('gets a tool call in a stream', async () => {
    const tools = [{ name: 'cost_of', input_schema: SCHEMA }];
    const { content, stop_reason } = await anthropic.messages.stream({ ...ask, tools }).finalMessage();
    expect(stop_reason).toBe('tool_use');
    expect(content).toMatchObject([
      { type: 'tool_use', name: 'cost_of', input: { city: 'Berlin', days: 1 } },
    ]);
  });

  test('counts tokens and lists models', async () => {
    expect(await anthropic.messages.countTokens({ model: 'claude-haiku-4-5', messages: ASK })).toEqual({
      input_tokens: expect.any(Number),
    });
    const { data } = await anthropic.models.list();
    expect(data.map(({ id }) => id)).toContain('claude-haiku-4-5');
  });
});

describe('errors', () => {
  test.each([
    [401, 'authentication_error', 'invalid_api_key'],
    [404, 'not_found_error', 'model_not_found'],
    [429, 'rate_limit_error', 'rate_limit_exceeded'],
    [500, 'api_error', null],
    [529, 'overloaded_error', null],
  ])('%i has the shape of both APIs', async (status, type, code) => {
    const model = `sim-error-${status}-retryafter-3`;
    const theirs = await openai.chat.completions.create({ model, messages: ASK }).catch((error) => error);
    expect(theirs).toBeInstanceOf(OpenAI.APIError);
    expect(theirs).toMatchObject({ status, code });
    expect(theirs.headers.get('retry-after')).toBe('3');
    const anthropics = await anthropic.messages
      .create({ model, messages: ASK, max_tokens: 5 })
      .catch((error) => error);
    expect(anthropics).toMatchObject({ status, error: { type: 'error', error: { type } } });
  });

  test('a page of HTML in place of an answer', async () => {
    const answer = await post('/v1/chat/completions', { model: 'sim-rubbish', messages: ASK });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(await answer.text()).toMatch(/^<!doctype html>/);
    expect(provider.calls.newest).toMatchObject([{ outcome: 'broken' }]);
  });

  test('the behaviour of all calls can be replaced while it runs, and taken back', async () => {
    const behave = (words: string) =>
      fetch(`${provider.url}/simulated/behaviour`, { method: 'PUT', body: JSON.stringify({ words }) });
    const ask = async (model = 'gpt-4o-mini') =>
      (await post('/v1/chat/completions', { model, messages: ASK })).status;
    expect((await behave('error-503')).status).toBe(200);
    expect([await ask(), await ask('gpt-4o-mini-sim-error-429')]).toEqual([503, 429]);
    const refused = await behave('nonsense');
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('nonsense');
    expect(await ask()).toBe(503);
    expect((await behave('')).status).toBe(200);
    expect(await ask()).toBe(200);
  });

  test('a reset connection, and a call that hangs until the client leaves', async () => {
    await expect(post('/v1/chat/completions', { model: 'sim-reset', messages: ASK })).rejects.toThrow();
    const leaving = new AbortController();
    const hanging = fetch(`${provider.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'sim-hang', messages: ASK }),
      signal: leaving.signal,
    });
    await until(async () => expect(provider.calls.total).toBe(2));
    leaving.abort();
    await expect(hanging).rejects.toThrow();
    expect(provider.calls.newest.map(({ outcome }) => outcome)).toEqual(['broken', 'broken']);
  });

  test.each([
    ['/v1/chat/completions', '{"model":"sim"', 400],
    ['/v1/chat/completions', '[]', 400],
    ['/v1/chat/completions', { messages: [] }, 400],
    ['/v1/chat/completions', { model: 'sim' }, 400],
    ['/v1/messages', { model: 'sim', messages: [] }, 400],
    ['/v1/embeddings', { model: 'sim' }, 400],
    ['/v1/chat/completions', { model: 'sim-latency', messages: [] }, 400],
    ['/v1/chat/completions', { model: 'sim-nonsense-3', messages: [] }, 400],
    ['/v1/unknown', { model: 'sim' }, 404],
  ])('%s with %j is %i', async (path, body, status) => {
    expect((await post(path, body)).status).toBe(status);
  });

  test('another key than its own is 401', async () => {
    const locked = new SimulatedProvider({ now, key: 'right' });
    await locked.listen();
    const list = (key: string) =>
      new OpenAI({ baseURL: `${locked.url}/v1`, apiKey: key, maxRetries: 0 }).models.list();
    await expect(list('wrong')).rejects.toThrow(OpenAI.AuthenticationError);
    await expect(list('right')).resolves.toBeDefined();
    await locked.close();
  });
});

describe('streams', () => {
  test('break after a number of events, and the events before arrive', async () => {
    const answer = await post('/v1/chat/completions', { model: 'sim-cut-3', messages: ASK, stream: true });
    let text = '';
    const read = async () => {
      for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
    };
    await expect(read()).rejects.toThrow();
    expect(text.match(/^data: /gm)).toHaveLength(3);
    expect(provider.calls.newest[0]).toMatchObject({ outcome: 'broken', outputTokens: 2 });
  });

  test('end when the client leaves, and count what was sent until then', async () => {
    const leaving = new AbortController();
    const answer = await fetch(`${provider.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'sim-tokens-1000-rate-100', messages: ASK, stream: true }),
      signal: leaving.signal,
    });
    await answer.body?.getReader().read();
    leaving.abort();
    await until(async () => expect(provider.calls.newest[0]?.outcome).toBe('left'));
    expect(provider.calls.newest[0]?.outputTokens).toBeLessThan(1_000);
  });

  test('wait for a reader that is slower than they are', async () => {
    const answer = await fetch(`${provider.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'sim-tokens-100000', messages: ASK, stream: true }),
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    const sent = () => provider.calls.newest[0]?.outputTokens ?? 0;
    let before = -1;
    await until(async () => {
      const isSteady = sent() === before;
      before = sent();
      expect(isSteady).toBe(true);
    });
    // Buffers on the way hold some of the 27 MB, not all.
    expect(sent()).toBeLessThan(100_000);
    expect(provider.calls.newest[0]?.outcome).toBe('open');
    await reader?.cancel();
  });

  test.each([
    ['an error event', '/v1/chat/completions', 'sim-errorafter-2', /"choices".*\n\ndata: \{"error"/],
    ['an error event', '/v1/messages', 'sim-errorafter-2', /event: error\ndata: .*overloaded_error/],
    ['no last event', '/v1/chat/completions', 'sim-noend', /"finish_reason":"stop".*\n\n$/],
    ['no last event', '/v1/messages', 'sim-noend', /event: message_delta\n.*\n\n$/],
    ['CRLF', '/v1/messages', 'sim-crlf', /^event: message_start\r\ndata: .*\}\r\n\r\nevent/],
    ['comments', '/v1/chat/completions', 'sim-comments', /^: keep-alive\n\ndata: /],
    ['an unknown event', '/v1/messages', 'sim-unknown', /event: news\ndata: /],
  ])('can have %s (%s)', async (_, path, model, form) => {
    expect(await streamed(model, path)).toMatch(form);
  });

  test('can have chunks that split events and characters, or hold several', async () => {
    const chunksOf = async (model: string) => {
      const answer = await post('/v1/chat/completions', { model, messages: ASK, stream: true });
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body ?? []) chunks.push(Buffer.from(chunk));
      return chunks;
    };
    const small = await chunksOf('sim-bytes-7');
    expect(small.filter((chunk) => chunk.toString().includes('\ufffd')).length).toBeGreaterThan(0);
    const merged = await chunksOf('sim-merge-4');
    const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString();
    const content = (all: string) =>
      [...all.matchAll(/"content":"([^"\\]*)/g)].map(([, one]) => one).join('');
    expect(merged[0]?.toString().match(/^data: /gm)?.length).toBeGreaterThanOrEqual(4);
    expect(content(text(small))).toBe(content(text(merged)));
  });

  test('have no usage where it is left out', async () => {
    const body = { messages: ASK, max_tokens: 9, stream: true, stream_options: { include_usage: true } };
    for (const path of ['/v1/chat/completions', '/v1/messages']) {
      const text = await (await post(path, { ...body, model: 'sim-nousage' })).text();
      expect(text).not.toContain('"usage"');
    }
  });
});

test('the same seed and calls give the same answers, another seed others', async () => {
  const answers = async (seed: number) => {
    const one = new SimulatedProvider({ now, seed, behaviour: { errorStatus: 500, faultPercent: 50 } });
    await one.listen();
    const statuses: string[] = [];
    for (let call = 0; call < 12; call += 1) {
      const answer = await fetch(`${one.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'm', messages: ASK }),
      });
      statuses.push(`${answer.status} ${await answer.text()}`);
    }
    await one.close();
    return statuses;
  };
  const first = await answers(1);
  expect(await answers(1)).toEqual(first);
  expect(await answers(2)).not.toEqual(first);
  expect(new Set(first.map((text) => text.slice(0, 3)))).toEqual(new Set(['200', '500']));
});

test('behaviours come from the planned ones, the header, and the name, in this order', async () => {
  const status = async (header?: string) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'x-simulate': header };
    return (await post('/v1/chat/completions', { model: 'sim-error-500', messages: ASK }, headers)).status;
  };
  provider.planNext('error-401');
  expect(await status('error-404')).toBe(401);
  expect(await status('error-404')).toBe(404);
  expect(await status()).toBe(500);
});

test('lists the calls that it received, with keys and tokens, and forgets them on DELETE', async () => {
  for (const key of ['a', 'b', 'a']) {
    await post('/v1/chat/completions', { model: 'sim-tokens-4', messages: ASK }, { 'idempotency-key': key });
  }
  expect(provider.calls.countByKey()).toEqual(
    new Map([
      ['a', 2],
      ['b', 1],
    ]),
  );
  const list = async (method = 'GET') =>
    (await fetch(`${provider.url}/simulated/calls?limit=1`, { method })).json();
  expect(await list()).toEqual({
    total: 3,
    data: [expect.objectContaining({ number: 3, key: 'a', outputTokens: 4, outcome: 'answered' })],
  });
  expect(await list('DELETE')).toEqual({ total: 0, data: [] });
});

test('keeps a bounded number of calls', async () => {
  const small = new SimulatedProvider({ now, keptCalls: 2 });
  await small.listen();
  for (let call = 0; call < 7; call += 1) {
    await fetch(`${small.url}/v1/embeddings`, { method: 'POST', body: '{"model":"m","input":"x"}' });
  }
  expect(small.calls.total).toBe(7);
  expect(small.calls.newest.map(({ number }) => number)).toEqual([6, 7]);
  await small.close();
});

describe('tools and values', () => {
  const tool = (name: string) => ({ name, parameters: SCHEMA });

  test.each(['first', 'second'])('are of the tool %s where the call insists on it', async (name) => {
    const names = ['first', 'second'];
    const chat = await openai.chat.completions.create({
      ...{ model: 'sim', messages: ASK },
      tools: names.map((one) => ({ type: 'function', function: tool(one) })),
      tool_choice: { type: 'function', function: { name } },
    });
    expect(messageOf(chat.choices).tool_calls?.[0]).toMatchObject({ function: { name } });
    const response = await openai.responses.create({
      ...{ model: 'sim', input: 'hi' },
      tools: names.map((one) => ({ type: 'function', strict: true, ...tool(one) })),
      tool_choice: { type: 'function', name },
    });
    expect(response.output[0]).toMatchObject({ type: 'function_call', name });
    const message = await anthropic.messages.create({
      ...{ model: 'sim', messages: ASK, max_tokens: 100 },
      tools: names.map((one) => ({ name: one, input_schema: SCHEMA })),
      tool_choice: { type: 'tool', name },
    });
    expect(message.content[0]).toMatchObject({ type: 'tool_use', name });
  });

  test.each([
    [{ type: 'string', format: 'email' }, expect.stringMatching(/^[^@]+@example\.com$/)],
    [{ type: 'string', format: 'date-time' }, expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)],
    [
      { type: 'string', format: 'uuid' },
      expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    ],
    [{ type: 'string', format: 'no-such' }, 'simulated'],
    [{ type: 'string', minLength: 12 }, 'simulated...'],
    [{ type: 'string', maxLength: 3 }, 'sim'],
    [{ type: 'array', minItems: 2, items: { type: 'boolean' } }, [true, true]],
    [{ type: 'array', prefixItems: [{ type: 'null' }, { const: 4 }] }, [null, 4]],
    [{ type: 'integer', minimum: 3 }, 3],
    [{ type: 'integer', exclusiveMinimum: 3 }, 4],
    [{ type: 'number', maximum: 0.5 }, 0.5],
    [{ type: 'integer', multipleOf: 5 }, 5],
  ])('fit the schema %j', (schema, value) => {
    expect(exampleValue(schema)).toEqual(value);
  });

  test('are bounded, whatever a schema asks for', () => {
    expect(exampleValue({ type: 'array', minItems: 1e9, items: {} })).toHaveLength(100);
    expect(exampleValue({ type: 'string', minLength: 1e9 })).toHaveLength(10_000);
  });

  test('have the length 1 where they are embeddings, as those of providers', async () => {
    const { data } = await openai.embeddings.create({ model: 'sim', input: 'one', dimensions: 256 });
    const { embedding = [] } = data[0] ?? {};
    expect(embedding).toHaveLength(256);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  });
});

test('thinking comes before the answer, whole and streamed, where a message asks for it', async () => {
  const ask = {
    ...{ model: 'sim-reasoning-5', messages: ASK, max_tokens: 2_000 },
    thinking: { type: 'enabled' as const, budget_tokens: 1_024 },
  };
  const whole = await anthropic.messages.create(ask);
  const streamed = await anthropic.messages.stream(ask).finalMessage();
  for (const { content } of [whole, streamed]) {
    expect(content).toMatchObject([
      { type: 'thinking', thinking: 'The answer is simulated.', signature: 'c2ltdWxhdGVk' },
      { type: 'text', text: expect.stringMatching(/./) },
    ]);
  }
  const plain = await anthropic.messages.create({ ...ask, thinking: { type: 'disabled' } });
  expect(plain.content.map(({ type }) => type)).toEqual(['text']);
});
