/**
 * Offset of a zone's local time from UTC at an instant, from the IANA database in Node.
 * @param timeZone IANA name, e.g. `Europe/Berlin`
 * @returns a function of an instant, ms since 1970; its result is in ms, positive east of Greenwich
 * @throws RangeError for an unknown zone
 */
export function zoneOffset(timeZone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instantMs) => {
    const whole = Math.floor(instantMs / 1000) * 1000;
    const parts = new Map(format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const local = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return local - whole;
  };
}

const DAY_MS = 86_400_000;

/**
 * When a day begins in a zone. Where clocks skip midnight it begins with its first instant; where midnight comes twice,
 * with the first one.
 * @param day `YYYY-MM-DD`
 * @param timeZone IANA name
 * @throws RangeError for an unknown zone
 */
export function localMidnight(day: string, timeZone: string): Date {
  const offset = zoneOffset(timeZone);
  const wall = Date.parse(`${day}T00:00:00Z`);
  const [before, after] = [offset(wall - DAY_MS), offset(wall + DAY_MS)];
  const instants = [wall - before, wall - after].filter((instant) => instant + offset(instant) === wall);
  return new Date(instants.length === 0 ? wall - before : Math.min(...instants));
}
