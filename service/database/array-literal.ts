/** What an element of an array may be; bytes become a `bytea`. */
export type ArrayElement = string | number | boolean | Buffer | null;

/**
 * PostgreSQL's text of a one-dimensional array, e.g. `{"a","b \"c\"",NULL}`: a value for a parameter such as
 * `$1::text[]`. The driver makes the same of an array, but escapes each element with two regular expressions; a row of
 * a request has 29 of them.
 *
 * Source: https://www.postgresql.org/docs/17/arrays.html#ARRAYS-IO
 */
export function arrayLiteral<Item>(
  items: readonly Item[],
  elementOf: (item: Item) => ArrayElement | undefined,
): string {
  let text = '{';
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) text += ',';
    text += elementText(elementOf(items[index] as Item));
  }
  return `${text}}`;
}

function elementText(element: ArrayElement | undefined): string {
  if (element === null || element === undefined) return 'NULL';
  if (typeof element === 'string') return quoted(element);
  if (typeof element === 'object') return `"\\\\x${element.toString('hex')}"`;
  return String(element);
}

function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
