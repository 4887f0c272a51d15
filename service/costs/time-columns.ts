import type { Conditions } from '../requests/read/conditions';
import type { TimeRange } from './source-ranges';

/** Column of a table that holds the time, and the instant that it stands for. */
export interface TimeColumn {
  readonly column: string;
  readonly type: 'timestamptz' | 'date';
  readonly instant: string;
}

export const DAY: TimeColumn = {
  column: 's.day',
  type: 'date',
  instant: `(s.day::timestamp AT TIME ZONE 'UTC')`,
};
export const HOUR: TimeColumn = { column: 's.hour', type: 'timestamptz', instant: 's.hour' };
export const TIMESTAMP: TimeColumn = {
  column: 's."timestamp"',
  type: 'timestamptz',
  instant: 's."timestamp"',
};

/** Most ranges that stand in a statement one by one. */
const MAX_LISTED_RANGES = 8;

/**
 * Rows of ranges, through the index on time. A few ranges are conditions, whose size the planner can estimate. Many are
 * looked up one by one: `OFFSET 0` keeps the planner from reading the whole table instead, because it takes each range
 * for a part of it.
 */
export function withinRanges(
  values: Conditions,
  table: string,
  { column, type }: TimeColumn,
  ranges: readonly TimeRange[],
): string {
  const text = (ms: number) => (type === 'date' ? instant(ms).slice(0, 10) : instant(ms));
  if (ranges.length <= MAX_LISTED_RANGES) {
    const listed = ranges.map(({ start, end }) => {
      const [from, to] = [values.value(text(start)), values.value(text(end))];
      return `${column} >= ${from}::${type} AND ${column} < ${to}::${type}`;
    });
    return `${table} s WHERE (${listed.join(' OR ')})`;
  }
  const starts = values.value(ranges.map(({ start }) => text(start)));
  const ends = values.value(ranges.map(({ end }) => text(end)));
  return `unnest(${starts}::${type}[], ${ends}::${type}[]) AS w ("from", "to")
  CROSS JOIN LATERAL (
    SELECT * FROM ${table} s WHERE ${column} >= w."from" AND ${column} < w."to" OFFSET 0
  ) s WHERE true`;
}

/** A time as PostgreSQL reads it. */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
