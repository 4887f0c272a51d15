/**
 * Most values of a body, with the separators and brackets between them: 100 for each of 1,000 records. Millions of
 * empty objects fit 5 MB of text, and take more memory than the process has when they are parsed.
 */
export const MAX_JSON_VALUES = 100_000;

/** Shorter texts are not counted: whatever they hold fits the memory, characters. */
const COUNTED_CHARACTERS = 256 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

/** Whether a JSON text has more values than the bound; strings are skipped. It reads the text once, and parses nothing. */
export function hasTooManyValues(text: string): boolean {
  if (text.length <= COUNTED_CHARACTERS) return false;
  let values = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) index = endOfString(text, index);
    else if (character === COMMA || character === OPEN_BRACKET || character === OPEN_BRACE) values += 1;
    if (values > MAX_JSON_VALUES) return true;
  }
  return false;
}

/** Place of the quote that ends a string; the end of the text where none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
