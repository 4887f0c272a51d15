import fc from 'fast-check';
import type { CallEnd } from '../../../../service/gateway/ledger/call-record';
import { endEntry } from '../../../../service/gateway/ledger/entry-of-call';
import { boundNesting } from '../../../../service/requests/record/nesting';
import { parseRecord } from '../../../../service/requests/record/parse-record';
import { newRecordId } from '../../../../service/requests/record/record-id';

const ID = newRecordId(new Date('2026-11-02T10:00:00Z'));

/** Any text, with what PostgreSQL does not store, and longer than any column. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', '\u0000', '\ud800', 'abandoned', 'a'.repeat(400)),
);
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constant(1e12));
const anyCharacters = fc.record({ prompt: anyNumber, output: anyNumber });

/** The check gives up this name, which no usage has. */
const usageField = anyText.filter((name) => name !== '__proto__');

const anyEnd = fc.record(
  {
    ...{ id: fc.constant(ID), projectId: fc.uuid(), keyId: fc.uuid() },
    ...{ user: anyText, provider: anyText, model: anyText, serviceTier: fc.option(anyText) },
    tags: fc.dictionary(anyText, anyText, { maxKeys: 20 }),
    status: fc.constantFrom('completed' as const, 'failed' as const),
    ...{ errorCode: fc.option(anyText), latencyMs: anyNumber, cacheHit: fc.boolean(), prompt: anyText },
    ...{ usage: fc.dictionary(usageField, fc.jsonValue()), characters: anyCharacters },
  },
  { noNullPrototype: true, requiredKeys: keysBut('usage', 'characters') },
) as fc.Arbitrary<CallEnd>;

function keysBut(...left: readonly string[]) {
  const all = ['id', 'projectId', 'keyId', 'user', 'provider', 'model', 'serviceTier', 'tags', 'status'];
  const rest = ['errorCode', 'latencyMs', 'cacheHit', 'prompt', 'usage', 'characters'];
  return [...all, ...rest].filter((name) => !left.includes(name)) as never[];
}

const END: CallEnd = {
  ...{
    id: ID,
    projectId: ID,
    keyId: ID,
    user: 'ann',
    provider: 'openai',
    model: 'gpt-4o',
    serviceTier: null,
  },
  ...{ tags: {}, status: 'completed', errorCode: null, latencyMs: 12, cacheHit: false, prompt: 'Hello' },
};

/** A usage with objects within objects. */
function nested(levels: number): Record<string, unknown> {
  return JSON.parse(`${'{"in":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`);
}

describe('the record of a call that has ended', () => {
  test('is one that the writer takes as it is, whatever callers and providers have sent', () => {
    fc.assert(
      fc.property(anyEnd, (end) => {
        const { checked } = endEntry(end, 1000);
        expect(parseRecord(checked?.record, 0)).toEqual({ ok: true, record: checked?.record });
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [31, 'kept', true],
    [32, 'left out, which the check of nesting would refuse', false],
    [20_000, 'left out, on which JSON.stringify would overflow the stack', false],
  ])('has a usage of %i levels %s', (levels, _how, isKept) => {
    const { record } = endEntry({ ...END, usage: nested(levels) }, 1000);
    expect('usage' in record).toBe(isKept);
    expect(boundNesting(record)).toBe(record);
  });

  test('has no usage that is too large', () => {
    const { record, characters } = endEntry({ ...END, usage: { names: 'n'.repeat(20_000) } }, 1000);
    expect(record).not.toHaveProperty('usage');
    expect(characters).toBeNull();
    expect(record).toHaveProperty('characters', { prompt: 5, output: 0 });
  });

  test('keeps no cost that was asked for under a name which was cut', () => {
    const accounted = { usage: { tokens: {}, units: {} }, source: 'reported', priced: null } as never;
    const accountedOf = (change: Partial<CallEnd>) =>
      endEntry({ ...END, usage: { prompt_tokens: 1 }, accounted, ...change }, 1000).checked?.accounted;
    expect(accountedOf({})).toBe(accounted);
    expect(accountedOf({ model: 'm'.repeat(300) })).toBeNull();
    expect(accountedOf({ serviceTier: 't'.repeat(80) })).toBeNull();
  });
});
