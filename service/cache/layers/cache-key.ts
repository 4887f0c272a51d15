import { hash } from 'node:crypto';

/** Names of namespaces: they are part of keys and of the admin's requests. */
const NAMESPACE = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * Key of a cache entry: `<namespace>:<SHA-256 of the parts>`. Different parts give different keys, whatever texts they
 * hold. Put the project first, so that no project can reach another's entry.
 * @param namespace kind of the entry, 1 to 32 of a-z, 0-9 and "-"; all entries of one can be invalidated together
 * @param parts JSON values, dates, bigints and undefined; the order of an object's fields does not matter
 * @throws RangeError for another namespace or a part that has no text
 */
export function cacheKey(namespace: string, ...parts: readonly unknown[]): string {
  if (!NAMESPACE.test(namespace)) {
    throw new RangeError(
      `a namespace must have 1 to 32 of a-z, 0-9 and "-", got ${JSON.stringify(namespace)}`,
    );
  }
  return `${namespace}:${hash('sha256', canonicalText(parts), 'base64url')}`;
}

/** Namespace of a key. */
export function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

/**
 * One text for equal values, and different texts for different ones: JSON with sorted fields, and with types that JSON
 * leaves out or makes equal (undefined, -0, NaN, bigints, dates) written as `!<type>`. A missing field is not the same
 * as an undefined one.
 * @throws RangeError for functions, symbols, circles and objects of classes
 */
export function canonicalText(value: unknown, depth = 0): string {
  if (depth > 64) throw new RangeError('a part of a cache key must be at most 64 levels deep, and no circle');
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? String(value)
        : `!n${Object.is(value, -0) ? '-0' : value}`;
    case 'bigint':
      return `!b${value}`;
    case 'undefined':
      return '!u';
    case 'object':
      return objectText(value, depth);
    default:
      throw new RangeError(`a part of a cache key must be a value, got a ${typeof value}`);
  }
}

function objectText(value: object, depth: number): string {
  if (Array.isArray(value)) return `[${Array.from(value, (one) => canonicalText(one, depth + 1)).join()}]`;
  if (value instanceof Date) return `!d${value.getTime()}`;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new RangeError('a part of a cache key must be a plain object, array, date or simple value');
  }
  const fields = Object.keys(value).sort();
  const texts = fields.map(
    (field) =>
      `${JSON.stringify(field)}:${canonicalText((value as Record<string, unknown>)[field], depth + 1)}`,
  );
  return `{${texts.join()}}`;
}
