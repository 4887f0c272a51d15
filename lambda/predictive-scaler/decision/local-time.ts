import { zoneOffset } from '../../../service/shared/zone-offset';

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** Whether the text is the name of an IANA time zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/**
 * Minute since 1970-01-01 UTC of an instant (`2026-11-27T08:00Z`, or with an offset) or of a local time
 * (`2026-11-27T08:00`) in a zone. When clocks go back and a local time occurs twice, `ambiguous` chooses one. A local
 * time that clocks skip is moved forward by the skipped time, as in java.time and Temporal ('compatible').
 * @returns NaN where the text has neither form
 */
export function minuteOf(text: string, timeZone: string, ambiguous: 'earlier' | 'later'): number {
  if (INSTANT.test(text)) return Date.parse(text) / MINUTE_MS;
  const local = localMinute(text);
  if (Number.isNaN(local)) return Number.NaN;
  const offset = zoneOffset(timeZone);
  const offsetMinutes = (minute: number) => offset(minute * MINUTE_MS) / MINUTE_MS;
  const before = offsetMinutes(local - DAY_MINUTES);
  const after = offsetMinutes(local + DAY_MINUTES);
  const instants = [before, after]
    .map((nearby) => local - nearby)
    .filter((instant) => instant + offsetMinutes(instant) === local);
  if (instants.length === 0) return local - before;
  return ambiguous === 'earlier' ? Math.min(...instants) : Math.max(...instants);
}

/** The local time as if it were UTC; NaN for dates that do not exist (30 February). */
function localMinute(text: string): number {
  const parts = LOCAL.exec(text)?.slice(1).map(Number);
  if (!parts) return Number.NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts;
  const instant = Date.UTC(year, month - 1, day, hour, minute);
  return new Date(instant).toISOString().startsWith(text) ? instant / MINUTE_MS : Number.NaN;
}
