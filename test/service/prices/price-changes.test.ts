import fc from 'fast-check';
import { formatUsd } from '../../../service/prices/money';
import { type PriceChanges, planPriceChanges, type StoredPrice } from '../../../service/prices/price-changes';
import { type PriceRow, SINCE_EVER } from '../../../service/prices/price-row';
import { price } from './price-helpers';

const NOW = new Date('2026-06-15T12:00:00Z');
const JANUARY = new Date('2026-01-01');
const JULY = new Date('2026-07-01');

function stored(usd: string, changes: Partial<StoredPrice> = {}): StoredPrice {
  return { ...price(usd), id: `id of ${usd}`, ...changes };
}

function plan(
  before: readonly StoredPrice[],
  incoming: readonly PriceRow[],
  known?: readonly PriceRow[],
): PriceChanges {
  return planPriceChanges({ stored: before, incoming, known, now: NOW });
}

/** Times of prices as `1 from 2026-01-01 until 2026-07-01`. */
function times(rows: readonly PriceRow[]): string[] {
  const day = (time: Date | null) => time?.toISOString().slice(0, 10) ?? 'ever';
  return rows.map(
    (row) => `${formatUsd(row.usdPerMillion, 0)} from ${day(row.validFrom)} until ${day(row.validUntil)}`,
  );
}

/** The prices after the changes. */
function after(before: readonly StoredPrice[], { added, ended }: PriceChanges): StoredPrice[] {
  const ends = new Map(ended.map(({ price: { id }, validUntil }) => [id, validUntil]));
  const kept = before.map((row) => ({ ...row, validUntil: ends.get(row.id) ?? row.validUntil }));
  return [...kept, ...added.map((row, index) => ({ ...row, id: `new ${index} ${row.unit}` }))];
}

test('a first price is stored as it is', () => {
  const { added, ended, unchanged } = plan([], [price('1'), price('2', { validFrom: JULY })]);
  expect(times(added)).toEqual(['1 from 1970-01-01 until 2026-07-01', '2 from 2026-07-01 until ever']);
  expect([ended, unchanged]).toEqual([[], 0]);
});

test('the same price again changes nothing', () => {
  expect(plan([stored('1')], [price('1')])).toMatchObject({ added: [], ended: [], unchanged: 1 });
});

test('another price without a date begins now, and ends the one before it', () => {
  const before = [stored('1')];
  const changes = plan(before, [price('2')]);
  expect(times(after(before, changes))).toEqual([
    '1 from 1970-01-01 until 2026-06-15',
    '2 from 2026-06-15 until ever',
  ]);
  // The list still says 2: nothing more happens.
  expect(plan(after(before, changes), [price('2')])).toMatchObject({ added: [], ended: [], unchanged: 1 });
});

test('another price with a date begins then', () => {
  const before = [stored('1')];
  expect(times(after(before, plan(before, [price('2', { validFrom: JANUARY })])))).toEqual([
    '1 from 1970-01-01 until 2026-01-01',
    '2 from 2026-01-01 until ever',
  ]);
});

test('a list that ends a price ends the stored one, and the next follows', () => {
  const before = [stored('1')];
  const changes = plan(before, [price('1', { validUntil: JULY }), price('2', { validFrom: JULY })]);
  expect(times(after(before, changes))).toEqual([
    '1 from 1970-01-01 until 2026-07-01',
    '2 from 2026-07-01 until ever',
  ]);
});

test('the past is not rewritten', () => {
  const before = [stored('1', { validUntil: JANUARY }), stored('2', { validFrom: JANUARY })];
  const changes = plan(before, [price('7', { validUntil: JANUARY }), price('2', { validFrom: JANUARY })]);
  expect(changes).toMatchObject({
    added: [],
    ended: [],
    unchanged: 1,
    skipped: [{ reason: 'another price is stored for this time, and the past is not rewritten' }],
  });
});

test('a price to come is replaced by none for the same day', () => {
  const before = [stored('1', { validUntil: JULY }), stored('2', { validFrom: JULY })];
  expect(plan(before, [price('3', { validFrom: JULY })]).skipped).toMatchObject([
    { reason: 'another price from 2026-07-01T00:00:00.000Z on is stored; end that one first' },
  ]);
});

test('prices of other units, tiers, regions, sources, projects and hours are apart', () => {
  const others: Partial<PriceRow>[] = [
    { unit: 'output' },
    { serviceTier: 'batch' },
    { region: 'eu' },
    { aboveInputTokens: 200_000 },
    { source: 'csv' },
    { projectId: '00000000-0000-7000-8000-000000000001' },
    { daily: { fromSeconds: 0, untilSeconds: 3600 } },
    { model: 'n' },
    { provider: 'q' },
  ];
  const { added, ended } = plan(
    [stored('1')],
    others.map((changes) => price('2', changes)),
  );
  expect(added).toHaveLength(others.length);
  expect(ended).toEqual([]);
});

describe('a price that is 100 times another one', () => {
  test.each([
    ['1', '100', 1],
    ['1', '0.01', 1],
    ['1', '99.99', 0],
    ['1', '0.02', 0],
    ['0', '5', 0],
    ['5', '0', 0],
  ])('%s USD, then %s USD: %s to confirm', (before, now, count) => {
    expect(plan([stored(before)], [price(now)]).outlying).toHaveLength(count);
  });

  test('is compared with known prices of every source, and of the same unit only', () => {
    const known = [price('2.5', { source: 'genai-prices', model: 'M' })];
    const [outlier] = plan([], [price('0.0025', { source: 'csv' })], known).outlying;
    expect(outlier?.other).toBe(known[0]);
    expect(plan([], [price('0.0025', { unit: 'output', source: 'csv' })], known).outlying).toEqual([]);
    // People's own price may be far from the list on purpose; the list is not asked about it.
    expect(plan([stored('0.0025')], [price('2.5', { source: 'genai-prices' })]).outlying).toEqual([]);
  });
});

test('after any imports there is at most one price at a time', () => {
  const usd = fc.constantFrom('1', '2', '3');
  const from = fc.constantFrom(SINCE_EVER, JANUARY, new Date('2026-06-01'), JULY);
  const lists = fc.array(fc.record({ usd, from }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(lists, { maxLength: 4 }), (imports) => {
      let before: StoredPrice[] = [];
      imports.forEach((list, step) => {
        const now = new Date(NOW.getTime() + step * 86_400_000);
        const incoming = [...new Map(list.map((one) => [one.from.getTime(), one])).values()].map((one) =>
          price(one.usd, { validFrom: one.from }),
        );
        const changes = planPriceChanges({ stored: before, incoming, now });
        before = after(before, changes).map((row, index) => ({ ...row, id: String(index) }));
        const ordered = before.toSorted((a, b) => a.validFrom.getTime() - b.validFrom.getTime());
        ordered.forEach((row, index) => {
          const next = ordered[index + 1];
          if (row.validUntil) expect(row.validUntil.getTime()).toBeGreaterThan(row.validFrom.getTime());
          if (next)
            expect(row.validUntil?.getTime() ?? Number.NaN).toBeLessThanOrEqual(next.validFrom.getTime());
        });
      });
    }),
    { numRuns: 500 },
  );
});
