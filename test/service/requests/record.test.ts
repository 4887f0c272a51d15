import fc from 'fast-check';
import { projectScope } from '../../../service/requests/project-scope';
import { contentHash } from '../../../service/requests/record/content-hash';
import { parseRecord } from '../../../service/requests/record/parse-record';
import { cutPrompt } from '../../../service/requests/record/prompt';
import {
  isRecordId,
  keyedRecordId,
  newRecordId,
  sourceRecordId,
  timeOfId,
} from '../../../service/requests/record/record-id';
import { refusedRecord } from '../../../service/requests/record/refused-record';
import { ORGANISATION } from './ledger';

const PROJECT = '0b5f4a0e-5c7c-4e0f-9a52-0f2a52a9c001';
const OTHER = '0b5f4a0e-5c7c-4e0f-9a52-0f2a52a9c002';

describe('an id', () => {
  const time = fc.integer({ min: 0, max: 2 ** 47 }).map((ms) => new Date(ms));

  test('is a UUIDv7 of its time, and in the order of time (property)', () => {
    fc.assert(
      fc.property(time, time, (one, other) => {
        for (const id of [
          newRecordId(one),
          sourceRecordId(one, PROJECT, 'a'),
          keyedRecordId(one, PROJECT, 'k', 0),
        ]) {
          expect([isRecordId(id), timeOfId(id)]).toEqual([true, one]);
        }
        if (one < other) expect(newRecordId(one) < newRecordId(other)).toBe(true);
      }),
    );
  });

  test('follows from project, time and the id of the sender', () => {
    const at = new Date('2026-11-15T10:20:30.123Z');
    expect(sourceRecordId(at, PROJECT, 'call-1')).toBe(sourceRecordId(at, PROJECT, 'call-1'));
    const ids = [
      sourceRecordId(at, PROJECT, 'call-1'),
      sourceRecordId(at, PROJECT, 'call-2'),
      sourceRecordId(at, OTHER, 'call-1'),
      sourceRecordId(new Date(at.getTime() + 1), PROJECT, 'call-1'),
      keyedRecordId(at, PROJECT, 'call-1', 0),
      keyedRecordId(at, PROJECT, 'call-1', 1),
      newRecordId(at),
      newRecordId(at),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a cut prompt', () => {
  test('is the longest start that fits, well-formed, and says so (property)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 4, max: 80 }),
        (prompt, bytes) => {
          const cut = cutPrompt(prompt, bytes);
          if (Buffer.byteLength(prompt) <= bytes) {
            expect(cut).toBe(prompt);
          } else {
            const start = cut.slice(0, cut.lastIndexOf('\n[cut: '));
            expect(prompt.startsWith(start)).toBe(true);
            expect(Buffer.byteLength(start)).toBeLessThanOrEqual(bytes);
            expect(Buffer.byteLength(start)).toBeGreaterThan(bytes - 4);
            expect(/\p{Surrogate}/u.test(start)).toBe(false);
          }
          expect(cutPrompt(cut, bytes)).toBe(cut);
        },
      ),
    );
  });
});

describe('the hash of a content', () => {
  const content = {
    ...{ userId: 'ada', provider: 'acme', model: 'large', serviceTier: null, region: null },
    ...{ inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0 },
    ...{ outputTokens: 1, reasoningTokens: 0, units: { a: 1, b: 2 }, usageSource: 'reported' as const },
    ...{
      latencyMs: 5,
      status: 'completed' as const,
      cacheHit: false,
      errorCode: null,
      tags: { x: '1', y: '2' },
    },
  };

  test('does not depend on the order of tags and units', () => {
    const other = { ...content, units: { b: 2, a: 1 }, tags: { y: '2', x: '1' } };
    expect(contentHash(other)).toEqual(contentHash(content));
  });

  test('depends on each field', () => {
    const changes: Partial<typeof content>[] = [
      ...[{ userId: 'bob' }, { provider: 'b' }, { model: 'b' }, { inputTokens: 2 }, { cachedInputTokens: 1 }],
      ...[{ cacheWriteTokens: 1 }, { cacheWrite1hTokens: 1 }, { outputTokens: 2 }, { reasoningTokens: 1 }],
      ...[{ units: { a: 1, b: 3 } }, { latencyMs: 6 }, { cacheHit: true }, { tags: { x: '1', y: '3' } }],
    ];
    const hashes = [{}, ...changes].map((change) => contentHash({ ...content, ...change }).toString('hex'));
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('a record', () => {
  test('never makes the parser throw, whatever it is (property)', () => {
    const fields = fc.dictionary(
      fc.constantFrom(
        'id',
        'user',
        'model',
        'provider',
        'status',
        'tokens',
        'usage',
        'tags',
        'timestamp',
        '__proto__',
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fields), (raw) => {
        const parsed = parseRecord(raw, 3);
        if (!parsed.ok) expect(parsed.rejection).toMatchObject({ index: 3, message: expect.any(String) });
        JSON.parse(refusedRecord(raw));
      }),
      { numRuns: 500 },
    );
  });

  test('that is refused names each field with its problem', () => {
    const parsed = parseRecord(
      { user: '', provider: 'acme', status: 'completed', tokens: { input: -1, output: 0 } },
      0,
    );
    expect(parsed.ok ? '' : parsed.rejection.message).toMatch(/^user: .*; model: .*; tokens\.input: /);
  });

  test('that is refused is kept without its prompt and without the values of unknown fields', () => {
    const kept = refusedRecord({ user: 'a\u0000', prompt: 'secret', messages: ['secret'], model: '\ud800' });
    expect(JSON.parse(kept)).toEqual({ user: 'a\uFFFD', model: '\uFFFD', unknown_fields: ['messages'] });
  });
});

describe('the scope of a principal', () => {
  const own = { ...ORGANISATION, organisation: false, projectId: PROJECT };

  test('is the project of its key', () => {
    expect(projectScope(own)).toEqual({ projectId: PROJECT });
    expect(projectScope(own, PROJECT)).toEqual({ projectId: PROJECT });
    expect(() => projectScope(own, OTHER)).toThrow('not the project of this key');
  });

  test('is all projects for the organisation, or the named one', () => {
    expect(projectScope(ORGANISATION)).toEqual({ projectId: null });
    expect(projectScope(ORGANISATION, OTHER)).toEqual({ projectId: OTHER });
  });

  test('is none for a key without a project', () => {
    expect(() => projectScope({ ...own, projectId: null })).toThrow('belongs to no project');
  });
});
