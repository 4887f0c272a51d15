/** An entry as the shared cache holds it. */
export interface SharedEntry {
  readonly value: unknown;
  /** Version of each tag at the time of the entry. */
  readonly versions: Readonly<Record<string, string>>;
  /** When the entry ends, ms since 1970. */
  readonly endsAt: number;
}

/** Begins each entry; another format is not read. */
const FORMAT = '1';

/** JSON of a value; empty for undefined, which has none. */
export function encodeValue(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}

/** Text of an entry: format, times and versions in the first line, the value after it. */
export function encodeEntry(encodedValue: string, { versions, endsAt }: Omit<SharedEntry, 'value'>): string {
  return `${FORMAT}${JSON.stringify({ versions, endsAt })}\n${encodedValue}`;
}

/** @throws SyntaxError for a text that is no entry of this format */
export function decodeEntry(text: string): SharedEntry & { readonly bytes: number } {
  const end = text.indexOf('\n');
  if (text[0] !== FORMAT || end < 0)
    throw new SyntaxError('the shared cache holds an entry of another format');
  const { versions, endsAt } = JSON.parse(text.slice(1, end)) as Omit<SharedEntry, 'value'>;
  const value = text.slice(end + 1);
  return { versions, endsAt, value: value === '' ? undefined : JSON.parse(value), bytes: value.length };
}
