import fc from 'fast-check';
import type { FormatName } from '../../../../../service/gateway/formats/call-format';
import { FORMATS } from '../../../../../service/gateway/formats/formats';
import { BedrockProvider } from '../../../../../service/gateway/providers/bedrock/bedrock-provider';
import { bedrockEndpoint, bedrockPath } from '../../../../../service/gateway/providers/bedrock/endpoint';
import { EventMessages } from '../../../../../service/gateway/providers/bedrock/event-messages';
import { ProviderError } from '../../../../../service/gateway/providers/provider';
import {
  anthropicChunk,
  BEDROCK_CREDENTIALS,
  BEDROCK_REGION,
  eventMessage,
  FakeBedrock,
} from '../../../../helpers/fake-bedrock';
import { meter } from '../../formats/streams';
import { bodyOf, callOf } from './bedrock-calls';

const now = () => new Date('2026-11-01T12:00:00Z');
const bedrock = new FakeBedrock(now);
let provider: BedrockProvider;
const signal = new AbortController().signal;

beforeAll(async () => {
  await bedrock.server.listen();
  provider = open();
});
afterEach(() => {
  bedrock.calls.length = 0;
  bedrock.server.reset();
});
afterAll(async () => {
  await provider.close();
  await bedrock.server.close();
});

function open(rest: Partial<ConstructorParameters<typeof BedrockProvider>[0]> = {}): BedrockProvider {
  return new BedrockProvider({
    name: 'bedrock',
    region: BEDROCK_REGION,
    baseUrl: bedrock.server.url,
    credentials: async () => BEDROCK_CREDENTIALS,
    maxConnections: 4,
    connectTimeoutMs: 5_000,
    now,
    ...rest,
  });
}

const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const MESSAGE = { model: 'm', max_tokens: 9, messages: CHAT.messages };
const send = (name: FormatName, body: object, rest = {}) =>
  provider.send(callOf(name, body as Record<string, unknown>, rest), signal);
const jsonOf = async (answer: Awaited<ReturnType<typeof send>>) =>
  JSON.parse((await bodyOf(answer)).toString());

describe('the address', () => {
  test.each([
    ['eu-central-1', null, 'https://bedrock-runtime.eu-central-1.amazonaws.com', ''],
    ['cn-north-1', null, 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn', ''],
    [
      'eu-central-1',
      'https://vpce-1.bedrock-runtime.eu-central-1.vpce.amazonaws.com',
      'https://vpce-1.bedrock-runtime.eu-central-1.vpce.amazonaws.com',
      '',
    ],
    ['eu-central-1', 'http://localhost:4000/bedrock/', 'http://localhost:4000', '/bedrock'],
  ])('of %s with %s is %s', (region, baseUrl, origin, basePath) => {
    expect(bedrockEndpoint(region, baseUrl)).toEqual({ origin, basePath });
  });

  const ARN = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/ab(1)';
  test.each([
    ['amazon.nova-lite-v1:0', '/model/amazon.nova-lite-v1%3A0/converse'],
    [
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
    ],
    [
      ARN,
      '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fab%281%29/converse',
    ],
  ])('of the model %s is encoded once, and signed as Bedrock computes it', async (model, path) => {
    expect(bedrockPath('', model, 'converse')).toBe(path);
    bedrock.answer({ status: 200, body: '{}' });
    expect((await send('openai-chat', CHAT, { model })).status).toBe(200);
    expect(bedrock.calls).toMatchObject([{ path, model, operation: 'converse' }]);
  });
});

describe('signatures', () => {
  test.each([
    [
      'another secret',
      { credentials: async () => ({ ...BEDROCK_CREDENTIALS, secretAccessKey: 'b' }) },
      /does not match/,
    ],
    ['another region', { region: 'us-east-1' }, /signed for us-east-1/],
    ['a clock that is an hour late', { now: () => new Date('2026-11-01T11:00:00Z') }, /signed at/],
  ])('with %s are refused as 401', async (_, props, message) => {
    const other = open(props);
    const answer = await other.send(callOf('openai-chat', CHAT), signal);
    expect(answer).toMatchObject({ status: 401, isStream: false });
    expect(await jsonOf(answer)).toMatchObject({
      error: { message: expect.stringMatching(message), code: 'InvalidSignatureException' },
    });
    await other.close();
  });

  test('use the credentials of the moment', async () => {
    let asked = 0;
    const other = open({
      credentials: async () => {
        asked += 1;
        return BEDROCK_CREDENTIALS;
      },
    });
    bedrock.answer({ status: 200, body: '{}' });
    for (let call = 0; call < 2; call += 1)
      await bodyOf(await other.send(callOf('openai-chat', CHAT), signal));
    expect(asked).toBe(2);
    expect(await other.renewKeys()).toBe(false);
    await other.close();
  });
});

describe("Anthropic's format by InvokeModel", () => {
  const answer = {
    id: 'msg_1',
    type: 'message',
    content: [],
    stop_reason: 'end_turn',
    usage: { input_tokens: 3, output_tokens: 2 },
  };

  test('sends the body without model and stream, with the version and the betas of the header', async () => {
    bedrock.answer({ status: 200, headers: { 'x-amzn-requestid': 'req-1' }, body: JSON.stringify(answer) });
    const text = '{"model":"claude", "stream":false,"max_tokens":9,"new_field": 1.50}';
    const rest = {
      bytes: Buffer.from(text),
      headers: { 'anthropic-beta': 'a-2025, b-2025', 'anthropic-version': '2023-06-01' },
    };
    const given = await send('anthropic-messages', JSON.parse(text), rest);
    expect(await jsonOf(given)).toEqual(answer);
    expect(given).toMatchObject({ status: 200, isStream: false, headers: { 'request-id': 'req-1' } });
    expect(bedrock.calls[0]?.operation).toBe('invoke');
    expect(bedrock.calls[0]?.body.toString()).toBe(
      '{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a-2025","b-2025"],"max_tokens":9,"new_field": 1.50}',
    );
  });

  test('takes the usage from the headers where the body has none', async () => {
    const { usage: _, ...bare } = answer;
    const headers = { 'x-amzn-bedrock-input-token-count': '30', 'x-amzn-bedrock-output-token-count': '20' };
    bedrock.answer({ status: 200, headers, body: JSON.stringify(bare) });
    const given = await jsonOf(await send('anthropic-messages', MESSAGE));
    expect(given.usage).toEqual({ input_tokens: 30, output_tokens: 20 });
  });

  test('streams the events of the chunks, with their names', async () => {
    const events = [
      { type: 'message_start', message: { model: 'claude', usage: { input_tokens: 3, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hé 🚀' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
      {
        type: 'message_stop',
        'amazon-bedrock-invocationMetrics': { inputTokenCount: 3, outputTokenCount: 7 },
      },
    ];
    bedrock.stream([...events.map(anthropicChunk), ['news', { x: 1 }]]);
    const given = await send('anthropic-messages', { ...MESSAGE, stream: true });
    expect(given).toMatchObject({
      status: 200,
      isStream: true,
      headers: { 'content-type': 'text/event-stream' },
    });
    const stream = await bodyOf(given);
    expect(bedrock.calls[0]?.operation).toBe('invoke-with-response-stream');
    expect(stream.toString()).toMatch(/^event: message_start\ndata: \{"type":"message_start"/);
    expect(meter('anthropic-messages', stream).facts).toMatchObject({
      end: 'complete',
      usage: { input_tokens: 3, output_tokens: 7 },
      outputCharacters: 5,
    });
  });
});

describe("Anthropic's count of tokens", () => {
  const format = { ...FORMATS['anthropic-messages'], path: '/messages/count_tokens' };

  test.each([
    [
      '{"model":"m","messages":[]}',
      '{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[]}',
    ],
    [
      '{"model":"m","max_tokens":7,"messages":[]}',
      '{"anthropic_version":"bedrock-2023-05-31","max_tokens":7,"messages":[]}',
    ],
  ])('counts %s without calling the model', async (text, counted) => {
    bedrock.answer({ status: 200, body: '{"inputTokens":12}' });
    const rest = { format, bytes: Buffer.from(text), model: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0' };
    expect(await jsonOf(await send('anthropic-messages', JSON.parse(text), rest))).toEqual({
      input_tokens: 12,
    });
    expect(bedrock.calls).toMatchObject([
      { operation: 'count-tokens', model: 'anthropic.claude-haiku-4-5-20251001-v1:0' },
    ]);
    const { input } = JSON.parse(bedrock.calls[0]?.body.toString() ?? '');
    expect(Buffer.from(input.invokeModel.body, 'base64').toString()).toBe(counted);
  });
});

describe("OpenAI's format by Converse", () => {
  const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };

  test('answers whole', async () => {
    const output = { message: { role: 'assistant', content: [{ text: 'Hello' }] } };
    bedrock.answer({ status: 200, body: JSON.stringify({ output, stopReason: 'end_turn', usage }) });
    const model = 'eu.amazon.nova-lite-v1:0';
    const given = await jsonOf(await send('openai-chat', CHAT, { model }));
    expect(given).toMatchObject({
      model,
      created: now().getTime() / 1_000,
      choices: [{ message: { content: 'Hello' } }],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    });
    expect(JSON.parse(bedrock.calls[0]?.body.toString() ?? '')).toEqual({
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    });
  });

  test('streams text, tools and usage as chunks of one chat', async () => {
    bedrock.stream([
      ['messageStart', { role: 'assistant' }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 's' } } }],
      ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Let me ' } }],
      ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'see.' } }],
      ['contentBlockStop', { contentBlockIndex: 1 }],
      ['contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 'a', name: 'now' } } }],
      ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"zone"' } } }],
      ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: ':"UTC"}' } } }],
      ['messageStop', { stopReason: 'tool_use' }],
      ['metadata', { usage, metrics: { latencyMs: 5 } }],
    ]);
    const stream = await bodyOf(await send('openai-chat', { ...CHAT, stream: true }));
    const { facts, answer } = meter('openai-chat', stream, false);
    expect(bedrock.calls[0]?.operation).toBe('converse-stream');
    expect(facts).toMatchObject({ end: 'complete', finishReason: 'tool_calls', usage: { prompt_tokens: 3 } });
    expect(answer).toMatchObject({
      id: 'chatcmpl-req-1',
      choices: [
        {
          message: {
            content: 'Let me see.',
            reasoning_content: 'Hm',
            tool_calls: [{ id: 'a', function: { name: 'now', arguments: '{"zone":"UTC"}' } }],
          },
        },
      ],
    });
    expect(stream.toString()).toMatch(/data: \[DONE\]\n\n$/);
  });

  test('refuses what it cannot translate before anything is sent', async () => {
    await expect(send('openai-chat', { ...CHAT, seed: 3 })).rejects.toThrow(
      new ProviderError(
        'unsupported',
        "'seed' cannot be passed to Amazon Bedrock: leave it out, or use a model of another provider.",
      ),
    );
    expect(bedrock.server.requests).toEqual([]);
    expect(['openai-chat', 'anthropic-messages'].map((name) => provider.speaks(name as FormatName))).toEqual([
      true,
      true,
    ]);
    expect(provider.speaks('openai-embeddings')).toBe(false);
    await expect(send('openai-embeddings', { input: 'a' })).rejects.toMatchObject({ kind: 'unsupported' });
  });
});

describe('errors', () => {
  test.each([
    [400, 'ValidationException', 400, 'invalid_request_error'],
    [403, 'AccessDeniedException', 403, 'permission_error'],
    [403, 'ExpiredTokenException', 401, 'authentication_error'],
    [403, 'UnrecognizedClientException', 401, 'authentication_error'],
    [404, 'ResourceNotFoundException', 404, 'not_found_error'],
    [408, 'ModelTimeoutException', 504, 'timeout_error'],
    [424, 'ModelErrorException', 502, 'api_error'],
    [429, 'ThrottlingException', 429, 'rate_limit_error'],
    [429, 'ModelNotReadyException', 429, 'rate_limit_error'],
    [400, 'ServiceQuotaExceededException', 429, 'rate_limit_error'],
    [500, 'InternalServerException', 500, 'api_error'],
    [503, 'ServiceUnavailableException', 529, 'overloaded_error'],
    [418, '', 400, 'invalid_request_error'],
  ])("%i %s is %i in Anthropic's shape", async (status, exception, ours, type) => {
    bedrock.answer({
      status,
      headers: {
        'x-amzn-errortype': `${exception}:http://internal.amazon.com/coral/`,
        'x-amzn-requestid': 'req-2',
        'retry-after': '3',
      },
      body: JSON.stringify({ message: 'Why' }),
    });
    const answer = await send('anthropic-messages', MESSAGE);
    expect(answer).toMatchObject({ status: ours, isStream: false, headers: { 'retry-after': '3' } });
    expect(await jsonOf(answer)).toMatchObject({
      type: 'error',
      error: { type, message: 'Why' },
      request_id: 'req-2',
    });
  });

  test('an exception that begins a stream is an answer with its status, which may be retried', async () => {
    bedrock.stream([['throttlingException', { message: 'Slow down' }, 'exception']]);
    const answer = await send('openai-chat', { ...CHAT, stream: true });
    expect(answer).toMatchObject({ status: 429, isStream: false });
    expect(await jsonOf(answer)).toMatchObject({
      error: { message: 'Slow down', code: 'throttlingException' },
    });
  });

  test.each<[what: string, message: readonly [string, unknown, string], code: string, text: string]>([
    [
      'an exception',
      ['modelStreamErrorException', { message: 'Broken' }, 'exception'],
      'modelStreamErrorException',
      'Broken',
    ],
    ['an error', ['InternalError', 'Oops', 'error'], 'InternalError', 'Oops'],
  ])('%s in the middle ends the stream with an error event', async (_, message, code, text) => {
    bedrock.stream([['messageStart', {}], message, ['messageStop', {}]]);
    const chat = meter('openai-chat', await bodyOf(await send('openai-chat', { ...CHAT, stream: true })));
    expect(chat.facts).toMatchObject({ end: 'error', error: { code, message: text } });
    bedrock.stream([anthropicChunk({ type: 'message_start', message: {} }), message]);
    const stream = await bodyOf(await send('anthropic-messages', { ...MESSAGE, stream: true }));
    expect(meter('anthropic-messages', stream).facts).toMatchObject({
      end: 'error',
      error: { message: text },
    });
  });

  test.each([
    ['that ends early', Buffer.from(eventMessage('messageStart', {})), null],
    ['that is cut within a message', eventMessage('messageStart', {}).subarray(0, 30), 'reset'],
    ['that is empty', Buffer.alloc(0), 'reset'],
    [
      'with a wrong checksum',
      Buffer.from(eventMessage('messageStart', {}).map((byte, at) => (at === 40 ? byte ^ 1 : byte))),
      'malformed',
    ],
    ['that is no event stream', Buffer.from('data: {"choices":[]}\n\n'), 'malformed'],
  ])('a stream %s is not taken for a whole one', async (_, body, kind) => {
    bedrock.answer({ status: 200, body });
    const sent = send('openai-chat', { ...CHAT, stream: true }).then(bodyOf);
    if (kind === null) expect(meter('openai-chat', await sent).facts.end).toBe('cut');
    else await expect(sent).rejects.toMatchObject({ name: 'ProviderError', kind });
  });

  test('a connection that breaks, an answer that is no JSON, and a server that is not there', async () => {
    bedrock.server.failNext({ kind: 'drop' });
    await expect(send('openai-chat', CHAT)).rejects.toMatchObject({ kind: 'reset' });
    bedrock.answer({ status: 200, body: 'nonsense' });
    await expect(send('openai-chat', CHAT)).rejects.toMatchObject({ kind: 'malformed' });
    bedrock.server.failNext({ kind: 'cut' });
    await expect(send('openai-chat', CHAT)).rejects.toMatchObject({ kind: 'reset' });
    bedrock.server.failNext({ kind: 'hang' });
    await expect(send('openai-chat', CHAT, { firstByteMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
    const nobody = open({ baseUrl: 'http://127.0.0.1:1' });
    await expect(nobody.send(callOf('openai-chat', CHAT), signal)).rejects.toMatchObject({ kind: 'connect' });
    await nobody.close();
  });

  test('a caller who leaves ends the call with his own reason', async () => {
    const leaving = new AbortController();
    bedrock.server.failNext({ kind: 'hang' });
    const sent = provider.send(callOf('openai-chat', CHAT), leaving.signal);
    leaving.abort(new Error('left'));
    await expect(sent).rejects.toThrow('left');
  });
});

test('any chunking of an event stream gives the same messages', () => {
  const message = fc.tuple(fc.stringMatching(/^[a-zA-Z]{1,12}$/), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (messages, places) => {
        const bytes = Buffer.concat(messages.map(([type, value]) => eventMessage(type, value)));
        const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
        const splitter = new EventMessages();
        const found = [...ends, bytes.length].flatMap((end, index) =>
          splitter.push(bytes.subarray(ends[index - 1] ?? 0, end)),
        );
        expect(splitter.isCut).toBe(false);
        expect(found.map(({ type, body }) => [type, Buffer.from(body).toString()])).toEqual(
          messages.map(([type, value]) => [type, JSON.stringify(value)]),
        );
      },
    ),
  );
});
