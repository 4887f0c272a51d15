import { membersOf } from './body/edit-object';
import { InvalidCallError } from './call-format';
import { isJsonObject, type JsonObject } from './json';

/**
 * Fields that decide what a call may do and what it costs. A body that has one of them twice could show one value to
 * the gateway and another to the provider.
 */
const DECISIVE = ['model', 'stream', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'n'];

/** The same as they stand in a body; `\u00` begins an escaped letter, which could hide one. */
const NAMES = DECISIVE.map((name) => JSON.stringify(name));
const ESCAPE = '\\u00';

/**
 * Parses a request's body, once.
 * @throws {InvalidCallError} where it is no JSON object, or has a decisive field twice
 */
export function parseCallBody(bytes: Uint8Array): JsonObject {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = view.toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new InvalidCallError('The body must be JSON in UTF-8; it cannot be parsed.');
  }
  if (!isJsonObject(body)) throw new InvalidCallError('The body must be a JSON object.');
  const isSuspicious = NAMES.some((name) => isTwice(text, name)) || text.includes(ESCAPE);
  const twice = isSuspicious ? repeatedField(view) : undefined;
  if (twice === undefined) return body;
  throw new InvalidCallError(`The body must have '${twice}' once; it has it several times.`, twice);
}

/** A decisive field that the object has twice. Only a suspicious body is scanned for it. */
function repeatedField(bytes: Buffer): string | undefined {
  const seen = new Set<string>();
  for (const { name } of membersOf(bytes)) {
    if (DECISIVE.includes(name) && seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

function isTwice(text: string, name: string): boolean {
  const first = text.indexOf(name);
  return first >= 0 && text.includes(name, first + name.length);
}
