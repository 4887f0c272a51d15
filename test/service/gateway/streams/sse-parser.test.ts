import fc from 'fast-check';
import { encodeComment, encodeEvent } from '../../../../service/gateway/streams/sse-encoder';
import { SseError, SseParser } from '../../../../service/gateway/streams/sse-parser';

/** What a parser makes of chunks: event names and data, and all bytes. */
function parse(chunks: readonly Uint8Array[], maxEventBytes?: number) {
  const parser = new SseParser(maxEventBytes);
  const all = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
  return {
    events: all.filter(({ data }) => data !== undefined).map(({ event, data }) => [event, data]),
    pieces: all.map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
    bytes: Buffer.concat(all.map(({ bytes }) => bytes)),
  };
}

/** Cuts bytes at some places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('a stream', () => {
  test.each<[what: string, text: string, events: [string, string][]]>([
    [
      'LF',
      'data: a\n\ndata: b\n\n',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'CRLF',
      'event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n',
      [
        ['x', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'CR',
      'data: a\r\rdata: b\r\r',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'mixed line ends',
      'data: a\n\r\ndata: b\r\n\n',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    ['comments', ': ping\n\n:\n\ndata: a\n: within\ndata: b\n\n', [['', 'a\nb']]],
    ['several data lines', 'data: a\ndata:\ndata: b\n\n', [['', 'a\n\nb']]],
    ['no space or two after the colon', 'data:a\ndata:  b\n\n', [['', 'a\n b']]],
    ['a field without a colon', 'data\n\n', [['', '']]],
    ['other fields', 'id: 3\nretry: 10\nevent: x\ndata: a\n\n', [['x', 'a']]],
    ['the last of two event lines', 'event: x\nevent: y\ndata: a\n\n', [['y', 'a']]],
    ['a colon in the value', 'data: {"a": "b: c"}\n\n', [['', '{"a": "b: c"}']]],
    ['a byte order mark', '\ufeffdata: a\n\n', [['', 'a']]],
    ['a byte order mark later is no field name', 'data: a\n\n\ufeffdata: b\n\n', [['', 'a']]],
    ['many blank lines', '\n\ndata: a\n\n\n\n', [['', 'a']]],
    ['names in other case are other fields', 'DATA: a\n\n', []],
    ['what has no blank line at its end is dropped', 'data: a\n\ndata: b\n', [['', 'a']]],
    ['nothing', '', []],
  ])('with %s is read', (_, text, events) => {
    const bytes = Buffer.from(text);
    const parsed = parse([bytes]);
    expect(parsed.events).toEqual(events);
    expect(parsed.bytes).toEqual(bytes);
    expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toEqual(parsed);
  });

  test('with characters that chunks split is read whole', () => {
    const bytes = encodeEvent('', '費用 🚀 é') as Buffer;
    for (let at = 1; at < bytes.length; at += 1) {
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)]).events).toEqual([['', '費用 🚀 é']]);
    }
  });

  test('gives an event as soon as its blank line is there', () => {
    const parser = new SseParser();
    expect(parser.push(Buffer.from('data: a\n'))).toEqual([]);
    expect(parser.push(Buffer.from('\n'))).toHaveLength(1);
    expect(parser.push(Buffer.from('data: b\r\n\r'))).toEqual([]);
    expect(parser.push(Buffer.from('\n'))).toHaveLength(1);
  });

  test.each([
    ['in one chunk', ['data: 0123456789\n\n']],
    ['over chunks', ['data: 01234', '56789\n\n']],
    ['without an end', ['data: 01234', '5678901234567']],
  ])('with an event above the bound fails (%s)', (_, chunks) => {
    const all = chunks.map((chunk) => Buffer.from(chunk));
    expect(() => parse(all, 17)).toThrow(
      new SseError('an event of the stream must be at most 17 bytes; it is larger'),
    );
    const size = Math.max(18, Buffer.concat(all).length);
    expect(parse(all, size).bytes).toEqual(Buffer.concat(all));
  });
});

/** Text of any stream: fields, comments and line ends of every kind, also nonsense. */
const line = fc.oneof(
  fc.constantFrom('', 'data', 'data:', ':', 'event: ping', ': comment', '\ufeff', 'data: [DONE]'),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `data: ${text}`),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n')), { maxLength: 12 })
  .map((lines) => Buffer.from(lines.flat().join('')));

test('any chunking gives the same events, and their bytes are the stream', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (bytes, places) => {
      const whole = parse([bytes]);
      expect(whole.bytes).toEqual(bytes);
      expect(parse(cut(bytes, places))).toEqual(whole);
    }),
    { numRuns: 150 },
  );
});

test('what the encoder writes, the parser reads', () => {
  const name = fc.stringMatching(/^[a-z_.]{0,10}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'grapheme' })), { maxLength: 5 }), (pairs) => {
      const expected = pairs.map(([event, data]) => [event, data.replaceAll(/\r\n|\r/g, '\n')]);
      const bytes = pairs.flatMap(([event, data]) => [encodeComment('x\ny'), encodeEvent(event, data)]);
      expect(parse(bytes).events).toEqual(expected);
    }),
  );
});
