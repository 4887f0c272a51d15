import { MalformedRecord } from './rejection';

/** Most levels of objects and arrays in a record; usage objects of providers have up to five. */
export const MAX_NESTING = 32;

/**
 * A record as it is, or a `MalformedRecord` in place of one with more levels than the bound. `JSON.parse` reads a
 * million levels; `JSON.stringify` and PostgreSQL overflow their stacks at some thousands.
 */
export function boundNesting(raw: unknown): unknown {
  if (raw instanceof MalformedRecord || !isDeeper(raw, MAX_NESTING)) return raw;
  return new MalformedRecord(
    `A record must have at most ${MAX_NESTING} levels of objects and arrays`,
    'invalid_record',
  );
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
