import {
  type CallFacts,
  type FormatName,
  InvalidCallError,
} from '../../../../service/gateway/formats/call-format';
import { FORMATS } from '../../../../service/gateway/formats/formats';
import type { JsonObject } from '../../../../service/gateway/formats/json';

const DEFAULTS: CallFacts = {
  model: 'm',
  stream: false,
  user: null,
  serviceTier: null,
  maxOutputTokens: null,
  choices: 1,
  images: 0,
  imageBytes: 0,
  hasOutsideInput: false,
  cacheability: 'on-request',
};
const DATA_URL = `data:image/png;base64,${'A'.repeat(1000)}`;
const image = (url: string) => ({ type: 'image_url', image_url: { url } });
const user = (...content: unknown[]) => [{ role: 'user', content }];

describe('OpenAI chat', () => {
  test.each<[what: string, body: JsonObject, facts: Partial<CallFacts>]>([
    ['a plain one', { messages: user() }, {}],
    ['a stream', { stream: true }, { stream: true }],
    ['stream: null', { stream: null }, {}],
    ['a user', { user: 'u' }, { user: 'u' }],
    ['a safety identifier before a user', { user: 'u', safety_identifier: 's' }, { user: 's' }],
    ['a tier', { service_tier: 'flex' }, { serviceTier: 'flex' }],
    ['max_tokens', { max_tokens: 5 }, { maxOutputTokens: 5 }],
    [
      'max_completion_tokens before max_tokens',
      { max_tokens: 5, max_completion_tokens: 9 },
      { maxOutputTokens: 9 },
    ],
    ['several choices', { n: 3 }, { choices: 3 }],
    ['temperature 0', { temperature: 0 }, { cacheability: 'default' }],
    ['temperature 0.1', { temperature: 0.1 }, {}],
    ['a picture by address', { messages: user(image('https://a/b.png')) }, { images: 1 }],
    ['a picture inside', { messages: user(image(DATA_URL)) }, { images: 1, imageBytes: DATA_URL.length }],
    [
      'a file',
      { temperature: 0, messages: user({ type: 'file', file: { file_id: 'f' } }) },
      { hasOutsideInput: true, cacheability: 'never' },
    ],
    ['a web search', { web_search_options: {} }, { hasOutsideInput: true, cacheability: 'never' }],
    ['a seed beyond 2^53', { temperature: 0, seed: 2 ** 53 }, { cacheability: 'never' }],
    ['a seed below 2^53', { temperature: 0, seed: 2 ** 53 - 1 }, { cacheability: 'default' }],
    ['no messages', {}, {}],
  ])('with %s', (_, body, facts) => {
    expect(FORMATS['openai-chat'].readCall({ model: 'm', ...body })).toEqual({ ...DEFAULTS, ...facts });
  });
});

describe('OpenAI responses', () => {
  const never = { hasOutsideInput: true, cacheability: 'never' as const };
  test.each<[what: string, body: JsonObject, facts: Partial<CallFacts>]>([
    ['a text', { input: 'a' }, {}],
    ['a limit', { input: 'a', max_output_tokens: 7 }, { maxOutputTokens: 7 }],
    ['temperature 0', { input: 'a', temperature: 0 }, { cacheability: 'default' }],
    [
      'a picture',
      { input: user({ type: 'input_image', image_url: DATA_URL }) },
      { images: 1, imageBytes: DATA_URL.length },
    ],
    [
      'a picture that a tool answered',
      {
        input: [{ type: 'function_call_output', output: [{ type: 'input_image', image_url: 'https://a' }] }],
      },
      { images: 1 },
    ],
    [
      'a screenshot',
      {
        input: [
          { type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: DATA_URL } },
        ],
      },
      { images: 1, imageBytes: DATA_URL.length },
    ],
    ['an earlier response', { previous_response_id: 'r' }, never],
    ['no earlier response', { previous_response_id: null }, {}],
    ['a conversation', { conversation: 'c' }, never],
    ['a stored prompt', { prompt: { id: 'p' } }, never],
    ['a reference', { input: [{ type: 'item_reference', id: 'i' }] }, never],
    ['a file', { input: user({ type: 'input_file', file_url: 'https://a' }) }, never],
    ['a tool of its own', { tools: [{ type: 'function' }, { type: 'custom' }] }, {}],
    ["a tool of the provider's", { temperature: 0, tools: [{ type: 'web_search' }] }, never],
    ['an unknown tool', { tools: [{ type: 'telepathy' }] }, never],
  ])('with %s', (_, body, facts) => {
    expect(FORMATS['openai-responses'].readCall({ model: 'm', ...body })).toEqual({ ...DEFAULTS, ...facts });
  });
});

describe('Anthropic messages', () => {
  const never = { hasOutsideInput: true, cacheability: 'never' as const };
  const source = (type: string, rest = {}) => ({ source: { type, ...rest } });
  test.each<[what: string, body: JsonObject, facts: Partial<CallFacts>]>([
    ['a limit', { max_tokens: 100 }, { maxOutputTokens: 100 }],
    ['a user', { metadata: { user_id: 'u' } }, { user: 'u' }],
    ['temperature 0', { temperature: 0 }, { cacheability: 'default' }],
    [
      'pictures, also one that a tool answered',
      {
        messages: user(
          { type: 'image', ...source('base64', { data: 'A'.repeat(50) }) },
          { type: 'tool_result', content: [{ type: 'image', ...source('url', { url: 'https://a' }) }] },
        ),
      },
      { images: 2, imageBytes: 50 },
    ],
    ['a document of text', { messages: user({ type: 'document', ...source('text', { data: 'a' }) }) }, {}],
    ['a PDF', { messages: user({ type: 'document', ...source('base64', { data: 'a' }) }) }, never],
    ['a tool of its own', { tools: [{ name: 't' }, { type: 'custom' }, { type: 'bash_20250124' }] }, {}],
    ["a tool of the provider's", { tools: [{ type: 'web_search_20250305' }] }, never],
    ['a server of tools', { mcp_servers: [{ url: 'https://a' }] }, never],
    ['a container', { container: 'c' }, never],
    [
      'arguments with a number beyond 2^53',
      { temperature: 0, messages: user({ type: 'tool_use', input: { id: 2 ** 60 } }) },
      { cacheability: 'never' },
    ],
  ])('with %s', (_, body, facts) => {
    expect(FORMATS['anthropic-messages'].readCall({ model: 'm', ...body })).toEqual({
      ...DEFAULTS,
      ...facts,
    });
  });
});

test('embeddings are kept by default and have no output', () => {
  expect(
    FORMATS['openai-embeddings'].readCall({ model: 'm', input: ['a'], user: 'u', stream: true }),
  ).toEqual({
    ...DEFAULTS,
    user: 'u',
    maxOutputTokens: 0,
    cacheability: 'default',
  });
});

describe('a call is refused, and the field named', () => {
  const deep = JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`);
  test.each<[FormatName, JsonObject, param: string | null, message: RegExp]>([
    ['openai-chat', {}, 'model', /'model' must be text of 1 to 256 characters, got nothing/],
    ['openai-chat', { model: '' }, 'model', /got text of 0 characters/],
    ['openai-chat', { model: 'm'.repeat(257) }, 'model', /got text of 257 characters/],
    ['openai-embeddings', { model: 3 }, 'model', /got 3/],
    ['openai-chat', { model: 'm', stream: 'yes' }, 'stream', /must be true or false/],
    ['openai-chat', { model: 'm', n: 0 }, 'n', /between 1 and 128, got 0/],
    ['openai-chat', { model: 'm', n: 1e9 }, 'n', /between 1 and 128/],
    ['openai-chat', { model: 'm', max_tokens: -1 }, 'max_tokens', /between 0 and 10000000, got -1/],
    ['openai-chat', { model: 'm', max_completion_tokens: 1.5 }, 'max_completion_tokens', /whole number/],
    ['openai-responses', { model: 'm', max_output_tokens: '5' }, 'max_output_tokens', /got text of 1 char/],
    ['openai-responses', { model: 'm', background: true }, 'background', /no usage/],
    ['anthropic-messages', { model: 'm', max_tokens: {} }, 'max_tokens', /got an object/],
    ['anthropic-messages', { model: 'm', x: deep }, null, /at most 256 levels/],
  ])('%s %j', (name, body, param, message) => {
    const read = () => FORMATS[name].readCall(body);
    expect(read).toThrow(InvalidCallError);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ param }));
  });
});

describe('the text of a prompt', () => {
  test.each<[FormatName, JsonObject, text: string]>([
    [
      'openai-chat',
      {
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: [{ type: 'text', text: 'What is this?' }, image(DATA_URL)] },
          { role: 'assistant', content: null, tool_calls: [{ function: { arguments: '{}' } }] },
          { role: 'tool', content: 'A cat' },
        ],
      },
      'Be short.\nWhat is this?\nA cat',
    ],
    [
      'openai-responses',
      {
        instructions: 'Be short.',
        input: [
          { role: 'user', content: 'Hello' },
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'there' }] },
          { type: 'function_call_output', output: 'A cat' },
        ],
      },
      'Be short.\nHello\nthere\nA cat',
    ],
    ['openai-responses', { input: 'Hello' }, 'Hello'],
    ['openai-embeddings', { input: ['one', 'two'] }, 'one\ntwo'],
    ['openai-embeddings', { input: [1, 2, 3] }, ''],
    [
      'anthropic-messages',
      {
        system: [{ type: 'text', text: 'Be short.' }],
        messages: [
          { role: 'user', content: 'Hello' },
          {
            role: 'user',
            content: [
              { type: 'tool_result', content: 'A cat' },
              { type: 'tool_result', content: [{ type: 'text', text: 'A dog' }] },
              { type: 'document', source: { type: 'text', data: 'A page' } },
              { type: 'image', source: { type: 'base64', data: 'AAAA' } },
            ],
          },
        ],
      },
      'Be short.\nHello\nA cat\nA dog\nA page',
    ],
    ['anthropic-messages', { system: 'Be short.', messages: [] }, 'Be short.'],
    ['anthropic-messages', { messages: 'nonsense' }, ''],
  ])('%s %j', (name, body, text) => {
    expect(FORMATS[name].promptText(body)).toBe(text);
  });

  test('ends with the text that passes the limit', () => {
    const messages = ['one', 'two', 'three', 'four'].map((content) => ({ role: 'user', content }));
    expect(FORMATS['openai-chat'].promptText({ messages }, 5)).toBe('one\ntwo');
  });
});
