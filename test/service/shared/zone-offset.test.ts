import { localMidnight, zoneOffset } from '../../../service/shared/zone-offset';

const HOUR_MS = 3_600_000;

test.each([
  ['UTC', '2026-07-01T00:00:00Z', 0],
  ['Europe/Berlin', '2026-01-01T00:00:00Z', 1],
  ['Europe/Berlin', '2026-07-01T00:00:00Z', 2],
  ['Asia/Kathmandu', '2026-07-01T00:00:00Z', 5.75],
  ['America/St_Johns', '2026-01-01T00:00:00Z', -3.5],
])('the local time of %s at %s is %d hours from UTC', (zone, at, hours) => {
  expect(zoneOffset(zone)(Date.parse(at))).toBe(hours * HOUR_MS);
});

test.each([
  ['an ordinary day', 'Europe/Berlin', '2026-11-27', '2026-11-26T23:00:00.000Z'],
  ['a day on which clocks change later', 'Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['a midnight that clocks skip', 'America/Santiago', '2024-09-08', '2024-09-08T04:00:00.000Z'],
  ['a midnight that comes twice', 'America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'],
  ['a day that the zone left out', 'Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
])('%s begins at its first instant', (_, zone, day, expected) => {
  expect(localMidnight(day, zone).toISOString()).toBe(expected);
});

test('an unknown zone is an error', () => {
  expect(() => zoneOffset('Europe/Nowhere')).toThrow(RangeError);
});
