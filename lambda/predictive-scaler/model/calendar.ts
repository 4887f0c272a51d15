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
  private readonly format: Intl.DateTimeFormat | undefined;

  /**
   * @param timeZone IANA name, e.g. `Europe/Berlin`
   * @throws RangeError for an unknown zone
   */
  constructor(readonly timeZone = 'UTC') {
    if (timeZone === 'UTC') return;
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  }

  /** Offset of local time from UTC at a minute since 1970-01-01 UTC, minutes. */
  offsetMinutes(minute: number): number {
    if (this.format === undefined) return 0;
    const hour = Math.floor(minute / HOUR_MINUTES);
    const known = this.offsets.get(hour);
    if (known !== undefined) return known;
    const offset = this.lookUp(this.format, hour * HOUR_MINUTES);
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

  private lookUp(format: Intl.DateTimeFormat, minute: number): number {
    const parts = Object.fromEntries(
      format.formatToParts(minute * 60_000).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute: ofHour = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, ofHour) / 60_000 - minute;
  }
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
