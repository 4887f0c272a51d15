import type { Conditions } from '../requests/read/conditions';
import type { RunningUnit } from './source-ranges';
import { instant, type TimeColumn } from './time-columns';

/** A table's column with the time, and `reachOf` the running unit. */
interface Reach {
  readonly time: TimeColumn;
  readonly reach: string;
}

/**
 * Expression of the instant up to which the running unit is used; its start where it is not. The statement reads it in
 * its own snapshot, with the unit's row: a refresh writes both in one transaction. So a refresh that commits after
 * `rollup_state` was read for the plan can neither count a request twice nor leave one out.
 */
export function reachOf(values: Conditions, { unit, usableUntil }: RunningUnit<string>): string {
  const [start, end, bound] = [unit.start, unit.end, usableUntil].map(
    (time) => `${values.value(instant(time))}::timestamptz`,
  );
  // `greatest` leaves NULL out: a unit that reaches beyond the bound, or no state.
  return `greatest(${start}, (SELECT least(complete_until, ${end}) FROM rollup_state
    WHERE name = 'costs' AND least(complete_until, ${end}) <= ${bound}))`;
}

/** The running unit's rows in its roll-up; none where the unit is not used. */
export function runningUnitRows(
  values: Conditions,
  { source, unit }: RunningUnit<string>,
  { time: { column, type }, reach }: Reach,
): string {
  const start = instant(unit.start);
  const key = type === 'date' ? start.slice(0, 10) : start;
  return `${source} s WHERE ${column} = ${values.value(key)}::${type} AND ${reach} > ${values.value(start)}::timestamptz`;
}

/** The requests that the running unit lacks. The first condition lets the planner leave out earlier partitions. */
export function requestsBeyond(
  values: Conditions,
  { unit, end }: RunningUnit<string>,
  { time: { column }, reach }: Reach,
): string {
  const [from, to] = [values.value(instant(unit.start)), values.value(instant(end))];
  return `llm_requests s WHERE ${column} >= ${from}::timestamptz AND ${column} >= ${reach}
    AND ${column} < ${to}::timestamptz`;
}
