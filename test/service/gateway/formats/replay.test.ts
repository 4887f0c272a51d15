import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import OpenAI from 'openai';
import type { FormatName } from '../../../../service/gateway/formats/call-format';
import { FORMATS } from '../../../../service/gateway/formats/formats';
import type { JsonObject } from '../../../../service/gateway/formats/json';
import { meter } from './streams';

const replayed = (name: FormatName, answer: JsonObject, usageAsked = true) =>
  Buffer.concat([...FORMATS[name].replay(answer, usageAsked)]);

const CHAT: JsonObject = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  service_tier: 'default',
  choices: [
    {
      index: 0,
      finish_reason: 'tool_calls',
      logprobs: null,
      message: {
        role: 'assistant',
        content: 'Let me see.',
        refusal: null,
        reasoning_content: 'Hm',
        tool_calls: [
          { id: 't', type: 'function', function: { name: 'now', arguments: '{"zone":"UTC"}' } },
          { id: 'u', type: 'function', function: { name: 'cost', arguments: '{}' } },
        ],
      },
    },
    {
      index: 1,
      finish_reason: 'stop',
      logprobs: { content: [{ token: 'No', logprob: -0.1, bytes: null, top_logprobs: [] }], refusal: null },
      message: { role: 'assistant', content: 'No', refusal: null, annotations: [] },
    },
  ],
  usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
};

const RESPONSE: JsonObject = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  error: null,
  incomplete_details: null,
  model: 'gpt-5-mini',
  output: [
    { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Thinking' }] },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        {
          type: 'output_text',
          text: 'Hello',
          logprobs: [],
          annotations: [{ type: 'url_citation', url: 'https://a', title: 'A', start_index: 0, end_index: 1 }],
        },
        { type: 'refusal', refusal: 'No' },
      ],
    },
    {
      id: 'fc_1',
      type: 'function_call',
      status: 'completed',
      call_id: 'c',
      name: 'now',
      arguments: '{"a":1}',
    },
    { id: 'ct_1', type: 'custom_tool_call', call_id: 'd', name: 'sql', input: 'SELECT 1' },
    { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'q' } },
  ],
  usage: { input_tokens: 9, output_tokens: 12, total_tokens: 21 },
};

const MESSAGE: JsonObject = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [
    { type: 'thinking', thinking: 'Hm', signature: 'sig' },
    { type: 'redacted_thinking', data: 'xyz' },
    {
      type: 'text',
      text: 'Hello',
      citations: [
        { type: 'char_location', cited_text: 'a', document_index: 0, start_char_index: 0, end_char_index: 1 },
      ],
    },
    { type: 'text', text: ' there', citations: null },
    { type: 'tool_use', id: 't', name: 'now', input: { zone: 'UTC', list: [1, { a: null }] } },
    { type: 'tool_use', id: 'u', name: 'none', input: {} },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 9, cache_read_input_tokens: 3, cache_creation_input_tokens: 0, output_tokens: 12 },
};

test.each<[FormatName, JsonObject]>([
  ['openai-chat', CHAT],
  ['openai-responses', RESPONSE],
  ['anthropic-messages', MESSAGE],
])('%s: a replayed answer is a stream that gives the answer again', (name, whole) => {
  const { answer, facts } = meter(name, replayed(name, whole));
  expect(answer).toEqual(whole);
  expect(facts).toMatchObject({ ...FORMATS[name].readAnswer(whole), end: 'complete' });
});

test('a chat is replayed without usage for a caller who did not ask', () => {
  expect(replayed('openai-chat', CHAT, false).toString()).not.toContain('"usage"');
  expect(meter('openai-chat', replayed('openai-chat', CHAT, false)).facts.usage).toBeNull();
});

test('any chat of texts and tools is the same after its replay', () => {
  const text = fc.string({ unit: 'grapheme' });
  const call = fc.record({
    id: fc.uuid(),
    type: fc.constant('function'),
    function: fc.record({ name: fc.constant('f'), arguments: text }),
  });
  const message = fc.record(
    {
      role: fc.constant('assistant'),
      content: fc.option(text),
      tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['role', 'content'] },
  );
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), (messages) => {
      const choices = messages.map((one, index) => ({
        index,
        message: one,
        logprobs: null,
        finish_reason: 'stop',
      }));
      const whole = { id: 'c', object: 'chat.completion', model: 'm', choices, usage: { prompt_tokens: 1 } };
      expect(meter('openai-chat', replayed('openai-chat', whole)).answer).toEqual(whole);
    }),
  );
});

test('any message of texts and tools is the same after its replay', () => {
  const block = fc.oneof(
    fc.record({ type: fc.constant('text'), text: fc.string({ unit: 'grapheme' }) }),
    fc.record({
      type: fc.constant('tool_use'),
      id: fc.uuid(),
      input: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value))),
    }),
  );
  fc.assert(
    fc.property(fc.array(block, { maxLength: 4 }), (content) => {
      const whole = {
        type: 'message',
        model: 'm',
        content,
        stop_reason: 'end_turn',
        usage: { output_tokens: 2 },
      };
      const { answer } = meter('anthropic-messages', replayed('anthropic-messages', whole));
      expect(answer).toEqual(whole);
    }),
  );
});

describe("providers' own clients", () => {
  let server: Server;
  let next: { status: number; body: Uint8Array };
  let openai: OpenAI;
  let anthropic: Anthropic;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      const type = next.status === 200 ? 'text/event-stream' : 'application/json';
      response.writeHead(next.status, { 'content-type': type });
      response.end(next.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    openai = new OpenAI({ baseURL, apiKey: 'k', maxRetries: 0 });
    anthropic = new Anthropic({ baseURL, apiKey: 'k', maxRetries: 0 });
  });
  afterAll(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });

  test('read a replayed chat', async () => {
    next = { status: 200, body: replayed('openai-chat', CHAT) };
    const stream = openai.chat.completions.stream({ model: 'm', messages: [] });
    const { choices, usage } = await stream.finalChatCompletion();
    expect(choices[0]?.message).toMatchObject({
      content: 'Let me see.',
      tool_calls: [{ id: 't', function: { name: 'now', arguments: '{"zone":"UTC"}' } }, { id: 'u' }],
    });
    expect(choices[1]).toMatchObject({
      message: { content: 'No' },
      logprobs: { content: [{ token: 'No' }] },
    });
    expect(usage).toEqual(CHAT['usage']);
  });

  test('read a replayed response, and its events in the right order', async () => {
    next = { status: 200, body: replayed('openai-responses', RESPONSE) };
    const stream = openai.responses.stream({ model: 'm', input: 'Hi' });
    const types: string[] = [];
    stream.on('event', ({ type }) => types.push(type));
    const { output, output_text } = await stream.finalResponse();
    expect(output).toMatchObject(RESPONSE['output'] as object);
    expect(output_text).toBe('Hello');
    expect(types.slice(0, 4)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
    ]);
    expect(types.at(-1)).toBe('response.completed');
  });

  test('read a replayed message', async () => {
    next = { status: 200, body: replayed('anthropic-messages', MESSAGE) };
    const stream = anthropic.messages.stream({ model: 'm', max_tokens: 9, messages: [] });
    const { content, usage, stop_reason } = await stream.finalMessage();
    expect(content).toMatchObject(MESSAGE['content'] as object);
    expect(usage).toMatchObject(MESSAGE['usage'] as object);
    expect(stop_reason).toBe('tool_use');
  });

  const failure = { message: 'Why', requestId: 'req-1' };

  test.each([
    ['invalid_request', 400, OpenAI.BadRequestError, Anthropic.BadRequestError, 'invalid_request_error'],
    [
      'authentication',
      401,
      OpenAI.AuthenticationError,
      Anthropic.AuthenticationError,
      'authentication_error',
    ],
    ['permission', 403, OpenAI.PermissionDeniedError, Anthropic.PermissionDeniedError, 'permission_error'],
    ['not_found', 404, OpenAI.NotFoundError, Anthropic.NotFoundError, 'not_found_error'],
    ['conflict', 409, OpenAI.ConflictError, Anthropic.ConflictError, 'invalid_request_error'],
    ['too_large', 413, OpenAI.APIError, Anthropic.APIError, 'request_too_large'],
    [
      'unprocessable',
      422,
      OpenAI.UnprocessableEntityError,
      Anthropic.UnprocessableEntityError,
      'invalid_request_error',
    ],
    ['rate_limit', 429, OpenAI.RateLimitError, Anthropic.RateLimitError, 'rate_limit_error'],
    ['budget', 429, OpenAI.RateLimitError, Anthropic.RateLimitError, 'rate_limit_error'],
    ['internal', 500, OpenAI.InternalServerError, Anthropic.InternalServerError, 'api_error'],
    ['provider', 502, OpenAI.InternalServerError, Anthropic.InternalServerError, 'api_error'],
    ['overloaded', 503, OpenAI.InternalServerError, Anthropic.InternalServerError, 'overloaded_error'],
    ['timeout', 504, OpenAI.InternalServerError, Anthropic.InternalServerError, 'timeout_error'],
  ] as const)('throw their own class for our error %s', async (kind, status, theirs, anthropics, type) => {
    const answerTo = (name: FormatName) => {
      const answer = FORMATS[name].failure({ kind, ...failure, code: 'our_code', param: 'model' });
      next = { status: answer.status, body: Buffer.from(answer.body) };
    };
    answerTo('openai-chat');
    const one = await openai.chat.completions.create({ model: 'm', messages: [] }).catch((error) => error);
    expect(one).toBeInstanceOf(theirs);
    expect(one).toMatchObject({ status, code: 'our_code', param: 'model', message: `${status} Why` });
    answerTo('anthropic-messages');
    const other = await anthropic.messages
      .create({ model: 'm', max_tokens: 9, messages: [] })
      .catch((error) => error);
    expect(other).toBeInstanceOf(anthropics);
    expect(other.error).toEqual({
      type: 'error',
      error: { type, message: 'Why', code: 'our_code' },
      request_id: 'req-1',
    });
  });

  test('throw for our error in the middle of a stream, and skip pings', async () => {
    const cut = (name: FormatName, answer: JsonObject) => {
      const { replay, ping, failureEvent } = FORMATS[name];
      const [first = new Uint8Array()] = replay(answer, true);
      const body = Buffer.concat([ping, first, ping, failureEvent({ kind: 'provider', ...failure })]);
      next = { status: 200, body };
    };
    cut('openai-chat', CHAT);
    const chat = openai.chat.completions.stream({ model: 'm', messages: [] });
    await expect(chat.finalChatCompletion()).rejects.toThrow('Why');
    cut('openai-responses', RESPONSE);
    const response = await openai.responses.create({ model: 'm', input: 'Hi', stream: true });
    const read = async () => {
      const types: string[] = [];
      for await (const { type } of response) types.push(type);
      return types;
    };
    expect(await read().catch((error) => [error.message])).toEqual(['Why']);
    cut('anthropic-messages', MESSAGE);
    const message = anthropic.messages.stream({ model: 'm', max_tokens: 9, messages: [] });
    await expect(message.finalMessage()).rejects.toThrow('Why');
  });
});
