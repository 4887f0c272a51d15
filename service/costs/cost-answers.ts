import type { Principal } from '../access/principal';
import type { Database } from '../database/pools';
import { RequestError } from '../requests/errors';
import { projectScope } from '../requests/project-scope';
import { checkFilters } from '../requests/read/check-filters';
import { textProblem } from '../requests/record/text';
import {
  COST_GROUPS,
  type CostFilters,
  type CostGroup,
  type CostGroupQuery,
  type CostGroups,
  type CostQuery,
  type CostSummary,
} from './cost-query';
import type { CostField } from './cost-source';
import { costSums } from './cost-sums';
import { checkTimeZone, localPeriods, type PeriodUnit } from './local-periods';

/** Groups of an answer. */
export const DEFAULT_GROUPS = 1000;
export const MAX_GROUPS = 10_000;

/** Dimensions of an answer at most. */
const MAX_DIMENSIONS = 2;

/** Longest period of a question, days: ten years. */
const MAX_DAYS = 3660;

const DAY_MS = 86_400_000;

const UNITS: readonly string[] = ['hour', 'day', 'month'];

/**
 * Totals of a period.
 * @param now the clock
 * @throws RequestError `invalid_query`, `period_too_long`, `project_not_visible`
 */
export async function costSummary(
  { reports }: Pick<Database, 'reports'>,
  principal: Principal,
  query: CostQuery,
  now: Date,
): Promise<CostSummary> {
  const { scope, filters, from, to, timeZone } = checked(principal, query);
  const { sums, asOf } = await costSums(reports, {
    ...{ scope, filters, from, to, now, fields: [], periods: null, limit: 1 },
  });
  const [sum] = sums;
  if (sum === undefined) throw new Error('A sum without groups has one row');
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    time_zone: timeZone,
    as_of: asOf.toISOString(),
    data: sum.measures,
  };
}

/**
 * Costs of a period in groups: periods in order, within them the most expensive first. Groups without requests are
 * left out.
 * @param now the clock
 * @throws RequestError `invalid_query`, `period_too_long`, `project_not_visible`
 */
export async function costGroups(
  { reports }: Pick<Database, 'reports'>,
  principal: Principal,
  query: CostGroupQuery,
  now: Date,
): Promise<CostGroups> {
  const { scope, filters, from, to, timeZone } = checked(principal, query);
  const { groupBy, limit = DEFAULT_GROUPS } = query;
  checkGroups(groupBy, limit);
  const unit = groupBy.find((group): group is PeriodUnit => UNITS.includes(group));
  const fields = groupBy.filter((group): group is CostField => !UNITS.includes(group));
  const periods = unit === undefined ? null : localPeriods(unit, timeZone, from.getTime(), to.getTime());
  const { sums, asOf } = await costSums(reports, {
    ...{ scope, filters, from, to, fields, periods, now, limit: limit + 1 },
  });
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    time_zone: timeZone,
    group_by: [...groupBy],
    as_of: asOf.toISOString(),
    truncated: sums.length > limit,
    data: sums.slice(0, limit).map(({ period, values, measures }) => ({
      ...(unit === undefined ? {} : { [unit]: period?.label ?? null }),
      ...Object.fromEntries(fields.map((field, index) => [field, values[index] ?? null])),
      ...measures,
    })),
  };
}

/** A question whose parameters are valid, with the scope of its principal. */
function checked(principal: Principal, query: CostQuery) {
  const { from, to, timeZone = 'UTC', project, user, provider, model, tags } = query;
  const scope = projectScope(principal, project);
  checkFilters(query);
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (days > MAX_DAYS) {
    throw new RequestError(
      'period_too_long',
      `A period must be at most ${MAX_DAYS} days, got ${days.toFixed(1)}.`,
    );
  }
  checkTimeZone(timeZone);
  const filters: CostFilters = { user, provider, model, tags };
  return { scope, filters, from, to, timeZone };
}

function isGroup(group: string): boolean {
  if ((COST_GROUPS as readonly string[]).includes(group)) return true;
  return /^tag:./s.test(group) && textProblem(group) === undefined;
}

function checkGroups(groupBy: readonly CostGroup[], limit: number): void {
  const refuse = (message: string) => {
    throw new RequestError('invalid_query', message);
  };
  if (groupBy.length < 1 || groupBy.length > MAX_DIMENSIONS || new Set(groupBy).size < groupBy.length) {
    refuse(`group_by must be one or ${MAX_DIMENSIONS} different dimensions, got '${groupBy.join(',')}'.`);
  }
  if (groupBy.filter((group) => UNITS.includes(group)).length > 1) {
    refuse(`group_by must have at most one of ${UNITS.join(', ')}, got '${groupBy.join(',')}'.`);
  }
  const unknown = groupBy.find((group) => !isGroup(group));
  if (unknown !== undefined) {
    refuse(`group_by must be of ${COST_GROUPS.join(', ')} and tag:<name>, got '${unknown}'.`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_GROUPS) {
    refuse(`limit must be from 1 to ${MAX_GROUPS}, got ${limit}.`);
  }
}
