import fc from 'fast-check';
import { timeWindows } from '../../../service/requests/read/time-windows';

const at = (text: string) => new Date(`${text}Z`);

describe('the windows of a page', () => {
  test.each([
    // newest, from, to, start of the first window; null for one window
    ['2026-11-28T08:00', undefined, undefined, '2026-11-01T00:00'],
    ['2026-11-03T08:00', undefined, undefined, '2026-10-01T00:00'],
    ['2026-11-28T08:00', '2026-01-01T00:00', '2026-03-10T00:00', '2026-03-01T00:00'],
    ['2026-11-28T08:00', '2026-11-01T00:00', undefined, null],
    ['1970-01-05T00:00', undefined, undefined, null],
  ])('begin with the month of a week before the newest row: %s', (newest, from, to, start) => {
    const period = { from: from && at(from), to: to && at(to) } as { from?: Date; to?: Date };
    const split =
      start === null
        ? []
        : [
            { from: at(start), to: period.to },
            { from: period.from, to: at(start) },
          ];
    expect(timeWindows(period, at(newest))).toEqual(start === null ? [period] : split);
  });

  test('hold each instant of the period once, the later ones first (property)', () => {
    const instant = fc.integer({ min: -1e12, max: 4e12 });
    const bound = fc.option(
      instant.map((ms) => new Date(ms)),
      { nil: undefined },
    );
    fc.assert(
      fc.property(bound, bound, instant, fc.array(instant), (from, to, newest, instants) => {
        fc.pre(from === undefined || to === undefined || from < to);
        const isIn = (ms: number, period: { from?: Date; to?: Date }) =>
          ms >= (period.from?.getTime() ?? -Infinity) && ms < (period.to?.getTime() ?? Infinity);
        const windows = timeWindows({ from, to }, new Date(newest));
        for (const ms of [...instants, newest, newest - 1]) {
          expect(windows.filter((window) => isIn(ms, window))).toHaveLength(isIn(ms, { from, to }) ? 1 : 0);
        }
        const [first, second] = windows;
        if (second !== undefined) expect(first?.from).toEqual(second.to);
      }),
    );
  });
});
