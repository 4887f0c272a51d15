import type { TokenCounts, Usage } from './token-usage';
import { LARGEST_COUNT, usageProblem } from './units';

/** A provider's usage object. */
export type RawUsage = Readonly<Record<string, unknown>>;

/** A usage object that cannot be read; the message names the field. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

/** Whether a value is an object with fields. */
export function isObject(value: unknown): value is RawUsage {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The object in a field, or undefined where the field is absent or null.
 * @throws UsageProblem where it is something else
 */
export function objectAt(raw: RawUsage, field: string): RawUsage | undefined {
  const value = raw[field];
  if (value === undefined || value === null) return undefined;
  if (isObject(value)) return value;
  throw new UsageProblem(`usage.${field} must be an object, got ${typeNameOf(value)}`);
}

interface Fields {
  /** Names of the objects on the way. */
  readonly holders: readonly string[];
  /** Name of the field with the count. */
  readonly field: string;
}

/** Paths that were split before. They are constants of the readers, so there are some dozens. */
const SPLIT_PATHS = new Map<string, Fields>();

function fieldsOf(path: string): Fields {
  const known = SPLIT_PATHS.get(path);
  if (known !== undefined) return known;
  const names = path.split('.');
  const fields = { holders: names.slice(0, -1), field: names.at(-1) ?? '' };
  SPLIT_PATHS.set(path, fields);
  return fields;
}

/**
 * The count in a field. Absent and null are undefined, which is not zero.
 * @param path names of the fields on the way, separated by dots
 * @throws UsageProblem where it is no whole number between 0 and 100000000
 */
export function countAt(raw: RawUsage, path: string): number | undefined {
  const { holders, field } = fieldsOf(path);
  let holder: RawUsage | undefined = raw;
  for (const name of holders) holder = holder && objectAt(holder, name);
  const value = holder?.[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST_COUNT)
    return value;
  throw new UsageProblem(
    `usage.${path} must be a whole number between 0 and ${LARGEST_COUNT}, got ${typeof value === 'number' ? value : typeNameOf(value)}`,
  );
}

/** The first of some fields that has a count. */
export function firstCountAt(raw: RawUsage, paths: readonly string[]): number | undefined {
  for (const path of paths) {
    const count = countAt(raw, path);
    if (count !== undefined) return count;
  }
  return undefined;
}

/** A count that the provider always gives. @throws UsageProblem where it is absent */
export function requiredCountAt(raw: RawUsage, path: string): number {
  const count = countAt(raw, path);
  if (count !== undefined) return count;
  throw new UsageProblem(`usage.${path} is missing; absent is not zero`);
}

/** A number of seconds, rounded up to whole ones; undefined where it is absent. */
export function secondsAt(raw: RawUsage, field: string): number | undefined {
  const value = raw[field];
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  return countAt({ ...raw, [field]: isNumber ? Math.ceil(value) : value }, field);
}

/** Tokens by kind; those left out are 0. */
export type SomeTokens = Pick<TokenCounts, 'input' | 'output'> & Partial<TokenCounts>;

/**
 * A usage of tokens and further units; units that are absent or 0 are left out.
 * @throws UsageProblem where a part is more than its whole
 */
export function usageOf(tokens: SomeTokens, units: Readonly<Record<string, number | undefined>> = {}): Usage {
  const { input, cachedInput = 0, cacheWrite5m = 0, cacheWrite1h = 0, output, reasoning = 0 } = tokens;
  const counts: TokenCounts = { input, cachedInput, cacheWrite5m, cacheWrite1h, output, reasoning };
  const counted: Record<string, number> = {};
  for (const name in units) {
    const count = units[name] ?? 0;
    if (count > 0) counted[name] = count;
  }
  for (const [name, count] of Object.entries(counts)) {
    if (count <= LARGEST_COUNT) continue;
    throw new UsageProblem(`${name} tokens must be at most ${LARGEST_COUNT}, got ${count}`);
  }
  const usage: Usage = { tokens: counts, units: counted };
  const problem = usageProblem(usage);
  if (problem !== undefined) throw new UsageProblem(problem);
  return usage;
}

function typeNameOf(value: unknown): string {
  return Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
}
