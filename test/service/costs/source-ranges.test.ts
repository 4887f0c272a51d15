import fc from 'fast-check';
import { costSource } from '../../../service/costs/cost-source';
import { rowTimeBefore, sourceRanges } from '../../../service/costs/source-ranges';

describe('the ranges of a question', () => {
  test('come from the roll-up but for cut edges and what it does not have yet', () => {
    expect(sourceRanges({ bounds: [5, 25, 47], unitMs: 10, completeUntil: 40 })).toEqual({
      rollup: { start: 10, end: 40 },
      cut: [20],
      rows: [
        { start: 5, end: 10 },
        { start: 20, end: 30 },
        { start: 40, end: 47 },
      ],
    });
  });

  test('come from rows where each unit is cut', () => {
    expect(sourceRanges({ bounds: [0, 5, 15, 20], unitMs: 10, completeUntil: 100 })).toEqual({
      ...{ rollup: null, cut: [], rows: [{ start: 0, end: 20 }] },
    });
  });

  test('come from rows before the first refresh', () => {
    const completeUntil = Number.NEGATIVE_INFINITY;
    expect(sourceRanges({ bounds: [0, 20], unitMs: 10, completeUntil }).rollup).toBeNull();
  });

  test('cover each instant once (property)', () => {
    const bounds = fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { minLength: 2, maxLength: 8 });
    const unit = fc.option(fc.constantFrom(5, 10, 24), { nil: null });
    fc.assert(
      fc.property(bounds, unit, fc.integer({ min: -5, max: 130 }), (given, unitMs, completeUntil) => {
        const sorted = [...given].sort((one, other) => one - other);
        const ranges = sourceRanges({ bounds: sorted, unitMs, completeUntil });
        const { start = 0, end = 0 } = ranges.rollup ?? {};
        const isIn = (instant: number, range: { start: number; end: number }) =>
          instant >= range.start && instant < range.end;
        const wrong = Array.from({ length: 150 }, (_, index) => index - 10).filter((instant) => {
          const unitStart = Math.floor(instant / (unitMs ?? 1)) * (unitMs ?? 1);
          const unit = { start: unitStart, end: unitStart + (unitMs ?? 0) };
          const inRows = ranges.rows.filter((range) => isIn(instant, range)).length;
          const inRollup = isIn(instant, { start, end }) && !ranges.cut.includes(unitStart);
          const isAsked = isIn(instant, { start: sorted[0] ?? 0, end: sorted.at(-1) ?? 0 });
          const isCut = sorted.some((bound) => bound > unit.start && bound < unit.end);
          if (inRollup && (isCut || unit.end > completeUntil)) return true;
          return inRows + (inRollup ? 1 : 0) !== (isAsked ? 1 : 0);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('tell how much time comes from rows', () => {
    const ranges = sourceRanges({ bounds: [5, 25, 47], unitMs: 10, completeUntil: 40 });
    expect(rowTimeBefore(ranges, 40)).toBe(15);
    expect(rowTimeBefore(ranges, 44)).toBe(19);
  });
});

test('the source is the shortest table that has all fields and filters', () => {
  const declared = new Set(['team']);
  expect(costSource(['model', 'project'], { provider: 'acme' }, declared)).toBe('hourly');
  expect(costSource(['tag:team'], {}, declared)).toBe('hourly');
  expect(costSource([], { tags: { team: 'search' } }, declared)).toBe('hourly');
  expect(costSource(['tag:feature'], {}, declared)).toBe('rows');
  expect(costSource(['user'], {}, declared)).toBe('daily-by-user');
  expect(costSource(['model'], { user: 'ada' }, declared)).toBe('daily-by-user');
  expect(costSource(['user', 'tag:team'], {}, declared)).toBe('rows');
});
