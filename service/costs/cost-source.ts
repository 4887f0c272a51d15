import { RequestError } from '../requests/errors';
import type { CostFilters } from './cost-query';
import type { Rollup } from './source-ranges';

/** Where sums come from, besides single requests: the tables of the roll-ups. */
export type CostRollup = 'costs_daily' | 'costs_hourly' | 'costs_daily_by_user';

/** A field by which sums are grouped, besides periods. */
export type CostField = 'user' | 'project' | 'provider' | 'model' | `tag:${string}`;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Names of tags that fields and filters mention. */
export function tagsOf(fields: readonly CostField[], filters: CostFilters): string[] {
  const grouped = fields
    .filter((field) => field.startsWith('tag:'))
    .map((field) => field.slice('tag:'.length));
  return [...new Set([...grouped, ...Object.keys(filters.tags ?? {})])];
}

/** Days for the bulk of a period, hours for its edges. */
const BY_TIME: readonly Rollup<CostRollup>[] = [
  { source: 'costs_daily', unitMs: DAY_MS },
  { source: 'costs_hourly', unitMs: HOUR_MS },
];

/** No roll-up has the hours of users. So the running day is used as well, instead of all its requests. */
const BY_USER: readonly Rollup<CostRollup>[] = [
  { source: 'costs_daily_by_user', unitMs: DAY_MS, usesRunningUnit: true },
];

/**
 * The roll-ups that have all fields and filters; none where only single requests have them.
 * @param declaredTags names of tags that the roll-ups without users keep
 */
export function costRollups(
  fields: readonly CostField[],
  filters: CostFilters,
  declaredTags: ReadonlySet<string>,
): readonly Rollup<CostRollup>[] {
  const tags = tagsOf(fields, filters);
  const hasUser = fields.includes('user') || filters.user !== undefined;
  if (hasUser) return tags.length === 0 ? BY_USER : [];
  return tags.every((tag) => declaredTags.has(tag)) ? BY_TIME : [];
}

/** Most time that is added up from single requests, days. */
export const MAX_ROW_DAYS = 31;

/** @throws RequestError `period_too_long` where too much would be added up from single requests */
export function checkRowTime(milliseconds: number, hasRollup: boolean): void {
  const days = milliseconds / DAY_MS;
  if (days <= MAX_ROW_DAYS) return;
  const remedy = hasRollup
    ? 'shorten the period, or group by longer periods or in UTC'
    : 'shorten the period, or declare the tags and leave out the user';
  throw new RequestError(
    'period_too_long',
    `This question adds up single requests of ${days.toFixed(1)} days; at most ${MAX_ROW_DAYS} are allowed: ${remedy}.`,
  );
}
