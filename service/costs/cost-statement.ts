import type { ProjectScope } from '../requests/project-scope';
import { Conditions } from '../requests/read/conditions';
import type { CostFilters } from './cost-query';
import type { CostField, CostRollup } from './cost-source';
import { reachOf, requestsBeyond, runningUnitRows } from './running-unit';
import type { RunningUnit, SourceRanges } from './source-ranges';
import { DAY, HOUR, instant, TIMESTAMP, type TimeColumn, withinRanges } from './time-columns';

/** Measures that are sums of a roll-up's columns, with the value that one request adds. */
const MEASURES: readonly (readonly [column: string, ofRequest: string])[] = [
  ['requests', '1'],
  ['completed', `(s.status = 'completed')::int`],
  ['failed', `(s.status = 'failed')::int`],
  ['cache_hits', 's.cache_hit::int'],
  ['input_tokens', 's.input_tokens'],
  ['cached_input_tokens', 's.cached_input_tokens'],
  ['cache_write_tokens', 's.cache_write_tokens'],
  ['output_tokens', 's.output_tokens'],
  ['reasoning_tokens', 's.reasoning_tokens'],
  ['cost', 's.cost'],
  // Rows of older releases have no list price.
  ['list_cost', 'coalesce(s.list_cost, s.cost)'],
  ['saved_cost', 's.saved_cost'],
  ['unpriced_requests', `(s.pricing = 'unpriced')::int`],
  ['partial_requests', `(s.pricing = 'partial')::int`],
  ['estimated_requests', `(s.usage_source = 'estimated')::int`],
];

const MONEY: ReadonlySet<string> = new Set(['cost', 'list_cost', 'saved_cost']);

const ROLLUPS: Readonly<Record<CostRollup, TimeColumn>> = {
  costs_daily: DAY,
  costs_hourly: HOUR,
  costs_daily_by_user: DAY,
};

/** What a statement adds up. */
export interface CostStatementProps {
  readonly scope: ProjectScope;
  readonly filters: CostFilters;
  readonly ranges: SourceRanges<CostRollup>;
  /** Fields to group by. */
  readonly fields: readonly CostField[];
  /** Starts of the periods to group by, ms since 1970; null for no periods. */
  readonly periodStarts: readonly number[] | null;
  /** Most rows of the answer; null for all. */
  readonly limit: number | null;
}

/** A statement with its values. */
export interface CostStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Column names of the answer: `period` (from 1), `field0`, `field1`, … and the measures. */
export function costStatement(props: CostStatementProps): CostStatement {
  const { fields, periodStarts, ranges, limit } = props;
  const values = new Conditions();
  const starts = periodStarts === null ? null : `${values.value(periodStarts.map(instant))}::timestamptz[]`;
  const build = { ...props, values, starts };
  const parts = [
    ...ranges.rollups.map(({ source, ranges: taken }) => {
      const times = (time: TimeColumn) => withinRanges(values, source, time, taken);
      return part(build, ofRollup(source), times);
    }),
    ...(ranges.rows.length === 0
      ? []
      : [part(build, REQUESTS, (time) => withinRanges(values, REQUESTS.table, time, ranges.rows))]),
    ...(ranges.running === null ? [] : runningParts(build, ranges.running)),
  ];
  const keys = [...(starts === null ? [] : ['period']), ...fields.map((_, index) => `field${index}`)];
  const sums = MEASURES.map(([name]) => {
    const type = MONEY.has(name) ? '::numeric(30, 10)' : '';
    return `coalesce(sum(${name}), 0)${type}::text AS ${name}`;
  });
  const order = [
    ...(starts === null ? [] : ['period']),
    'sum(cost) DESC',
    ...keys.filter((key) => key !== 'period'),
  ];
  const grouping = keys.length > 0 ? ` GROUP BY ${keys.join(', ')} ORDER BY ${order.join(', ')}` : '';
  const text = `SELECT ${[...keys, ...sums].join(', ')} FROM (
  ${parts.join('\n  UNION ALL\n  ')}
) parts${grouping} LIMIT ${values.value(limit)}`;
  return { text, values: values.values };
}

/** A table to add up. */
interface Table {
  readonly table: string;
  readonly time: TimeColumn;
  /** Expression of what one row adds to a measure. */
  readonly termOf: (measure: string) => string;
}

function ofRollup(source: CostRollup): Table {
  return { table: source, time: ROLLUPS[source], termOf: (name) => `s.${name}` };
}

const OF_REQUEST = new Map(MEASURES);

const REQUESTS: Table = {
  table: 'llm_requests',
  time: TIMESTAMP,
  termOf: (measure) => OF_REQUEST.get(measure) ?? '0',
};

interface Build extends CostStatementProps {
  readonly values: Conditions;
  /** Placeholder of the periods' starts; null for no periods. */
  readonly starts: string | null;
}

/** The running unit as far as it reaches, and the requests that it lacks. */
function runningParts(build: Build, running: RunningUnit<CostRollup>): string[] {
  const reach = reachOf(build.values, running);
  return [
    part(build, ofRollup(running.source), (time) => runningUnitRows(build.values, running, { time, reach })),
    part(build, REQUESTS, (time) => requestsBeyond(build.values, running, { time, reach })),
  ];
}

/** Sums of one table. @param rowsOf its name and the condition on time, after `FROM` */
function part(build: Build, { time, termOf }: Table, rowsOf: (time: TimeColumn) => string): string {
  const { values, fields, starts } = build;
  const keys = keysOf(values, fields, starts === null ? null : `width_bucket(${time.instant}, ${starts})`);
  // Sums of bigint are numeric, which the sums over them would be slow to add.
  const sums = MEASURES.map(
    ([name]) => `sum(${termOf(name)})${MONEY.has(name) ? '' : '::bigint'} AS ${name}`,
  );
  const grouping = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`;
  return `SELECT ${[...keys, ...sums].join(', ')}
  FROM ${rowsOf(time)} AND ${conditionsOf(values, build)}${grouping}`;
}

function keysOf(values: Conditions, fields: readonly CostField[], period: string | null): string[] {
  const columns = fields.map((field, index) => `${columnOf(values, field)} AS field${index}`);
  return period === null ? columns : [`${period} AS period`, ...columns];
}

function columnOf(values: Conditions, field: CostField): string {
  switch (field) {
    case 'user':
      return 's.user_id';
    case 'project':
      return 's.project_id';
    case 'provider':
    case 'model':
      return `s.${field}`;
    default:
      return `s.tags ->> ${values.value(field.slice('tag:'.length))}::text`;
  }
}

function conditionsOf(values: Conditions, { scope, filters }: CostStatementProps): string {
  const conditions: string[] = [];
  if (scope.projectId !== null) conditions.push(`s.project_id = ${values.value(scope.projectId)}::uuid`);
  const { user: user_id, provider, model, tags } = filters;
  for (const [column, value] of Object.entries({ user_id, provider, model })) {
    if (value !== undefined) conditions.push(`s.${column} = ${values.value(value)}`);
  }
  if (tags !== undefined && Object.keys(tags).length > 0) {
    conditions.push(`s.tags @> ${values.value(JSON.stringify(tags))}::jsonb`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
