const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** A time as people write it: by local clocks (`2026-11-27T08:00`) or an instant (`2026-11-27T08:00Z`). */
export interface WrittenTime {
  readonly kind: 'local' | 'instant';
  /** For comparing times of one kind, ms. */
  readonly order: number;
}

/** @returns undefined where the text is neither, or names a date that does not exist */
export function readTime(text: string): WrittenTime | undefined {
  if (LOCAL.test(text)) {
    const order = Date.parse(`${text}Z`);
    const exists = !Number.isNaN(order) && new Date(order).toISOString().startsWith(text);
    return exists ? { kind: 'local', order } : undefined;
  }
  const order = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(order) ? undefined : { kind: 'instant', order };
}
