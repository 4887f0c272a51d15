import fc from 'fast-check';
import { localPeriods } from '../../../service/costs/local-periods';

const HOUR = 3_600_000;

/** Lengths of the days of a month in hours, by label. */
function days(zone: string, from: string, to: string): Record<string, number> {
  const periods = localPeriods('day', zone, Date.parse(from), Date.parse(to));
  return Object.fromEntries(periods.map(({ label, start, end }) => [label, (end - start) / HOUR]));
}

describe('days of a time zone', () => {
  test('have 25 hours where the clocks go back and 23 where they go forward', () => {
    expect(days('Europe/Berlin', '2026-10-23T22:00:00Z', '2026-10-26T23:00:00Z')).toEqual({
      ...{ '2026-10-24': 24, '2026-10-25': 25, '2026-10-26': 24 },
    });
    expect(days('America/New_York', '2026-03-07T05:00:00Z', '2026-03-10T04:00:00Z')).toEqual({
      ...{ '2026-03-07': 24, '2026-03-08': 23, '2026-03-09': 24 },
    });
  });

  test('have 24.5 hours on Lord Howe Island, whose clocks go back by half an hour', () => {
    expect(days('Australia/Lord_Howe', '2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z')).toEqual({
      '2026-04-05': 24.5,
    });
  });

  test('begin at 01:00 where midnight is skipped: Beirut, 29 March 2026', () => {
    expect(days('Asia/Beirut', '2026-03-27T22:00:00Z', '2026-03-29T21:00:00Z')).toEqual({
      ...{ '2026-03-28': 24, '2026-03-29': 23 },
    });
  });

  test('begin at the first of two midnights: Havana, 1 November 2026', () => {
    expect(days('America/Havana', '2026-10-31T04:00:00Z', '2026-11-02T05:00:00Z')).toEqual({
      ...{ '2026-10-31': 24, '2026-11-01': 25 },
    });
  });

  test('leave out the day that Samoa left out: 30 December 2011', () => {
    expect(Object.keys(days('Pacific/Apia', '2011-12-29T10:00:00Z', '2012-01-01T10:00:00Z'))).toEqual([
      ...['2011-12-29', '2011-12-31', '2012-01-01'],
    ]);
  });

  test('are cut by the question', () => {
    expect(days('UTC', '2026-11-01T18:00:00Z', '2026-11-02T06:00:00Z')).toEqual({
      ...{ '2026-11-01': 6, '2026-11-02': 6 },
    });
  });
});

test('hours carry the offset of their zone', () => {
  const hours = localPeriods(
    'hour',
    'Asia/Kolkata',
    Date.parse('2026-11-01T00:00:00Z'),
    Date.parse('2026-11-01T01:00:00Z'),
  );
  expect(hours.map(({ label, end, start }) => [label, (end - start) / 60_000])).toEqual([
    ['2026-11-01T05:00:00+05:30', 30],
    ['2026-11-01T06:00:00+05:30', 30],
  ]);
});

test('months follow the local calendar', () => {
  const from = Date.parse('2026-01-01T00:00:00Z');
  const labels = localPeriods('month', 'America/Los_Angeles', from, Date.parse('2026-03-01T08:00:00Z'));
  expect(labels.map(({ label }) => label)).toEqual(['2025-12', '2026-01', '2026-02']);
});

test('throws for an unknown zone and names it', () => {
  expect(() => localPeriods('day', 'Mars/Olympus', 0, 1)).toThrow(
    'time_zone must be a name of the IANA database',
  );
});

test('throws for more than 10,000 periods', () => {
  expect(() => localPeriods('hour', 'UTC', 0, 10_002 * HOUR)).toThrow('at most 10000');
});

test('periods have no gaps, and each begins at its local midnight (property)', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  const minute = fc.integer({ min: 0, max: 40 * 366 * 24 * 60 });
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      minute,
      fc.integer({ min: 1, max: 5000 }),
      (zone, first, length) => {
        const from = Date.UTC(1990, 0, 1) + first * 60_000;
        const to = from + length * 60_000;
        const periods = localPeriods('day', zone, from, to);
        expect([periods[0]?.start, periods.at(-1)?.end]).toEqual([from, to]);
        const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
        for (const [index, { label, start, end }] of periods.entries()) {
          expect(format.format(start)).toBe(label);
          expect(format.format(end - 1)).toBe(label);
          if (index > 0) expect(start).toBe(periods[index - 1]?.end);
        }
      },
    ),
    { numRuns: 300 },
  );
});
