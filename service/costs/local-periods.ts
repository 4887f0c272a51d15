import { RequestError } from '../requests/errors';
import { zoneOffset } from '../shared/zone-offset';

/** Periods by which costs are grouped. */
export type PeriodUnit = 'hour' | 'day' | 'month';

/** An hour, day or month of a time zone, or the part of it that a question covers. */
export interface LocalPeriod {
  /** `2026-11-01T05:00:00+05:30`, `2026-11-01` or `2026-11`. */
  readonly label: string;
  /** Included, ms since 1970. */
  readonly start: number;
  /** Excluded, ms since 1970. */
  readonly end: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Most periods of an answer. */
const MAX_PERIODS = 10_000;

type Offset = (instantMs: number) => number;

/**
 * The hours, days or months of a time zone between two instants, without gaps; the first and the last may be cut. A day
 * lasts 23 or 25 hours where the clocks change, and a day that the zone left out is left out.
 * @param from included, ms since 1970
 * @param to excluded, ms since 1970
 * @throws RequestError `invalid_query` for an unknown zone, `period_too_long` for more than 10,000 periods
 */
export function localPeriods(unit: PeriodUnit, timeZone: string, from: number, to: number): LocalPeriod[] {
  const offset = offsetOf(timeZone);
  const periods: LocalPeriod[] = [];
  for (let start = from; start < to; ) {
    const next = unit === 'hour' ? nextHour(start, offset) : nextDate(unit, start, offset);
    const end = Math.min(next, to);
    periods.push({ label: labelOf(unit, start, offset), start, end });
    start = end;
    if (periods.length > MAX_PERIODS) {
      throw new RequestError(
        'period_too_long',
        `An answer by ${unit} must have at most ${MAX_PERIODS} of them: shorten the period, or group by a longer unit.`,
      );
    }
  }
  return periods;
}

/** @throws RequestError `invalid_query` unless a zone of the IANA database */
export function checkTimeZone(timeZone: string): void {
  offsetOf(timeZone);
}

function offsetOf(timeZone: string): Offset {
  if (timeZone === 'UTC') return () => 0;
  try {
    return zoneOffset(timeZone);
  } catch {
    throw new RequestError(
      'invalid_query',
      `time_zone must be a name of the IANA database, such as Europe/Berlin, got '${timeZone}'.`,
    );
  }
}

function nextHour(instant: number, offset: Offset): number {
  const local = instant + offset(instant);
  return instant + HOUR_MS - modulo(local, HOUR_MS);
}

/** First instant of the next day or month; later than `instant`, also where the zone leaves a day out. */
function nextDate(unit: 'day' | 'month', instant: number, offset: Offset): number {
  const local = new Date(instant + offset(instant));
  for (let step = 1; ; step += 1) {
    const next =
      unit === 'day'
        ? Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + step)
        : Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + step, 1);
    const start = instantOf(next, offset);
    if (start > instant) return start;
  }
}

/** First instant whose local time is at least `local`, ms since 1970 as if it were UTC. */
function instantOf(local: number, offset: Offset): number {
  // No zone changes its clocks twice within two days.
  const candidates = [offset(local - DAY_MS), offset(local + DAY_MS)]
    .map((one) => local - one)
    .sort((a, b) => a - b);
  const [early = local, late = local] = candidates;
  const valid = candidates.find((instant) => instant + offset(instant) === local);
  if (valid !== undefined) return valid;
  // The clocks skip this time: the change itself is the first later instant.
  let [before, after] = [early, late];
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (middle + offset(middle) < local) before = middle;
    else after = middle;
  }
  return after;
}

function labelOf(unit: PeriodUnit, start: number, offset: Offset): string {
  const difference = offset(start);
  const local = new Date(start + difference).toISOString();
  if (unit === 'month') return local.slice(0, 7);
  if (unit === 'day') return local.slice(0, 10);
  const minutes = Math.abs(Math.round(difference / 60_000));
  const pad = (value: number) => String(value).padStart(2, '0');
  const sign = difference < 0 ? '-' : '+';
  return `${local.slice(0, 14)}00:00${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
