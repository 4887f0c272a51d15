import { RequestError } from '../requests/errors';
import type { CostFilters } from './cost-query';

/** Where sums come from: a roll-up with what the question asks, or single requests. */
export type CostSource = 'hourly' | 'daily-by-user' | 'rows';

/** A field by which sums are grouped, besides periods. */
export type CostField = 'user' | 'project' | 'provider' | 'model' | `tag:${string}`;

const HOUR_MS = 3_600_000;

/** Length of each source's units, ms; null for single requests. */
export const UNIT_MS: Readonly<Record<CostSource, number | null>> = {
  hourly: HOUR_MS,
  'daily-by-user': 24 * HOUR_MS,
  rows: null,
};

/** Names of tags that fields and filters mention. */
export function tagsOf(fields: readonly CostField[], filters: CostFilters): string[] {
  const grouped = fields
    .filter((field) => field.startsWith('tag:'))
    .map((field) => field.slice('tag:'.length));
  return [...new Set([...grouped, ...Object.keys(filters.tags ?? {})])];
}

/**
 * The source with the fewest rows that has all fields and filters.
 * @param declaredTags names of tags that the hourly roll-up keeps
 */
export function costSource(
  fields: readonly CostField[],
  filters: CostFilters,
  declaredTags: ReadonlySet<string>,
): CostSource {
  const tags = tagsOf(fields, filters);
  const hasUser = fields.includes('user') || filters.user !== undefined;
  if (hasUser) return tags.length === 0 ? 'daily-by-user' : 'rows';
  return tags.every((tag) => declaredTags.has(tag)) ? 'hourly' : 'rows';
}

/** Most time that is added up from single requests, days. */
export const MAX_ROW_DAYS = 31;

/** @throws RequestError `period_too_long` where too much would be added up from single requests */
export function checkRowTime(milliseconds: number, source: CostSource): void {
  const days = milliseconds / (24 * HOUR_MS);
  if (days <= MAX_ROW_DAYS) return;
  const remedy =
    source === 'rows'
      ? 'shorten the period, or declare the tags and leave out the user'
      : 'shorten the period, or group by longer periods or in UTC';
  throw new RequestError(
    'period_too_long',
    `This question adds up single requests of ${days.toFixed(1)} days; at most ${MAX_ROW_DAYS} are allowed: ${remedy}.`,
  );
}
