import fc from 'fast-check';
import { costRollups } from '../../../service/costs/cost-source';
import { rowTimeBefore, sourceRanges, type TimeRange } from '../../../service/costs/source-ranges';

const SMALL = { source: 'small', unitMs: 10 };
const LARGE = { source: 'large', unitMs: 50 };
const RUNNING = { source: 'running', unitMs: 50, usesRunningUnit: true };

describe('the ranges of a question', () => {
  test('come from the roll-up but for cut edges and what it does not have yet', () => {
    expect(sourceRanges({ bounds: [5, 25, 47], rollups: [SMALL], completeUntil: 40 })).toEqual({
      rollups: [
        {
          source: 'small',
          ranges: [
            { start: 10, end: 20 },
            { start: 30, end: 40 },
          ],
        },
      ],
      rows: [
        { start: 5, end: 10 },
        { start: 20, end: 30 },
        { start: 40, end: 47 },
      ],
      running: null,
    });
  });

  test('come from long units in the middle and short ones at the edges', () => {
    expect(sourceRanges({ bounds: [20, 215], rollups: [LARGE, SMALL], completeUntil: 195 })).toEqual({
      rollups: [
        { source: 'large', ranges: [{ start: 50, end: 150 }] },
        {
          source: 'small',
          ranges: [
            { start: 20, end: 50 },
            { start: 150, end: 190 },
          ],
        },
      ],
      rows: [{ start: 190, end: 215 }],
      running: null,
    });
  });

  test('come from rows where each unit is cut, and before the first refresh', () => {
    const rows = [{ start: 0, end: 20 }];
    const cut = { bounds: [0, 5, 15, 20], rollups: [SMALL], completeUntil: 100 };
    expect(sourceRanges(cut)).toEqual({ rollups: [], rows, running: null });
    const never = { bounds: [0, 20], rollups: [SMALL], completeUntil: Number.NEGATIVE_INFINITY };
    expect(sourceRanges(never)).toEqual({ rollups: [], rows, running: null });
  });

  test.each([
    // bounds, complete until, the unit's start, usable until, end of what requests add
    { bounds: [0, 150], completeUntil: 70, running: [50, 150, 150] },
    { bounds: [0, 70, 150], completeUntil: 70, running: [50, 70, 150] },
    { bounds: [50, 60], completeUntil: 60, running: [50, 60, 60] },
    { bounds: [0, 65, 150], completeUntil: 70, running: null },
    { bounds: [51, 150], completeUntil: 70, running: null },
    { bounds: [0, 150], completeUntil: 50, running: null },
    { bounds: [0, 50], completeUntil: 70, running: null },
    { bounds: [0, 150], completeUntil: Number.NEGATIVE_INFINITY, running: null },
  ])(
    'use the running unit where no bound cuts it before it is complete: $bounds, $completeUntil',
    (given) => {
      const { bounds, completeUntil, running: wanted } = given;
      const { running } = sourceRanges({ bounds, rollups: [RUNNING], completeUntil });
      const found = running === null ? null : [running.unit.start, running.usableUntil, running.end];
      expect(found).toEqual(wanted);
    },
  );

  test('cover each instant once (property)', () => {
    const bounds = fc.uniqueArray(fc.integer({ min: 0, max: 240 }), { minLength: 2, maxLength: 8 });
    const rollups = fc.constantFrom([], [SMALL], [LARGE], [RUNNING], [LARGE, SMALL]);
    fc.assert(
      fc.property(bounds, rollups, fc.integer({ min: -5, max: 250 }), (given, offered, completeUntil) => {
        const sorted = [...given].sort((one, other) => one - other);
        const plan = sourceRanges({ bounds: sorted, rollups: offered, completeUntil });
        const isIn = (instant: number, range: TimeRange) => instant >= range.start && instant < range.end;
        const times = (instant: number, ranges: readonly TimeRange[]) =>
          ranges.filter((range) => isIn(instant, range)).length;
        const wrong = Array.from({ length: 270 }, (_, index) => index - 10).filter((instant) => {
          const { running } = plan;
          const beyond = running === null ? [] : [{ start: running.unit.start, end: running.end }];
          const counts = [plan.rows, beyond, ...plan.rollups.map(({ ranges }) => ranges)].map((one) =>
            times(instant, one),
          );
          const isAsked = isIn(instant, { start: sorted[0] ?? 0, end: sorted.at(-1) ?? 0 });
          return counts.reduce((sum, count) => sum + count, 0) !== (isAsked ? 1 : 0);
        });
        expect(wrong).toEqual([]);
        for (const { source, ranges } of plan.rollups) {
          const { unitMs } = source === 'small' ? SMALL : LARGE;
          const misfits = ranges.filter(
            ({ start, end }) =>
              start % unitMs !== 0 ||
              end % unitMs !== 0 ||
              end > completeUntil ||
              sorted.some((bound) => bound > start && bound < end && bound % unitMs !== 0),
          );
          expect(misfits).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('tell how much time comes from rows', () => {
    const ranges = sourceRanges({ bounds: [5, 25, 47], rollups: [SMALL], completeUntil: 40 });
    expect(rowTimeBefore(ranges, 40)).toBe(15);
    expect(rowTimeBefore(ranges, 44)).toBe(19);
  });
});

test('the roll-ups are the shortest tables that have all fields and filters', () => {
  const declared = new Set(['team']);
  const sources = (fields: Parameters<typeof costRollups>[0], filters: Parameters<typeof costRollups>[1]) =>
    costRollups(fields, filters, declared).map(({ source }) => source);
  const byTime = ['costs_daily', 'costs_hourly'];
  expect(sources(['model', 'project'], { provider: 'acme' })).toEqual(byTime);
  expect(sources(['tag:team'], {})).toEqual(byTime);
  expect(sources([], { tags: { team: 'search' } })).toEqual(byTime);
  expect(sources(['tag:feature'], {})).toEqual([]);
  expect(sources(['user'], {})).toEqual(['costs_daily_by_user']);
  expect(sources(['model'], { user: 'ada' })).toEqual(['costs_daily_by_user']);
  expect(sources(['user', 'tag:team'], {})).toEqual([]);
});
