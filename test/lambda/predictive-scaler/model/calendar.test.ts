import { Calendar } from '../../../../lambda/predictive-scaler/model/calendar';

const minute = (iso: string) => Date.parse(iso) / 60_000;

describe('Calendar', () => {
  const berlin = new Calendar('Europe/Berlin');

  it.each([
    ['2026-01-15T12:00:00Z', 60],
    ['2026-03-29T00:59:00Z', 60],
    ['2026-03-29T01:00:00Z', 120],
    ['2026-10-25T00:59:00Z', 120],
    ['2026-10-25T01:00:00Z', 60],
  ])('of Berlin is ahead of %s by %i minutes', (iso, offset) => {
    expect(berlin.offsetMinutes(minute(iso))).toBe(offset);
  });

  it('supports half-hour zones and zones west of UTC', () => {
    expect(new Calendar('Asia/Kolkata').offsetMinutes(minute('2026-06-01T00:00:00Z'))).toBe(330);
    expect(new Calendar('America/New_York').offsetMinutes(minute('2026-06-01T00:00:00Z'))).toBe(-240);
  });

  it('tells local time and weekday', () => {
    const sundayNight = minute('2026-11-22T23:30:00Z');
    expect(berlin.minuteOfDay(sundayNight)).toBe(30);
    expect(berlin.weekday(sundayNight)).toBe(1);
    expect(new Calendar().weekday(sundayNight)).toBe(0);
    expect(new Calendar().minuteOfDay(-1)).toBe(1439);
  });

  it('goes back to the same time of the clock across daylight saving', () => {
    const monday = minute('2026-03-30T07:00:00Z'); // 09:00 in Berlin
    expect(berlin.daysBefore(monday, 1)).toBe(minute('2026-03-29T07:00:00Z'));
    expect(berlin.daysBefore(monday, 2)).toBe(minute('2026-03-28T08:00:00Z'));
    expect(new Calendar().daysBefore(monday, 2)).toBe(minute('2026-03-28T07:00:00Z'));
  });

  it('throws for an unknown time zone', () => expect(() => new Calendar('Mars/Olympus')).toThrow(RangeError));
});
