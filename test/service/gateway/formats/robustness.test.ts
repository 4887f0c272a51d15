import fc from 'fast-check';
import { type FormatName, InvalidCallError } from '../../../../service/gateway/formats/call-format';
import { FORMATS } from '../../../../service/gateway/formats/formats';
import type { JsonObject } from '../../../../service/gateway/formats/json';
import { converse } from '../../../../service/gateway/providers/bedrock/converse';
import { invokeModel } from '../../../../service/gateway/providers/bedrock/invoke-model';
import { ProviderError } from '../../../../service/gateway/providers/provider';
import { callOf } from '../providers/bedrock/bedrock-calls';
import { meter, streamOf } from './streams';

/** Names that the formats read, so that random objects come near to what they mean. */
const NAMES = [
  ...[
    'model',
    'stream',
    'messages',
    'input',
    'content',
    'role',
    'type',
    'text',
    'tools',
    'tool_calls',
    'function',
  ],
  ...[
    'usage',
    'choices',
    'delta',
    'index',
    'message',
    'output',
    'response',
    'error',
    'image_url',
    'source',
    'n',
  ],
  ...[
    'arguments',
    'finish_reason',
    'content_block',
    'logprobs',
    'metadata',
    'system',
    'max_tokens',
    'summary',
  ],
];
const WORDS = [
  ...[
    'user',
    'assistant',
    'text',
    'tool_use',
    'image',
    'error',
    'message_start',
    'message_delta',
    'message_stop',
  ],
  ...['content_block_start', 'content_block_delta', 'text_delta', 'input_json_delta', 'stop', '{"a":'],
  ...[
    'response.completed',
    'response.output_text.delta',
    'message',
    'function_call',
    'reasoning',
    'thinking',
  ],
];
const { value, object } = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 0, 1, -1, 2 ** 60, 0.5, '', ...WORDS),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5 }),
}));

const names = Object.keys(FORMATS) as FormatName[];
const streamed = names.filter((name) => name !== 'openai-embeddings');

/** Runs work that may fail with some errors only. */
function allowing(work: () => unknown, ...errors: (new (...args: never[]) => Error)[]): void {
  try {
    work();
  } catch (error) {
    if (!errors.some((type) => error instanceof type)) throw error;
  }
}

test.each(names)('%s reads any body, or refuses it with its own error', (name) => {
  const format = FORMATS[name];
  fc.assert(
    fc.property(object, (body) => {
      allowing(() => format.readCall(body), InvalidCallError);
      expect(typeof format.promptText(body)).toBe('string');
      expect(typeof format.cacheBody(body)).toBe('string');
      expect(typeof format.readAnswer(body).isCacheable).toBe('boolean');
    }),
    { numRuns: 300 },
  );
});

test.each(streamed)('%s meters any stream and puts together what can be read as an answer', (name) => {
  fc.assert(
    fc.property(fc.array(object, { maxLength: 6 }), value, (events, more) => {
      const { facts, answer } = meter(name, streamOf(...events, JSON.stringify(more), ...events, '[DONE]'));
      expect(facts.outputCharacters).toBeGreaterThanOrEqual(0);
      expect(facts.isCacheable).toBe(answer !== null);
      if (answer !== null) expect(FORMATS[name].readAnswer(answer).isCacheable).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test.each(streamed)('%s replays any answer as events that can be read', (name) => {
  fc.assert(
    fc.property(object, (answer) => {
      const stream = Buffer.concat([...FORMATS[name].replay(answer, true)]);
      expect(meter(name, stream).shown).toBe(stream.toString());
    }),
  );
});

test('Bedrock takes any chat or names what it cannot translate, and reads any answer', () => {
  const context = { model: 'm', requestId: 'r', created: 1, headers: {} };
  fc.assert(
    fc.property(object, (body) => {
      allowing(() => converse.requestBody(callOf('openai-chat', body)), ProviderError);
      JSON.parse(Buffer.from(invokeModel.requestBody(callOf('anthropic-messages', body))).toString());
      expect(converse.answer(body, context)).toMatchObject({ object: 'chat.completion' });
      for (const type of ['contentBlockStart', 'contentBlockDelta', 'messageStop', 'metadata', 'x']) {
        expect(Array.isArray(converse.translator(context).translate(type, body))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
