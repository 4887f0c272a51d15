import type { Principal } from '../../access/principal';
import type { Database, Pool } from '../../database/pools';
import { RequestError } from '../errors';
import type { Page, Total } from '../page';
import { type ProjectScope, projectScope } from '../project-scope';
import type { StoredRequest } from '../record';
import { checkFilters } from './check-filters';
import { Conditions, indexedConditions, otherConditions } from './conditions';
import { countOf } from './count-requests';
import { type Cursor, decodeCursor, encodeCursor } from './cursor';
import type { HistoryQuery, HistorySort, RequestFilters } from './history-query';
import { REQUEST_COLUMNS, type RequestColumns, toStoredRequest } from './request-columns';
import { timeWindows } from './time-windows';

/** Rows of a page. */
export const DEFAULT_PAGE = 100;
export const MAX_PAGE = 1000;

/** Longest period that is sorted by cost or latency, days. */
export const MAX_SORTED_DAYS = 31;

const DAY_MS = 86_400_000;

/** What each order begins with; the time and the id follow. Requests without a latency come last. */
const ORDERS: Readonly<Record<HistorySort, string | null>> = {
  timestamp: null,
  cost: 'r.cost',
  latency: 'coalesce(r.latency_ms, -1)',
};

/**
 * A page of requests, newest first, or most expensive or slowest first. A deep page takes as long as the first one.
 * @param now the clock; the page is the same with another one, but may take longer
 * @throws RequestError `invalid_query`, `invalid_cursor`, `period_too_long`, `project_not_visible`
 */
export async function history(
  { reads }: Pick<Database, 'reads'>,
  principal: Principal,
  query: HistoryQuery,
  now: Date,
): Promise<Page<StoredRequest>> {
  const scope = projectScope(principal, query.project);
  const limit = pageSize(query.limit);
  const { sort = 'timestamp', cursor: text, limit: _, ...filters } = query;
  checkFilters(filters);
  if (sort !== 'timestamp') checkSortedPeriod(query);
  const question = ['history', sort, scope.projectId, filters];
  const cursor = text === undefined ? undefined : decodeCursor(text, question);
  const [rows, total] = await Promise.all([
    pageRows(reads, { scope, filters, sort, limit, cursor, now }),
    cursor === undefined ? countOf(reads, scope, filters) : cursor.total,
  ]);
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const next: Cursor | undefined =
    rows.length <= limit || last === undefined
      ? undefined
      : { ...positionOf(last, sort), total, seen: (cursor?.seen ?? 0) + data.length };
  return {
    data: data.map(toStoredRequest),
    next_cursor: next === undefined ? null : encodeCursor(next, question),
    total,
    limits: limitsOf(sort, total),
  };
}

/** @throws RequestError `invalid_query` unless 1 to 1,000 */
export function pageSize(limit = DEFAULT_PAGE): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new RequestError('invalid_query', `limit must be from 1 to ${MAX_PAGE}, got ${limit}.`);
}

function checkSortedPeriod({ from, to, sort }: HistoryQuery): void {
  if (from === undefined || to === undefined) {
    throw new RequestError(
      'invalid_query',
      `sort=${sort} needs from and to, at most ${MAX_SORTED_DAYS} days apart.`,
    );
  }
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (days > MAX_SORTED_DAYS) {
    throw new RequestError(
      'period_too_long',
      `sort=${sort} needs a period of at most ${MAX_SORTED_DAYS} days, got ${days.toFixed(1)}: shorten it, or sort by timestamp.`,
    );
  }
}

interface PageQuestion {
  readonly scope: ProjectScope;
  readonly filters: RequestFilters;
  readonly sort: HistorySort;
  readonly limit: number;
  readonly cursor: Cursor | undefined;
  readonly now: Date;
}

type HistoryRow = RequestColumns & { readonly sort_value: string | null };

/** The rows of a page, and one more where there are more. */
async function pageRows(pool: Pool, question: PageQuestion): Promise<HistoryRow[]> {
  const { filters, sort, cursor, now, limit } = question;
  const newest = cursor === undefined ? now : new Date(cursor.timestamp);
  const windows = sort === 'timestamp' ? timeWindows(filters, newest) : [filters];
  const rows: HistoryRow[] = [];
  for (const { from, to } of windows) {
    const wanted = limit + 1 - rows.length;
    if (wanted <= 0) break;
    rows.push(...(await newestRows(pool, { ...question, filters: { ...filters, from, to } }, wanted)));
  }
  return rows;
}

async function newestRows(
  pool: Pool,
  { scope, filters, sort, cursor }: Omit<PageQuestion, 'limit' | 'now'>,
  wanted: number,
): Promise<HistoryRow[]> {
  const by = ORDERS[sort];
  const conditions = otherConditions(indexedConditions(new Conditions(), scope, filters), filters);
  if (cursor !== undefined) {
    const at = `${conditions.value(cursor.timestamp)}::timestamptz`;
    const id = `${conditions.value(cursor.id)}::uuid`;
    if (by === null) {
      // The second condition lets the planner leave out later partitions.
      conditions.add(`(r."timestamp", r.id) < (${at}, ${id})`).add(`r."timestamp" <= ${at}`);
    } else {
      const value = `${conditions.value(cursor.value)}::numeric`;
      conditions.add(`(${by}, r."timestamp", r.id) < (${value}, ${at}, ${id})`);
    }
  }
  const order = [...(by === null ? [] : [by]), 'r."timestamp"', 'r.id']
    .map((column) => `${column} DESC`)
    .join(', ');
  const text = `SELECT ${REQUEST_COLUMNS}, ${by === null ? 'NULL' : `(${by})::text`} AS sort_value FROM llm_requests r
  WHERE ${conditions.text} ORDER BY ${order} LIMIT ${conditions.value(wanted)}`;
  return (await pool.query<HistoryRow>('history-page', text, conditions.values)).rows;
}

function positionOf(row: HistoryRow, sort: HistorySort) {
  return { value: sort === 'timestamp' ? null : row.sort_value, timestamp: row.exact_timestamp, id: row.id };
}

function limitsOf(sort: HistorySort, total: Total): string[] {
  return [
    ...(sort === 'timestamp' ? [] : [`Sorting by ${sort} is limited to ${MAX_SORTED_DAYS} days.`]),
    ...(total.exact ? [] : [`Counting ended at a bound: there are at least ${total.count} requests.`]),
  ];
}
