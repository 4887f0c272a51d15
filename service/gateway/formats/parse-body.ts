import { membersOf } from './body/edit-object';
import { InvalidCallError } from './call-format';
import { isJsonObject, type JsonObject } from './json';

/**
 * Fields that decide what a call may do and what it costs. A body that has one of them twice could show one value to
 * the gateway and another to the provider.
 */
const DECISIVE = ['model', 'stream', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'n'];

/**
 * Parses a request's body, once.
 * @throws {InvalidCallError} where it is no JSON object, or has a decisive field twice
 */
export function parseCallBody(bytes: Uint8Array): JsonObject {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let body: unknown;
  try {
    body = JSON.parse(view.toString('utf8'));
  } catch {
    throw new InvalidCallError('The body must be JSON in UTF-8; it cannot be parsed.');
  }
  if (!isJsonObject(body)) throw new InvalidCallError('The body must be a JSON object.');
  const twice = repeatedField(view);
  if (twice === undefined) return body;
  throw new InvalidCallError(`The body must have '${twice}' once; it has it several times.`, twice);
}

/** A decisive field that the object has twice. Only a body with two such texts, or escaped letters, is scanned. */
function repeatedField(bytes: Buffer): string | undefined {
  const isSuspicious =
    bytes.includes('\\u00') || DECISIVE.some((name) => isTwice(bytes, JSON.stringify(name)));
  if (!isSuspicious) return undefined;
  const seen = new Set<string>();
  for (const { name } of membersOf(bytes)) {
    if (DECISIVE.includes(name) && seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

function isTwice(bytes: Buffer, text: string): boolean {
  const first = bytes.indexOf(text);
  return first >= 0 && bytes.includes(text, first + text.length);
}
