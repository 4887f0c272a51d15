import type { Pool } from '../database/pools';
import type { ProjectScope } from '../requests/project-scope';
import type { CostFilters, CostMeasures } from './cost-query';
import { type CostField, checkRowTime, costRollups, tagsOf } from './cost-source';
import { costStatement } from './cost-statement';
import type { LocalPeriod } from './local-periods';
import { rowTimeBefore, sourceRanges } from './source-ranges';

/** What to add up. */
export interface CostSumsQuestion {
  readonly scope: ProjectScope;
  readonly filters: CostFilters;
  /** Included. */
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
  readonly fields: readonly CostField[];
  /** Periods to group by, which cover `from` to `to`; null for none. */
  readonly periods: readonly LocalPeriod[] | null;
  /** Most groups; null for all. */
  readonly limit: number | null;
  readonly now: Date;
}

/** Sums of one group. */
export interface CostSum {
  /** Null where sums are not grouped by period. */
  readonly period: LocalPeriod | null;
  /** Values of the fields, in order; null for requests without the tag. */
  readonly values: readonly (string | null)[];
  readonly measures: CostMeasures;
}

/** Sums, and how current they are. */
export interface CostSums {
  readonly sums: readonly CostSum[];
  /** Changes after this time may be missing. */
  readonly asOf: Date;
}

// Before the first refresh has ended, `refreshed_at` is minus infinity.
const STATE = `SELECT complete_until, greatest(refreshed_at, 'epoch') AS refreshed_at FROM rollup_state
  WHERE name = 'costs' AND complete_until > '-infinity'`;
const DECLARED = 'SELECT key FROM declared_tags WHERE key = ANY ($1::text[])';

/**
 * Adds costs up, from roll-ups as far as they reach and from single requests for the rest: the current hour, hours
 * that a period cuts, and tags that no roll-up has. A refresh may commit between the two statements: the sums stay
 * exact, and are at least as current as `asOf` says.
 * @throws RequestError `period_too_long`
 */
export async function costSums(pool: Pool, question: CostSumsQuestion): Promise<CostSums> {
  const { scope, filters, fields, periods, limit, now } = question;
  const [state, declared] = await Promise.all([
    rollupState(pool),
    declaredTags(pool, tagsOf(fields, filters)),
  ]);
  const rollups = costRollups(fields, filters, declared);
  const bounds = [question.from.getTime(), ...(periods ?? []).map(({ end }) => end), question.to.getTime()];
  const ranges = sourceRanges({ bounds, rollups, completeUntil: state.completeUntil });
  checkRowTime(rowTimeBefore(ranges, Math.min(state.completeUntil, now.getTime())), rollups.length > 0);
  const { text, values } = costStatement({
    ...{ scope, filters, ranges, fields, limit },
    periodStarts: periods === null ? null : periods.map(({ start }) => start),
  });
  const { rows } = await pool.query<Record<string, string | number | null>>('costs', text, values);
  return {
    sums: rows.map((row) => ({
      period: periods?.[Number(row['period']) - 1] ?? null,
      values: fields.map((_, index) => textOf(row[`field${index}`])),
      measures: measuresOf(row),
    })),
    asOf: ranges.rollups.length === 0 && ranges.running === null ? now : state.refreshedAt,
  };
}

async function rollupState(pool: Pool): Promise<{ completeUntil: number; refreshedAt: Date }> {
  const { rows } = await pool.query<{ complete_until: Date; refreshed_at: Date }>('rollup-state', STATE);
  const [state] = rows;
  // Before the first refresh everything comes from single requests.
  if (state === undefined) return { completeUntil: Number.NEGATIVE_INFINITY, refreshedAt: new Date(0) };
  return { completeUntil: state.complete_until.getTime(), refreshedAt: state.refreshed_at };
}

async function declaredTags(pool: Pool, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const { rows } = await pool.query<{ key: string }>('declared-tags', DECLARED, [names]);
  return new Set(rows.map(({ key }) => key));
}

function measuresOf(row: Readonly<Record<string, string | number | null>>): CostMeasures {
  const count = (name: string) => Number(row[name] ?? 0);
  const money = (name: string) => String(row[name]);
  return {
    cost_usd: money('cost'),
    list_cost_usd: money('list_cost'),
    saved_cost_usd: money('saved_cost'),
    requests: count('requests'),
    completed: count('completed'),
    failed: count('failed'),
    cache_hits: count('cache_hits'),
    input_tokens: count('input_tokens'),
    cached_input_tokens: count('cached_input_tokens'),
    cache_write_tokens: count('cache_write_tokens'),
    output_tokens: count('output_tokens'),
    reasoning_tokens: count('reasoning_tokens'),
    unpriced_requests: count('unpriced_requests'),
    partial_requests: count('partial_requests'),
    estimated_requests: count('estimated_requests'),
  };
}

function textOf(value: string | number | null | undefined): string | null {
  return value == null ? null : String(value);
}
