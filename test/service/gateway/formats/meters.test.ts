import type { FormatName, StreamFacts } from '../../../../service/gateway/formats/call-format';
import type { JsonObject } from '../../../../service/gateway/formats/json';
import { SimulatedProvider } from '../../../../service/local/simulated-provider';
import { normalizeUsage } from '../../../../service/usage/usage';
import { meter, streamOf } from './streams';

const chunk = (delta: JsonObject, finish: string | null = null, rest: JsonObject = {}) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...rest,
});
const USAGE = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const usageChunk = { id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [], usage: USAGE };

describe('a stream of chat', () => {
  test.each<[what: string, stream: Buffer, facts: Partial<StreamFacts>]>([
    [
      'ends with usage and [DONE]',
      streamOf(
        chunk({ role: 'assistant', content: '' }),
        chunk({ content: 'Hi!' }),
        chunk({}, 'stop'),
        usageChunk,
        '[DONE]',
      ),
      { usage: USAGE, end: 'complete', finishReason: 'stop', outputCharacters: 3, isCacheable: true },
    ],
    [
      'without usage is complete, and has none',
      streamOf(chunk({ content: 'Hi' }), chunk({}, 'stop'), '[DONE]'),
      { usage: null, end: 'complete', outputCharacters: 2 },
    ],
    [
      'has its usage in the last chunk with a choice, and no [DONE]',
      streamOf(chunk({ content: 'Hi' }), chunk({}, 'length', { usage: USAGE })),
      { usage: USAGE, end: 'complete', finishReason: 'length', isCacheable: false },
    ],
    [
      'has a running usage in each chunk: the last counts',
      streamOf(
        chunk({ content: 'Hi' }, null, { usage: { ...USAGE, completion_tokens: 1 } }),
        chunk({}, 'stop', { usage: USAGE }),
        '[DONE]',
      ),
      { usage: USAGE },
    ],
    [
      'is cut: what came is counted',
      streamOf(chunk({ content: 'Hello' }), chunk({ reasoning_content: 'Hm' })),
      { usage: null, end: 'cut', outputCharacters: 7, isCacheable: false, partialUsage: null },
    ],
    [
      'is cut before one of two choices ends',
      streamOf({
        ...usageChunk,
        choices: [
          { index: 0, delta: {} },
          { index: 1, delta: {}, finish_reason: 'stop' },
        ],
      }),
      { end: 'cut' },
    ],
    [
      'calls tools',
      streamOf(
        chunk({ tool_calls: [{ index: 0, id: 't', function: { name: 'now', arguments: '' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] }),
        chunk({}, 'tool_calls'),
        '[DONE]',
      ),
      { outputCharacters: 10, finishReason: 'tool_calls', end: 'complete' },
    ],
    [
      'has an error event',
      streamOf(
        chunk({ content: 'Hi' }),
        { error: { message: 'Overloaded', type: 'server_error', code: null } },
        '[DONE]',
      ),
      { end: 'error', error: { code: 'server_error', message: 'Overloaded' }, isCacheable: false },
    ],
    [
      'has an error that is text',
      streamOf({ error: 'no' }),
      { end: 'error', error: { code: 'error', message: 'no' } },
    ],
    [
      'ends by a filter: nothing is kept',
      streamOf(chunk({ content: 'Hi' }), chunk({}, 'content_filter'), '[DONE]'),
      { end: 'complete', isCacheable: false },
    ],
    [
      'begins with a chunk of filters without choices',
      streamOf(
        { choices: [], prompt_filter_results: [] },
        chunk({ content: 'Hi' }),
        chunk({}, 'stop'),
        '[DONE]',
      ),
      { end: 'complete', outputCharacters: 2 },
    ],
    [
      'has no JSON',
      streamOf('nonsense', '[DONE]'),
      { end: 'complete', isCacheable: false, outputCharacters: 0 },
    ],
    [
      'says its tier',
      streamOf(chunk({}, 'stop', { service_tier: 'flex' }), '[DONE]'),
      { serviceTier: 'flex' },
    ],
    ['is empty', streamOf(), { end: 'cut', usage: null, model: null }],
  ])('%s', (_, stream, facts) => {
    expect(meter('openai-chat', stream).facts).toMatchObject(facts);
  });

  test('hides the usage chunk from a caller who did not ask, and nothing else', () => {
    const others = streamOf(
      { choices: [], prompt_filter_results: [] },
      chunk({ content: 'Hi' }),
      chunk({}, 'stop'),
    );
    const stream = Buffer.concat([
      Buffer.from(': ping\n\n'),
      others,
      streamOf(usageChunk),
      streamOf('[DONE]'),
    ]);
    const hidden = meter('openai-chat', stream, false);
    expect(hidden.shown).toBe(`: ping\n\n${others}data: [DONE]\n\n`);
    expect(hidden.facts.usage).toEqual(USAGE);
    expect(meter('openai-chat', stream).shown).toBe(stream.toString());
    const inLast = streamOf(chunk({}, 'stop', { usage: USAGE }));
    expect(meter('openai-chat', inLast, false).shown).toBe(inLast.toString());
    const withoutList = streamOf({ ...usageChunk, choices: null });
    expect(meter('openai-chat', withoutList, false).shown).toBe('');
  });

  test('is put together with tools, probabilities and fields of other servers', () => {
    const stream = streamOf(
      chunk({ role: 'assistant', content: null, reasoning_content: 'Let ' }),
      chunk({ reasoning_content: 'me.' }),
      chunk({
        tool_calls: [{ index: 0, id: 't', type: 'function', function: { name: 'now', arguments: '{"a' } }],
      }),
      chunk({ tool_calls: [{ index: 0, id: '', function: { name: 'now', arguments: '":1}' } }] }),
      chunk({
        tool_calls: [{ index: 1, id: 'u', type: 'custom', custom: { name: 'sql', input: 'SELECT' } }],
      }),
      chunk({ tool_calls: [{ index: 1, custom: { input: ' 1' } }] }),
      chunk({}, 'tool_calls', { system_fingerprint: 'fp', obfuscation: 'xx' }),
      usageChunk,
      '[DONE]',
    );
    expect(meter('openai-chat', stream, false).answer).toEqual({
      id: 'c',
      object: 'chat.completion',
      model: 'm',
      system_fingerprint: 'fp',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            reasoning_content: 'Let me.',
            tool_calls: [
              { id: 't', type: 'function', function: { name: 'now', arguments: '{"a":1}' } },
              { id: 'u', type: 'custom', custom: { name: 'sql', input: 'SELECT 1' } },
            ],
          },
        },
      ],
      usage: USAGE,
    });
    const probable = (token: string, finish: string | null) => ({
      ...chunk({ content: token }, finish),
      choices: [
        {
          index: 0,
          delta: { content: token },
          logprobs: { content: [{ token }], refusal: null },
          finish_reason: finish,
        },
      ],
    });
    const { answer } = meter('openai-chat', streamOf(probable('A', null), probable('B', 'stop'), '[DONE]'));
    expect(answer).toMatchObject({
      choices: [
        {
          logprobs: { content: [{ token: 'A' }, { token: 'B' }], refusal: null },
          message: { content: 'AB' },
        },
      ],
    });
  });

  test.each<[what: string, events: (JsonObject | string)[]]>([
    ['audio in pieces', [chunk({ audio: { data: 'AA' } }), chunk({ audio: { data: 'BB' } })]],
    ['two lists of an unknown field', [chunk({ parts: [1] }), chunk({ parts: [2] })]],
    ['an event that is no JSON', ['nonsense']],
    ['a call without a number', [chunk({ tool_calls: [{ id: 't' }] })]],
    ['a choice without a number', [{ choices: [{ delta: {} }] }]],
  ])('is not put together with %s', (_, events) => {
    const whole = streamOf(chunk({ content: 'Hi' }), ...events, chunk({}, 'stop'), '[DONE]');
    expect(meter('openai-chat', whole).answer).toBeNull();
    expect(meter('openai-chat', whole).facts).toMatchObject({ end: 'complete', isCacheable: false });
    expect(
      meter('openai-chat', streamOf(chunk({ content: 'Hi' }), chunk({}, 'stop'), '[DONE]')).answer,
    ).not.toBeNull();
  });
});

describe('a stream of responses', () => {
  const usage = { input_tokens: 9, output_tokens: 2, total_tokens: 11 };
  const response = (status: string, rest: JsonObject = {}) => ({
    id: 'r',
    model: 'gpt-5',
    status,
    output: [],
    ...rest,
  });
  const event = (type: string, rest: JsonObject) => ({ type, ...rest });
  const created = event('response.created', { response: response('in_progress', { usage: null }) });
  const delta = (type: string, text: string) => event(type, { delta: text });

  test.each<[what: string, events: JsonObject[], facts: Partial<StreamFacts>]>([
    [
      'is completed',
      [
        created,
        delta('response.reasoning_summary_text.delta', 'Hm'),
        delta('response.output_text.delta', 'Hi!'),
        event('response.completed', { response: response('completed', { usage, service_tier: 'default' }) }),
      ],
      {
        end: 'complete',
        usage,
        outputCharacters: 5,
        finishReason: 'completed',
        serviceTier: 'default',
        isCacheable: true,
      },
    ],
    [
      'is incomplete by its limit',
      [
        created,
        event('response.incomplete', {
          response: response('incomplete', { usage, incomplete_details: { reason: 'max_output_tokens' } }),
        }),
      ],
      { end: 'complete', usage, finishReason: 'max_output_tokens', isCacheable: false },
    ],
    [
      'fails, with usage',
      [
        created,
        event('response.failed', {
          response: response('failed', { usage, error: { code: 'server_error', message: 'Sorry' } }),
        }),
      ],
      { end: 'error', usage, error: { code: 'server_error', message: 'Sorry' }, isCacheable: false },
    ],
    [
      'has an error event',
      [created, event('error', { code: 'rate_limit_exceeded', message: 'Slow down', param: null })],
      { end: 'error', error: { code: 'rate_limit_exceeded', message: 'Slow down' } },
    ],
    [
      'is cut',
      [created, delta('response.function_call_arguments.delta', '{"a"')],
      { end: 'cut', usage: null, model: 'gpt-5', outputCharacters: 4 },
    ],
    [
      'has audio and unknown events, whose bytes are no text',
      [created, delta('response.audio.delta', 'AAAA'), event('response.news', { x: 1 })],
      { outputCharacters: 0 },
    ],
  ])('%s', (_, events, facts) => {
    const { facts: found, shown, answer } = meter('openai-responses', streamOf(...events));
    expect(found).toMatchObject(facts);
    expect(shown).toBe(streamOf(...events).toString());
    expect(answer).toEqual(found.isCacheable ? events.at(-1)?.['response'] : null);
  });
});

describe('a stream of messages', () => {
  const started = {
    input_tokens: 25,
    cache_creation_input_tokens: 3,
    cache_read_input_tokens: 7,
    output_tokens: 1,
    service_tier: 'standard',
  };
  const start = {
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [],
      stop_reason: null,
      usage: started,
    },
  };
  const block = (index: number, content_block: JsonObject) => ({
    type: 'content_block_start',
    index,
    content_block,
  });
  const delta = (index: number, one: JsonObject) => ({ type: 'content_block_delta', index, delta: one });
  const stopBlock = (index: number) => ({ type: 'content_block_stop', index });
  const text = (index: number, ...texts: string[]) => [
    block(index, { type: 'text', text: '' }),
    ...texts.map((one) => delta(index, { type: 'text_delta', text: one })),
    stopBlock(index),
  ];
  const end = (usage: JsonObject | undefined, stop_reason = 'end_turn') => [
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, ...(usage && { usage }) },
    { type: 'message_stop' },
  ];

  test.each<[what: string, events: JsonObject[], facts: Partial<StreamFacts>]>([
    [
      'takes the input from its start and the output from its end',
      [start, ...text(0, 'Hel', 'lo'), { type: 'ping' }, ...end({ output_tokens: 15, input_tokens: null })],
      {
        end: 'complete',
        usage: { ...started, output_tokens: 15 },
        outputCharacters: 5,
        finishReason: 'end_turn',
        serviceTier: 'standard',
        isCacheable: true,
        partialUsage: null,
      },
    ],
    [
      'takes later totals of the input over those of the start',
      [start, ...end({ input_tokens: 99, output_tokens: 15, server_tool_use: { web_search_requests: 1 } })],
      {
        usage: {
          ...started,
          input_tokens: 99,
          output_tokens: 15,
          server_tool_use: { web_search_requests: 1 },
        },
      },
    ],
    [
      'is cut: the input is known, the output estimated',
      [start, ...text(0, 'Hello there')],
      { end: 'cut', usage: null, partialUsage: { ...started, output_tokens: 3 }, isCacheable: false },
    ],
    [
      'has an error event',
      [
        start,
        ...text(0, 'Hi'),
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
      { end: 'error', error: { code: 'overloaded_error', message: 'Overloaded' }, isCacheable: false },
    ],
    [
      'has no usage at all',
      [{ type: 'message_start', message: { model: 'c' } }, ...end(undefined)],
      { usage: null, partialUsage: null },
    ],
    [
      'pauses: it is not kept',
      [start, ...text(0, 'Hi'), ...end({ output_tokens: 1 }, 'pause_turn')],
      { isCacheable: false },
    ],
    [
      'has an event of an unknown type: it is passed on and not kept',
      [start, ...text(0, 'Hi'), { type: 'news' }, ...end({ output_tokens: 1 })],
      { end: 'complete', isCacheable: false },
    ],
    [
      'has a delta of an unknown type',
      [
        start,
        block(0, { type: 'text', text: '' }),
        delta(0, { type: 'x_delta' }),
        ...end({ output_tokens: 1 }),
      ],
      { end: 'complete', isCacheable: false },
    ],
  ])('%s', (_, events, facts) => {
    const { facts: found, shown } = meter('anthropic-messages', streamOf(...events));
    expect(found).toMatchObject(facts);
    expect(shown).toBe(streamOf(...events).toString());
  });

  test('is put together with thinking, tools and citations', () => {
    const citation = { type: 'char_location', cited_text: 'a' };
    const stream = streamOf(
      start,
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Let me' }),
      delta(0, { type: 'thinking_delta', thinking: ' see' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      stopBlock(0),
      block(1, { type: 'text', text: '', citations: [] }),
      delta(1, { type: 'text_delta', text: 'Hi' }),
      delta(1, { type: 'citations_delta', citation }),
      stopBlock(1),
      block(2, { type: 'tool_use', id: 't', name: 'now', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"a": [1' }),
      delta(2, { type: 'input_json_delta', partial_json: ', 2]}' }),
      stopBlock(2),
      block(3, { type: 'tool_use', id: 'u', name: 'none', input: {} }),
      stopBlock(3),
      ...end({ output_tokens: 9 }, 'tool_use'),
    );
    expect(meter('anthropic-messages', stream).answer).toEqual({
      ...start.message,
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { ...started, output_tokens: 9 },
      content: [
        { type: 'thinking', thinking: 'Let me see', signature: 'sig' },
        { type: 'text', text: 'Hi', citations: [citation] },
        { type: 'tool_use', id: 't', name: 'now', input: { a: [1, 2] } },
        { type: 'tool_use', id: 'u', name: 'none', input: {} },
      ],
    });
  });
});

describe('a simulated stream, written apart from the meters', () => {
  const provider = new SimulatedProvider({ now: () => new Date(0) });
  beforeAll(() => provider.listen());
  afterEach(() => provider.calls.clear());
  afterAll(() => provider.close());

  const post = async (path: string, body: JsonObject) => {
    const answer = await fetch(`${provider.url}/v1${path}`, { method: 'POST', body: JSON.stringify(body) });
    return Buffer.from(await answer.arrayBuffer());
  };
  const tool = { name: 'f', parameters: { properties: { city: { type: 'string' } } } };
  const cases: [name: FormatName, path: string, body: JsonObject][] = [
    ['openai-chat', '/chat/completions', { messages: [], stream_options: { include_usage: true } }],
    ['openai-chat', '/chat/completions', { messages: [], n: 3, stream_options: { include_usage: true } }],
    [
      'openai-chat',
      '/chat/completions',
      {
        messages: [],
        tools: [{ type: 'function', function: tool }],
        stream_options: { include_usage: true },
      },
    ],
    ['openai-responses', '/responses', { input: 'Hi' }],
    ['openai-responses', '/responses', { input: 'Hi', tools: [{ type: 'function', ...tool }] }],
    ['anthropic-messages', '/messages', { messages: [], max_tokens: 100 }],
    ['anthropic-messages', '/messages', { messages: [], max_tokens: 5 }],
    [
      'anthropic-messages',
      '/messages',
      { messages: [], max_tokens: 100, tools: [{ name: 'f', input_schema: tool.parameters }] },
    ],
  ];

  test.each(cases)('%s %s %j has the tokens that the provider counts', async (name, path, body) => {
    const model = 'sim-reasoning-5-cached-1-crlf-comments-bytes-11';
    const { facts } = meter(name, await post(path, { ...body, model, stream: true }));
    const usage = normalizeUsage(name, facts.usage);
    const [call] = provider.calls.newest;
    expect(facts.end).toBe('complete');
    expect(usage).toMatchObject({
      ok: true,
      usage: { tokens: { input: call?.inputTokens, cachedInput: 1, output: call?.outputTokens } },
    });
  });

  test.each(cases)('%s %s %j is put together as the whole answer', async (name, path, body) => {
    const stable = (answer: unknown) =>
      JSON.parse(
        JSON.stringify(answer)
          .replaceAll(/sim1x\w+/g, 'id')
          .replaceAll('"annotations":[]', '"annotations":null'),
      );
    const { answer } = meter(name, await post(path, { ...body, model: 'sim', stream: true }));
    const whole = stable(JSON.parse((await post(path, { ...body, model: 'sim' })).toString()));
    expect(whole).toMatchObject(stable(answer));
  });

  test.each(cases)('%s %s %j that is cut has no usage of its end', async (name, path, body) => {
    const answer = await fetch(`${provider.url}/v1${path}`, {
      method: 'POST',
      body: JSON.stringify({ ...body, model: 'sim-noend-nousage-errorafter-4', stream: true }),
    });
    const { facts } = meter(name, Buffer.from(await answer.arrayBuffer()));
    expect(facts).toMatchObject({ end: 'error', usage: null, isCacheable: false });
    expect(facts.error?.message).not.toBe('');
  });
});
