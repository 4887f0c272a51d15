import { InvalidCallError } from '../call-format';
import { isJsonObject, type JsonObject } from '../json';

/** Deepest nesting of a body: more than any schema needs, and far from the end of the stack. */
const DEEPEST = 256;

/**
 * JSON with the keys of all objects sorted, so that two bodies that say the same are the same text.
 * @param omitted names of members of the outermost object that are left out
 */
export function canonicalJson(object: JsonObject, omitted: ReadonlySet<string>): string {
  const names = Object.keys(object).filter((name) => !omitted.has(name));
  return sorted(object, names);
}

function sorted(object: JsonObject, names: string[]): string {
  const members = names.sort().map((name) => `${JSON.stringify(name)}:${textOf(object[name])}`);
  return `{${members.join(',')}}`;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  return isJsonObject(value) ? sorted(value, Object.keys(value)) : JSON.stringify(value);
}

/**
 * Whether parsing has kept every number of a value. Whole numbers beyond 2^53, such as seeds and ids of 64 bits, are
 * rounded: two bodies that differ only there look the same.
 * @throws {InvalidCallError} where the value is nested more than 256 levels deep
 */
export function isExact(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === DEEPEST) {
    throw new InvalidCallError(`The body must be nested at most ${DEEPEST} levels deep; it is deeper.`);
  }
  for (const part of Object.values(value)) if (!isExact(part, depth + 1)) return false;
  return true;
}
