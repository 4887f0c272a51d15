import fc from 'fast-check';
import { anthropicMessages } from '../../../service/gateway/formats/anthropic-messages';
import { InvalidCallError } from '../../../service/gateway/formats/call-format';
import { openaiChat } from '../../../service/gateway/formats/openai-chat';
import { KnownBodies } from '../../../service/gateway/known-bodies';
import { ReadBody } from '../../../service/gateway/read-body';

const bodyOf = (text: string) =>
  Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: text }] }));

describe('a body that was remembered', () => {
  test('is the same for the same bytes, and only for the same API and project', () => {
    const bodies = new KnownBodies();
    const read = bodies.read(openaiChat, 'p', bodyOf('Grüße'));
    expect(bodies.read(openaiChat, 'p', bodyOf('Grüße'))).not.toBe(read);
    bodies.remember(openaiChat, 'p', read);
    expect(bodies.read(openaiChat, 'p', bodyOf('Grüße'))).toBe(read);
    for (const other of [
      bodies.read(openaiChat, 'q', bodyOf('Grüße')),
      bodies.read(anthropicMessages, 'p', bodyOf('Grüße')),
      bodies.read(openaiChat, 'p', bodyOf('grüße')),
    ]) {
      expect(other).not.toBe(read);
    }
  });

  test('says what one that is read now says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'ä', '\u00c3\u00a4', ''), { maxLength: 20 }),
        (texts) => {
          const bodies = new KnownBodies();
          for (const text of texts) {
            const read = bodies.read(openaiChat, 'p', bodyOf(text));
            const fresh = new ReadBody(openaiChat, bodyOf(text));
            for (const context of [
              ['p', 'one'],
              ['p', 'two'],
            ]) {
              expect(read.cacheKey(context)).toBe(fresh.cacheKey(context));
            }
            expect([read.json, read.facts, read.prompt]).toEqual([fresh.json, fresh.facts, fresh.prompt]);
            bodies.remember(openaiChat, 'p', read);
          }
        },
      ),
    );
  });

  test('keeps its own bytes, and not the buffer of the socket that they came in', () => {
    const bytes = bodyOf('from a socket');
    const socketBuffer = Buffer.alloc(64 * 1024);
    bytes.copy(socketBuffer, 500);
    const received = socketBuffer.subarray(500, 500 + bytes.length);
    const bodies = new KnownBodies();
    const read = bodies.read(openaiChat, 'p', received);
    expect(read.bytes.buffer.byteLength).toBe(64 * 1024);
    bodies.remember(openaiChat, 'p', read);
    const kept = bodies.read(openaiChat, 'p', bytes);
    expect(kept).toBe(read);
    expect(Buffer.from(kept.bytes)).toEqual(bytes);
    expect(kept.bytes.buffer.byteLength).toBe(bytes.length);
  });

  test('makes room for others, and a long one is not remembered', () => {
    const bodies = new KnownBodies(20_000);
    for (let number = 0; number < 100; number += 1) {
      bodies.remember(openaiChat, 'p', bodies.read(openaiChat, 'p', bodyOf(`${number}`)));
    }
    expect(bodies.size).toBeGreaterThan(5);
    expect(bodies.size).toBeLessThan(20);
    const long = new KnownBodies();
    long.remember(openaiChat, 'p', long.read(openaiChat, 'p', bodyOf('x'.repeat(20_000))));
    expect(long.size).toBe(0);
  });

  test('is forgotten by an erasure', () => {
    const bodies = new KnownBodies();
    bodies.remember(openaiChat, 'p', bodies.read(openaiChat, 'p', bodyOf('a secret')));
    bodies.clear();
    expect(bodies.size).toBe(0);
  });

  test('is none where the bytes are no call', () => {
    expect(() => new KnownBodies().read(openaiChat, 'p', Buffer.from('[]'))).toThrow(InvalidCallError);
    expect(() => new KnownBodies().read(openaiChat, 'p', Buffer.from('{}')).facts).toThrow(InvalidCallError);
  });
});
