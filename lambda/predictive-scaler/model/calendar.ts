import { zoneOffset } from '../../../service/shared/zone-offset';

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
/** Minutes of a day. */
export const DAY_MINUTES = 1440;

/** Weekday of 1970-01-01, a Thursday; 0 is Sunday. */
const FIRST_WEEKDAY = 4;

/**
 * Local time of the users who cause the load: their days repeat in local time. Daylight saving time shifts "yesterday
 * at this time" by an hour in UTC; the offset comes from the IANA database in Node.
 */
export class Calendar {
  private readonly offsets = new Map<number, number>();
  private readonly lookUp: ((instantMs: number) => number) | undefined;

  /**
   * @param timeZone IANA name, e.g. `Europe/Berlin`
   * @throws RangeError for an unknown zone
   */
  constructor(readonly timeZone = 'UTC') {
    if (timeZone !== 'UTC') this.lookUp = zoneOffset(timeZone);
  }

  /** Offset of local time from UTC at a minute since 1970-01-01 UTC, minutes. */
  offsetMinutes(minute: number): number {
    if (this.lookUp === undefined) return 0;
    const hour = Math.floor(minute / HOUR_MINUTES);
    const known = this.offsets.get(hour);
    if (known !== undefined) return known;
    const offset = this.lookUp(hour * HOUR_MINUTES * MINUTE_MS) / MINUTE_MS;
    this.offsets.set(hour, offset);
    return offset;
  }

  /** Minutes since local midnight, 0 to 1439. */
  minuteOfDay(minute: number): number {
    return modulo(minute + this.offsetMinutes(minute), DAY_MINUTES);
  }

  /** Local day of the week; 0 is Sunday. */
  weekday(minute: number): number {
    return modulo(Math.floor((minute + this.offsetMinutes(minute)) / DAY_MINUTES) + FIRST_WEEKDAY, 7);
  }

  /** Minute with the same local time `days` days earlier. */
  daysBefore(minute: number, days: number): number {
    const then = minute - days * DAY_MINUTES;
    return then + this.offsetMinutes(minute) - this.offsetMinutes(then);
  }
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
