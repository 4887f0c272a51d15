import type { JsonObject } from '../../../../../service/gateway/formats/json';
import { converse } from '../../../../../service/gateway/providers/bedrock/converse';
import { ProviderError } from '../../../../../service/gateway/providers/provider';
import { normalizeUsage } from '../../../../../service/usage/usage';
import { callOf } from './bedrock-calls';

const requestOf = (body: JsonObject): JsonObject =>
  JSON.parse(Buffer.from(converse.requestBody(callOf('openai-chat', body))).toString());

const ask = [{ role: 'user', content: 'Hi' }];
const tool = (rest: JsonObject = {}) => ({
  type: 'function',
  function: { name: 'now', parameters: { type: 'object' }, ...rest },
});
const spec = { toolSpec: { name: 'now', inputSchema: { json: { type: 'object' } } } };

describe('a chat for Converse', () => {
  test.each<[what: string, body: JsonObject, request: JsonObject]>([
    [
      'has its system texts apart',
      {
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
          ...ask,
        ],
      },
      {
        system: [{ text: 'Be short.' }, { text: 'Be kind.' }],
        messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      },
    ],
    [
      'has pictures as bytes',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What?' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0=' } },
            ],
          },
        ],
      },
      {
        messages: [
          {
            role: 'user',
            content: [{ text: 'What?' }, { image: { format: 'png', source: { bytes: 'iVBORw0=' } } }],
          },
        ],
      },
    ],
    [
      'has the results of all tools of a turn in one message',
      {
        tools: [tool()],
        messages: [
          ...ask,
          {
            role: 'assistant',
            content: null,
            refusal: null,
            annotations: [],
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'now', arguments: '{"zone":"UTC"}' } },
              { id: 'b', type: 'function', function: { name: 'now', arguments: '' } },
            ],
          },
          { role: 'tool', tool_call_id: 'a', content: '12:00' },
          { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: '13:00' }] },
          { role: 'user', content: 'Thanks' },
        ],
      },
      {
        toolConfig: { tools: [spec] },
        messages: [
          { role: 'user', content: [{ text: 'Hi' }] },
          {
            role: 'assistant',
            content: [
              { toolUse: { toolUseId: 'a', name: 'now', input: { zone: 'UTC' } } },
              { toolUse: { toolUseId: 'b', name: 'now', input: {} } },
            ],
          },
          {
            role: 'user',
            content: [
              { toolResult: { toolUseId: 'a', content: [{ text: '12:00' }] } },
              { toolResult: { toolUseId: 'b', content: [{ text: '13:00' }] } },
              { text: 'Thanks' },
            ],
          },
        ],
      },
    ],
    [
      'has its settings',
      {
        messages: ask,
        max_tokens: 5,
        temperature: 0.5,
        top_p: 0.9,
        stop: 'END',
        metadata: { team: 'a' },
        service_tier: 'flex',
      },
      {
        inferenceConfig: { maxTokens: 5, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
        requestMetadata: { team: 'a' },
        serviceTier: { type: 'flex' },
      },
    ],
    [
      'takes the newer limit and a list of stops',
      { messages: ask, max_completion_tokens: 7, max_tokens: 5, stop: ['a', 'b'] },
      { inferenceConfig: { maxTokens: 7, stopSequences: ['a', 'b'] } },
    ],
    [
      'has tools with a choice',
      { messages: ask, tools: [tool({ description: 'Time', strict: true })], tool_choice: 'required' },
      {
        toolConfig: {
          tools: [{ toolSpec: { ...spec.toolSpec, description: 'Time', strict: true } }],
          toolChoice: { any: {} },
        },
      },
    ],
    [
      'names the tool to call',
      { messages: ask, tools: [tool()], tool_choice: { type: 'function', function: { name: 'now' } } },
      { toolConfig: { tools: [spec], toolChoice: { tool: { name: 'now' } } } },
    ],
    [
      'has the schema of a structured output as text',
      {
        messages: ask,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'trip', strict: true, schema: { type: 'object' } },
        },
      },
      {
        outputConfig: {
          textFormat: {
            type: 'json_schema',
            structure: { jsonSchema: { schema: '{"type":"object"}', name: 'trip' } },
          },
        },
      },
    ],
    [
      'leaves out what changes nothing',
      {
        ...{
          messages: ask,
          model: 'm',
          stream: true,
          stream_options: { include_usage: true },
          user: 'u',
          n: 1,
        },
        ...{
          frequency_penalty: 0,
          presence_penalty: 0,
          logprobs: false,
          logit_bias: {},
          store: false,
          seed: null,
        },
        ...{
          modalities: ['text'],
          parallel_tool_calls: true,
          response_format: { type: 'text' },
          service_tier: 'auto',
        },
        ...{ tools: [tool()], tool_choice: 'none' },
      },
      { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
    ],
  ])('%s', (_, body, request) => {
    expect(requestOf(body)).toMatchObject(request);
    if (!('inferenceConfig' in request)) expect(requestOf(body)).not.toHaveProperty('inferenceConfig');
    if (!('toolConfig' in request)) expect(requestOf(body)).not.toHaveProperty('toolConfig');
  });

  const user = (part: JsonObject) => [{ role: 'user', content: [part] }];
  test.each<[field: string, body: JsonObject]>([
    ['seed', { seed: 1 }],
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 5: 1 } }],
    ['presence_penalty', { presence_penalty: 0.1 }],
    ['reasoning_effort', { reasoning_effort: 'low' }],
    ['web_search_options', { web_search_options: {} }],
    ['a_new_field', { a_new_field: 1 }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['store', { store: true }],
    ['parallel_tool_calls', { parallel_tool_calls: false }],
    ['service_tier', { service_tier: 'scale' }],
    ['stream_options.a', { stream_options: { a: 1 } }],
    ['response_format.type', { response_format: { type: 'json_object' } }],
    ['tools[0].type', { tools: [{ type: 'custom' }] }],
    ['tools[1].function.x', { tools: [tool(), tool({ x: 1 })] }],
    ['tool_choice', { tools: [tool()], tool_choice: { type: 'allowed_tools' } }],
    ['messages[0].name', { messages: [{ role: 'user', name: 'Ann', content: 'Hi' }] }],
    ['messages[0].role', { messages: [{ role: 'function', content: 'Hi' }] }],
    ['messages[0].audio', { messages: [{ role: 'assistant', audio: { id: 'a' } }] }],
    ['messages[0].content[0].type', { messages: user({ type: 'file', file: {} }) }],
    [
      'messages[0].content[0].image_url.url',
      { messages: user({ type: 'image_url', image_url: { url: 'https://a/b.png' } }) },
    ],
    [
      'messages[0].tool_calls[0].function.arguments',
      { messages: [{ role: 'assistant', tool_calls: [{ function: { arguments: '{' } }] }] },
    ],
    ['messages[0].tool_calls[0].type', { messages: [{ role: 'assistant', tool_calls: [{ custom: {} }] }] }],
    [
      'tool_choice',
      { messages: [{ role: 'tool', tool_call_id: 'a', content: 'b' }], tools: [tool()], tool_choice: 'none' },
    ],
  ])('is refused with %s, by its name', (field, body) => {
    const translate = () => requestOf({ messages: ask, ...body });
    expect(translate).toThrow(ProviderError);
    expect(translate).toThrow(expect.objectContaining({ kind: 'unsupported' }));
    expect(translate).toThrow(`'${field}' cannot be passed to Amazon Bedrock`);
  });
});

describe("Converse's answer as a chat", () => {
  const context = { model: 'm', requestId: 'r', created: 7, headers: {} };
  const answerOf = (content: JsonObject[], rest: JsonObject = {}) =>
    converse.answer(
      { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', ...rest },
      context,
    );

  test('has texts, tools, reasoning and usage', () => {
    const answer = answerOf(
      [
        { reasoningContent: { reasoningText: { text: 'Hm', signature: 's' } } },
        { text: 'Let ' },
        { text: 'me see.' },
        { toolUse: { toolUseId: 'a', name: 'now', input: { zone: 'UTC' } } },
      ],
      {
        stopReason: 'tool_use',
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          totalTokens: 22,
          cacheReadInputTokens: 4,
          cacheWriteInputTokens: 3,
        },
        serviceTier: { type: 'default' },
      },
    );
    expect(answer).toEqual({
      id: 'chatcmpl-r',
      object: 'chat.completion',
      created: 7,
      model: 'm',
      service_tier: 'default',
      choices: [
        {
          index: 0,
          logprobs: null,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'Let me see.',
            refusal: null,
            reasoning_content: 'Hm',
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'now', arguments: '{"zone":"UTC"}' } },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 17,
        completion_tokens: 5,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
      },
    });
    expect(normalizeUsage('bedrock', answer['usage'])).toMatchObject({
      ok: true,
      usage: { tokens: { input: 17, cachedInput: 4, cacheWrite5m: 3, output: 5 } },
    });
  });

  test('has no content where there are only tools, and no usage where there is none', () => {
    const answer = answerOf([{ toolUse: { toolUseId: 'a', name: 'now' } }]);
    expect(answer).toMatchObject({ choices: [{ message: { content: null } }] });
    expect(answer).not.toHaveProperty('usage');
    expect(answerOf([{ text: '' }])).toMatchObject({ choices: [{ message: { content: '' } }] });
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['tool_use', 'tool_calls'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['malformed_tool_use', 'stop'],
    ['constructor', 'stop'],
  ])('that ended by %s ended by %s', (stopReason, finish) => {
    expect(answerOf([], { stopReason })).toMatchObject({ choices: [{ finish_reason: finish }] });
  });
});
