import { UsageError } from './command';

/** Range of a number; both ends are allowed. */
export interface Range {
  /** Smallest allowed value. */
  readonly least: number;
  /** @default - no upper limit */
  readonly most?: number;
}

/**
 * The whole number that an option's text stands for.
 * @param name of the option, without `--`
 * @throws UsageError that names the option, the range and the text
 */
export function wholeNumber(name: string, text: string, range: Range): number {
  const value = numberIn(text, range);
  if (Number.isInteger(value)) return value;
  throw invalid(name, `a whole number ${phrase(range)}`, text);
}

/** Whole numbers, separated by commas. @throws UsageError that names the option, the range and the text */
export function wholeNumbers(name: string, text: string, range: Range): number[] {
  const values = text.split(',').map((part) => numberIn(part, range));
  if (values.every(Number.isInteger)) return values;
  throw invalid(name, `whole numbers ${phrase(range)}, separated by commas`, text);
}

/** A number, whole or not. @throws UsageError that names the option, the range and the text */
export function numberWithin(name: string, text: string, range: Range): number {
  const value = numberIn(text, range);
  if (!Number.isNaN(value)) return value;
  throw invalid(name, `a number ${phrase(range)}`, text);
}

/** A number above 0. @throws UsageError that names the option and the text */
export function positiveNumber(name: string, text: string): number {
  const value = numberIn(text, { least: 0 });
  if (value > 0) return value;
  throw invalid(name, 'a number above 0', text);
}

/** One of the values that an option knows. @throws UsageError that lists them */
export function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw invalid(name, `one of ${known.join(', ')}`, text);
}

/**
 * Several of the values that an option knows, separated by commas, each at most once.
 * @param noun what a value is, such as `fault`
 * @throws UsageError that names what is wrong
 */
export function severalOf<T extends string>(
  name: string,
  noun: string,
  text: string,
  known: readonly T[],
): readonly T[] {
  const values = text.split(',').map((value) => oneOf(name, value.trim(), known));
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice !== undefined) throw new UsageError(`--${name} must name each ${noun} once, got ${twice} twice`);
  return values;
}

/** The name of an IANA time zone. @throws UsageError where this Node's time zone data do not have it */
export function timeZone(name: string, text: string): string {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    return text;
  } catch (error) {
    throw invalid(name, 'an IANA name such as Europe/Berlin', text, error);
  }
}

/** A day, which begins in UTC, or a time with its zone. */
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The instant of a day or a time (RFC 3339). @throws UsageError that names the option and the text */
export function instant(name: string, text: string): Date {
  if (INSTANT.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text);
  throw invalid(name, 'a day or a time with its zone, such as 2026-01-31T12:00:00Z', text);
}

/** A pair such as `--env NAME=value`, split at the first `=`. @throws UsageError where either part is missing */
export function pair(name: string, form: string, text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw invalid(name, form, text);
}

/** NaN for what is no number or outside the range. */
function numberIn(text: string, { least, most = Number.MAX_VALUE }: Range): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= least && value <= most ? value : Number.NaN;
}

function phrase({ least, most }: Range): string {
  return most === undefined ? `of at least ${least}` : `between ${least} and ${most}`;
}

function invalid(name: string, form: string, text: string, cause?: unknown): UsageError {
  return new UsageError(`--${name} must be ${form}, got ${text}`, { cause });
}
