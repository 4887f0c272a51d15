import fc from 'fast-check';
import { recoverySeconds } from '../../../bin/load/results/recovery';
import {
  outcomeOf,
  rowSeconds,
  shareText,
  Timeline,
  type TimelineRow,
} from '../../../bin/load/results/timeline';
import { percentile, Trend } from '../../../bin/load/results/trend';
import { WakeQueue } from '../../../bin/load/wake-queue';
import type { Answer, PlannedRequest } from '../../load/client.ts';
import { popularRank } from '../../load/popularity.ts';

function trendOf(values: readonly number[]): Trend {
  const trend = new Trend();
  for (const value of values) trend.add(value);
  return trend;
}

/** Times from 1 to 1,000 ms, most of them small. */
const times = (count: number) => Array.from({ length: count }, (_, index) => 1000 ** ((index % 997) / 996));

describe('a trend', () => {
  test.each([2000, 2001, 50_000])('of %d values has percentiles within half a percent', (count) => {
    const values = times(count);
    const trend = trendOf(values);
    for (const percent of [1, 50, 95, 99, 99.9]) {
      const exact = percentile(values, percent);
      expect(Math.abs(trend.percentile(percent) / exact - 1)).toBeLessThan(count <= 2000 ? 1e-12 : 0.012);
    }
    expect(trend).toMatchObject({ count, min: 1, max: expect.closeTo(1000, 9) });
  });

  test('that is made of others is the trend of all their values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0, max: 1e7, noNaN: true })), { maxLength: 4 }),
        (lists) => {
          const [sum, all] = [new Trend(), trendOf(lists.flat())];
          for (const list of lists) sum.merge(trendOf(list));
          expect(sum.percentile(95)).toEqual(all.percentile(95));
          expect([sum.count, sum.min, sum.max]).toEqual([all.count, all.min, all.max]);
        },
      ),
    );
    const big = trendOf(times(3000));
    big.merge(trendOf(times(3000)));
    expect(big.percentile(50)).toBe(trendOf([...times(3000), ...times(3000)]).percentile(50));
  });
});

test('users wake in the order of their pauses', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(1000), (pauses, now) => {
      const queue = new WakeQueue();
      for (const [user, until] of pauses.entries()) queue.add(until, user);
      const until = (users: readonly number[]) => users.map((user) => pauses[user] ?? Number.NaN);
      const [early, late] = [until(queue.wake(now)), until(queue.wake(1000))];
      const sorted = [...pauses].sort((a, b) => a - b);
      expect([...early, ...late]).toEqual(sorted);
      expect(early).toEqual(sorted.filter((pause) => pause <= now));
    }),
  );
});

test("prompts have Zipf's popularity", () => {
  const [count, draws] = [100, 200_000];
  // A generator of its own (mulberry32), so that the test is the same each time.
  let state = 7;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const seen = new Array<number>(count + 1).fill(0);
  for (let draw = 0; draw < draws; draw += 1) {
    const rank = popularRank(count, random);
    seen[rank] = (seen[rank] ?? 0) + 1;
  }
  const harmonic = Array.from({ length: count }, (_, index) => 1 / (index + 1)).reduce((a, b) => a + b);
  // Chi-squared with 99 degrees of freedom: 148 is its 99.9th percentile.
  const chiSquared = seen.slice(1).reduce((sum, times, index) => {
    const expected = draws / ((index + 1) * harmonic);
    return sum + (times - expected) ** 2 / expected;
  }, 0);
  expect(seen[0]).toBe(0);
  expect(chiSquared).toBeLessThan(148);
});

const request = { entry: { kind: 'api' } } as PlannedRequest;
const timed = (answer: Partial<Answer>) => ({
  answer: { status: 0, timedOut: false, body: '', headers: {}, ...answer },
  milliseconds: 10,
});

test.each([
  [{ status: 503, headers: { 'retry-after': '1' } }, 'refused'],
  [{ status: 503 }, 'server'],
  [{ status: 429, headers: { 'retry-after': '1' } }, 'limited'],
  [{ status: 500 }, 'server'],
  [{ status: 404 }, 'client'],
  [{ status: 302 }, 'unexpected'],
  [{ timedOut: true }, 'timeout'],
  [{}, 'lost'],
] as const)('%j is refused, or an error of its kind: %s', (answer, outcome) => {
  expect(outcomeOf(timed(answer), { expected: false })).toBe(outcome);
  expect(outcomeOf(timed(answer), { expected: true })).toBe('ok');
});

test('a timeline has a row for each second, also for those in which nothing happened', () => {
  const rows: TimelineRow[] = [];
  const timeline = new Timeline(1, (row) => rows.push(row));
  const gauges = () => ({ underWay: 2, connections: 3, users: 0 });
  timeline.offered(3, 1);
  timeline.answered(request, 'ok', { expected: true }, 40);
  timeline.answered(request, 'lost', { expected: false }, 0);
  // Neither is an answer: they would make the server look fast.
  timeline.answered(request, 'refused', { expected: false }, 1);
  timeline.pass(999, gauges);
  expect(rows).toEqual([]);
  timeline.pass(2500, gauges);
  expect(rows).toMatchObject([
    {
      atSecond: 0,
      offered: 3,
      dropped: 1,
      ended: 3,
      refused: 1,
      errors: { lost: 1 },
      api: { p50: 40, p95: 40, p99: 40, mean: 40 },
      llm: null,
    },
    { atSecond: 1, offered: 0, ended: 0, api: null },
  ]);
  timeline.offered(1, 0);
  timeline.end(2800, gauges);
  expect(timeline.rows).toHaveLength(3);
  expect(timeline.rows[2]).toMatchObject({ seconds: expect.closeTo(0.8, 9), offered: 1, connections: 3 });
});

/** Rows of a second with these 99th percentiles, ms; null: no answers. */
function rowsOf(p99s: readonly (number | null)[], seconds = 1): TimelineRow[] {
  return p99s.map((p99, index) => ({
    ...{ atSecond: index * seconds, seconds, offered: 100, ended: 100, dropped: 0, refused: 0 },
    ...{ underWay: 0, connections: 1, users: 0, llm: null, errors: {}, cacheAnswers: 0, cacheHits: 0 },
    api: p99 === null ? null : { p50: 1, p95: 1, p99, mean: 1 },
  }));
}

const good = (count: number) => Array<number>(count).fill(999);

test.each<[string, readonly (number | null)[], number | 'never' | null]>([
  ['is never bad', [1000, 1000, ...good(8)], 0],
  ['is bad for two seconds', [1, 1, 1000, 5000, ...good(6)], 2],
  ['has no answers for a second', [1, 1, null, ...good(7)], 1],
  ['gets bad again within five seconds', [1, 1, ...good(4), 1000, ...good(3)], 'never'],
  ['gets bad again after five seconds', [1, 1, ...good(5), 1000, 1, 1], 0],
  ['is bad to the end', [1, 1, ...Array<number>(8).fill(1000)], 'never'],
  // Once the load has fallen a platform is quick without having recovered.
  ['recovers when the peak is over', [1, 1, ...Array<number>(8).fill(1000), ...good(8)], 'never'],
  ['ends too early to tell', [1, 1, ...good(3)], null],
])('a peak of eight seconds from second 2 that %s has recovered after: %s', (_, p99s, expected) => {
  expect(recoverySeconds(rowsOf(p99s), { atSecond: 2, seconds: 8 }, 1000)).toBe(expected);
});

test('recovery is measured from the beginning of the peak, between two rows as well', () => {
  const rows = rowsOf([1000, 1000, ...good(8)]);
  expect(recoverySeconds(rows, { atSecond: 1.5, seconds: 6 }, 1000)).toBe(0.5);
  // Seven seconds of good times, of which four are in the peak.
  expect(recoverySeconds(rows, { atSecond: 0, seconds: 6 }, 1000)).toBe('never');
  expect(recoverySeconds(rowsOf([1000, 1, 1], 4), { atSecond: 0, seconds: 12 }, 1000)).toBe(4);
});

test.each([
  [1, 1000, '1 (0.1 %)'],
  [370, 1000, '370 (37 %)'],
])('%d of %d is %s', (count, all, text) => {
  expect(shareText(count, all)).toBe(text);
});

test('a long run has longer rows', () => {
  expect([1, 60, 600, 601, 14_400].map(rowSeconds)).toEqual([1, 1, 1, 2, 24]);
});
