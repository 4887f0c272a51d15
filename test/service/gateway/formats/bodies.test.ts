import fc from 'fast-check';
import { editObject } from '../../../../service/gateway/formats/body/edit-object';
import { type FormatName, InvalidCallError } from '../../../../service/gateway/formats/call-format';
import { FORMATS } from '../../../../service/gateway/formats/formats';
import type { JsonObject } from '../../../../service/gateway/formats/json';
import { parseCallBody } from '../../../../service/gateway/formats/parse-body';

const bytesOf = (text: string) => Buffer.from(text);

describe('a body', () => {
  test.each([
    ['{"model": "m"', /cannot be parsed/, null],
    ['[1]', /must be a JSON object/, null],
    ['"text"', /must be a JSON object/, null],
    ['{"model":"cheap","model":"dear"}', /must have 'model' once/, 'model'],
    ['{"model":"cheap","mod\\u0065l":"dear"}', /must have 'model' once/, 'model'],
    ['{"n":1,"messages":[],"n":99}', /must have 'n' once/, 'n'],
    ['{"stream":false,"x":[{"stream":1}],"stream":true}', /must have 'stream' once/, 'stream'],
  ])('%s is refused', (text, message, param) => {
    const parse = () => parseCallBody(bytesOf(text));
    expect(parse).toThrow(InvalidCallError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ param }));
  });

  test.each([
    '{"model":"m","x":{"model":"other"}}',
    '{"model":"m","messages":[{"content":"say \\"model\\": \\"model\\""}]}',
    '{"model":"m","tools":[{"n":1},{"n":2}],"a\\u0000b":1}',
    ' {"model":"m","other":1,"other":2} ',
  ])('%s is taken', (text) => {
    expect(parseCallBody(bytesOf(text))).toEqual(JSON.parse(text));
  });
});

describe('editing', () => {
  test.each<[text: string, edits: Record<string, string | null>, result: string]>([
    ['{"model" : "a" ,"x":1}', { model: '"b"' }, '{"model" : "b" ,"x":1}'],
    ['{ "x": [1, "}"], "model":"a"}', { model: '"b"' }, '{ "x": [1, "}"], "model":"b"}'],
    ['{"model":"a","x":1,"model":"a"}', { model: '"b"' }, '{"model":"b","x":1,"model":"b"}'],
    ['{"x":1.50}', { y: 'true' }, '{"y":true,"x":1.50}'],
    [' {} ', { y: 'true' }, ' {"y":true} '],
    ['{\n "x": 1\n}', { y: null }, '{\n "x": 1\n}'],
    ['{"a":1, "b":2, "c":3}', { b: null }, '{"a":1, "c":3}'],
    ['{"a":1, "b":2, "c":3}', { a: null, c: null }, '{"b":2}'],
    ['{"a":1,"b":"\\\\\\""}', { b: null, d: '[]' }, '{"d":[],"a":1}'],
    ['{"a":1}', { a: null }, '{}'],
    ['{"a":1}', { a: null, b: '2' }, '{"b":2}'],
  ])('%s with %j is %s', (text, edits, result) => {
    expect(Buffer.from(editObject(bytesOf(text), JSON.parse(text), edits)).toString()).toBe(result);
  });

  test('gives the object with the edits, and the same buffer where there is nothing to change', () => {
    const names = fc.constantFrom('model', 'stream', 'a', 'b"c', 'é', 'x\\y');
    const object = fc.dictionary(fc.oneof(names, fc.string()), fc.jsonValue(), { maxKeys: 8 });
    const edits = fc.dictionary(names, fc.option(fc.jsonValue()), { maxKeys: 4 });
    fc.assert(
      fc.property(object, edits, fc.constantFrom(undefined, 1, '\t'), (before, changes, space) => {
        const text = JSON.stringify(before, undefined, space);
        const texts = Object.fromEntries(
          Object.entries(changes).map(([name, value]) => [
            name,
            value === null ? null : JSON.stringify(value),
          ]),
        );
        const bytes = bytesOf(text);
        const edited = editObject(bytes, JSON.parse(text), texts);
        const expected = new Map(Object.entries(JSON.parse(text)));
        for (const [name, value] of Object.entries(texts)) {
          if (value === null) expected.delete(name);
          else expected.set(name, JSON.parse(value));
        }
        const result: JsonObject = JSON.parse(Buffer.from(edited).toString());
        expect(new Map(Object.entries(result))).toEqual(expected);
        if (Object.keys(changes).length === 0) expect(edited).toBe(bytes);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the body for the provider', () => {
  const sent = (name: FormatName, text: string, changes: { model?: string; includeUsage?: boolean }) => {
    const bytes = bytesOf(text);
    const result = FORMATS[name].upstreamBody(bytes, JSON.parse(text), changes);
    return result === bytes ? 'the same buffer' : Buffer.from(result).toString();
  };
  test.each<[FormatName, string, { model?: string; includeUsage?: boolean }, string]>([
    ['openai-chat', '{"model":"a", "new_field": 1e2}', {}, 'the same buffer'],
    ['openai-chat', '{"model":"a"}', { model: 'a' }, 'the same buffer'],
    ['openai-chat', '{"model":"a", "new_field": 1e2}', { model: 'b' }, '{"model":"b", "new_field": 1e2}'],
    [
      'openai-chat',
      '{"model":"a","stream":true}',
      { includeUsage: true },
      '{"stream_options":{"include_usage":true},"model":"a","stream":true}',
    ],
    [
      'openai-chat',
      '{"stream_options": {"include_obfuscation":false}, "model":"a"}',
      { includeUsage: true },
      '{"stream_options": {"include_obfuscation":false,"include_usage":true}, "model":"a"}',
    ],
    [
      'openai-chat',
      '{"stream_options": null,"model":"a"}',
      { includeUsage: true },
      '{"stream_options": {"include_usage":true},"model":"a"}',
    ],
    [
      'openai-chat',
      '{"stream_options":{"include_usage":true},"model":"a"}',
      { includeUsage: true },
      'the same buffer',
    ],
    ['openai-responses', '{"model":"a","stream":true}', { includeUsage: true }, 'the same buffer'],
    ['openai-responses', '{"model":"a"}', { model: 'b' }, '{"model":"b"}'],
    ['openai-embeddings', '{"model":"a"}', { model: 'b', includeUsage: true }, '{"model":"b"}'],
    ['anthropic-messages', '{"model":"a","stream":true}', { includeUsage: true }, 'the same buffer'],
    ['anthropic-messages', '{"x":"\\u00e9é","model":"a"}', { model: 'b' }, '{"x":"\\u00e9é","model":"b"}'],
  ])('%s: %s with %j is %s', (name, text, changes, result) => {
    expect(sent(name, text, changes)).toBe(result);
  });
});

describe("the body for the cache's key", () => {
  const key = (name: FormatName, body: JsonObject) => FORMATS[name].cacheBody(body);

  test.each<[FormatName, JsonObject, same: JsonObject]>([
    ['openai-chat', { a: 1, b: { c: 2, d: [3] } }, { b: { d: [3], c: 2 }, a: 1 }],
    ['openai-chat', { messages: [] }, { messages: [], model: 'm', stream: true, stream_options: {} }],
    [
      'openai-chat',
      { messages: [] },
      { messages: [], user: 'u', safety_identifier: 's', metadata: { x: 'y' } },
    ],
    ['openai-responses', { input: 'a' }, { input: 'a', stream: true, model: 'm' }],
    ['openai-embeddings', { input: 'a' }, { input: 'a', user: 'u', model: 'm' }],
    ['anthropic-messages', { messages: [] }, { messages: [], metadata: { user_id: 'u' }, stream: true }],
  ])('%s: %j and %j are the same', (name, body, same) => {
    expect(key(name, same)).toBe(key(name, body));
  });

  test.each<[FormatName, JsonObject, other: JsonObject]>([
    ['openai-chat', { n: 1 }, { n: 2 }],
    ['openai-chat', { seed: 1 }, { seed: null }],
    ['openai-chat', {}, { seed: null }],
    ['openai-chat', { messages: [1, 2] }, { messages: [2, 1] }],
    ['openai-chat', { a: '1' }, { a: 1 }],
    ['openai-chat', { 'a":1,"b': 2 }, { a: 1, b: 2 }],
    ['openai-chat', { x: { model: 'a' } }, { x: { model: 'b' } }],
    ['openai-chat', { modalities: ['text', 'audio'] }, { modalities: ['text', 'audio'], stream: true }],
    ['openai-responses', { input: 'a', metadata: { x: 'y' } }, { input: 'a' }],
    ['openai-responses', { input: 'a', user: 'u' }, { input: 'a', user: 'v' }],
    ['openai-embeddings', { input: 'a', dimensions: 3 }, { input: 'a' }],
    ['openai-embeddings', { input: 'a', encoding_format: 'base64' }, { input: 'a' }],
    ['anthropic-messages', { top_k: 1 }, { top_k: 2 }],
  ])('%s: %j and %j differ', (name, body, other) => {
    expect(key(name, other)).not.toBe(key(name, body));
  });

  test('is the same for any order of keys, and differs where a value differs', () => {
    const anyBody = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 });
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).map(([name, one]) => [name, reversed(one)]);
      return Object.fromEntries(entries.reverse());
    };
    fc.assert(
      fc.property(anyBody, anyBody, (body, other) => {
        const text = key('anthropic-messages', body);
        expect(key('anthropic-messages', reversed(body) as JsonObject)).toBe(text);
        const { model: _, stream: __, metadata: ___, ...kept } = JSON.parse(JSON.stringify(body));
        expect(JSON.parse(text)).toEqual(kept);
        const isSame = JSON.stringify(JSON.parse(key('anthropic-messages', other))) === text;
        expect(key('anthropic-messages', other) === text).toBe(isSame);
      }),
    );
  });
});
