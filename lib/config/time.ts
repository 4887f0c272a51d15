const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Whether Node knows the IANA time zone, e.g. `Europe/Berlin`. */
export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** A time in a configuration: local (`2026-11-27T08:00`) or an instant (`2026-11-27T08:00Z`). */
export interface WrittenTime {
  /** `local`: the text has no offset. `instant`: it has `Z` or an offset. */
  readonly kind: 'local' | 'instant';
  /** Milliseconds for comparing times of the same kind; not an epoch for local times. */
  readonly order: number;
}

/**
 * Parses a local time or an instant.
 * @returns undefined where the text is neither, or its date does not exist
 */
export function readTime(text: string): WrittenTime | undefined {
  if (LOCAL.test(text)) {
    const order = Date.parse(`${text}Z`);
    const exists = !Number.isNaN(order) && new Date(order).toISOString().startsWith(text);
    return exists ? { kind: 'local', order } : undefined;
  }
  const order = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(order) ? undefined : { kind: 'instant', order };
}
