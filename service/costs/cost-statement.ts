import type { ProjectScope } from '../requests/project-scope';
import { Conditions } from '../requests/read/conditions';
import type { CostFilters } from './cost-query';
import type { CostField, CostSource } from './cost-source';
import type { SourceRanges } from './source-ranges';

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

/** A roll-up: its table, and the instant of its units. */
const ROLLUPS: Readonly<
  Record<Exclude<CostSource, 'rows'>, { readonly table: string; readonly instant: string }>
> = {
  hourly: { table: 'costs_hourly', instant: 's.hour' },
  'daily-by-user': { table: 'costs_daily_by_user', instant: `(s.day::timestamp AT TIME ZONE 'UTC')` },
};

/** What a statement adds up. */
export interface CostStatementProps {
  readonly scope: ProjectScope;
  readonly filters: CostFilters;
  readonly source: CostSource;
  readonly ranges: SourceRanges;
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
  const { fields, periodStarts, ranges, source, limit } = props;
  const values = new Conditions();
  const starts = periodStarts === null ? null : `${values.value(instants(periodStarts))}::timestamptz[]`;
  const parts = [
    ...(ranges.rows.length > 0 ? [rowsPart(values, props, starts)] : []),
    ...(ranges.rollup !== null && source !== 'rows'
      ? [rollupPart(values, { ...props, source }, starts)]
      : []),
  ];
  const keys = [...(starts === null ? [] : ['period']), ...fields.map((_, index) => `field${index}`)];
  const sums = MEASURES.map(
    ([name]) => `coalesce(sum(${name}), 0)${MONEY.has(name) ? '::numeric(30, 10)' : ''}::text AS ${name}`,
  );
  const order = [
    ...(starts === null ? [] : ['period']),
    'sum(cost) DESC',
    ...keys.filter((key) => key !== 'period'),
  ];
  const text = `SELECT ${[...keys, ...sums].join(', ')} FROM (
  ${parts.join('\n  UNION ALL\n  ')}
) parts${keys.length > 0 ? ` GROUP BY ${keys.join(', ')} ORDER BY ${order.join(', ')}` : ''} LIMIT ${values.value(limit)}`;
  return { text, values: values.values };
}

/** Sums of single requests. Each range is looked up through the index on time. */
function rowsPart(values: Conditions, props: CostStatementProps, starts: string | null): string {
  const { ranges } = props;
  const [from, to] = [ranges.rows.map(({ start }) => start), ranges.rows.map(({ end }) => end)].map(
    (times) => `${values.value(instants(times))}::timestamptz[]`,
  );
  const keys = keysOf(
    values,
    props.fields,
    starts === null ? null : `width_bucket(s."timestamp", ${starts})`,
  );
  const sums = MEASURES.map(([name, ofRequest]) => `sum(${ofRequest}) AS ${name}`);
  return `SELECT ${[...keys, ...sums].join(', ')}
  FROM unnest(${from}, ${to}) AS w ("from", "to")
  JOIN llm_requests s ON s."timestamp" >= w."from" AND s."timestamp" < w."to"
  WHERE ${conditionsOf(values, props)}${groupBy(keys)}`;
}

/** Sums of a roll-up. */
function rollupPart(
  values: Conditions,
  props: CostStatementProps & { readonly source: Exclude<CostSource, 'rows'> },
  starts: string | null,
): string {
  const { ranges, source, fields } = props;
  const { table, instant } = ROLLUPS[source];
  const keys = keysOf(values, fields, starts === null ? null : `width_bucket(${instant}, ${starts})`);
  const sums = MEASURES.map(([name]) => `sum(s.${name}) AS ${name}`);
  const { start = 0, end = 0 } = ranges.rollup ?? {};
  const place = source === 'hourly' ? 's.hour' : 's.day';
  const at = (ms: number) => `${values.value(placeOf(source, ms))}::${typeOf(source)}`;
  const cut =
    ranges.cut.length === 0
      ? ''
      : ` AND ${place} <> ALL (${values.value(ranges.cut.map((ms) => placeOf(source, ms)))}::${typeOf(source)}[])`;
  return `SELECT ${[...keys, ...sums].join(', ')}
  FROM ${table} s
  WHERE ${place} >= ${at(start)} AND ${place} < ${at(end)}${cut} AND ${conditionsOf(values, props)}${groupBy(keys)}`;
}

function typeOf(source: CostSource): string {
  return source === 'hourly' ? 'timestamptz' : 'date';
}

function placeOf(source: CostSource, ms: number): string {
  const text = new Date(ms).toISOString();
  return source === 'hourly' ? text : text.slice(0, 10);
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

function groupBy(keys: readonly string[]): string {
  return keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`;
}

function instants(milliseconds: readonly number[]): string[] {
  return milliseconds.map((ms) => new Date(ms).toISOString());
}
