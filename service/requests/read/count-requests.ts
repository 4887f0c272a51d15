import { LRUCache } from 'lru-cache';
import type { Pool } from '../../database/pools';
import type { Total } from '../page';
import type { ProjectScope } from '../project-scope';
import { Conditions, hasOtherConditions, indexedConditions, otherConditions } from './conditions';
import type { RequestFilters } from './history-query';

/** Rows that are counted at most. */
export const MAX_COUNTED = 10_000;

/** Rows that are looked at to count those with a value that no index has. */
const MAX_COUNT_SCAN = 20_000;

/** How long a list is known to be longer than what is counted, ms. Rows are added all the time, and seldom leave. */
const LONG_MS = 60_000;

/** Lists that are known to be long. */
const MOST_LISTS = 10_000;

/** Lists of each database that are longer than what is counted. */
const LONG_LISTS = new WeakMap<Pool, LRUCache<string, true>>();

/**
 * Counts rows to a bound, so that counting takes no longer than a page. A list that has passed the bound is not counted
 * again for a minute: the answer would be the same.
 */
export async function countOf(pool: Pool, scope: ProjectScope, filters: RequestFilters): Promise<Total> {
  const list = JSON.stringify([scope.projectId, filters]);
  const long = longLists(pool);
  if (long.get(list) === true) return { count: MAX_COUNTED, exact: false };
  const total = await count(pool, scope, filters);
  if (!total.exact && total.count === MAX_COUNTED) long.set(list, true);
  return total;
}

function longLists(pool: Pool): LRUCache<string, true> {
  const known = LONG_LISTS.get(pool) ?? new LRUCache<string, true>({ max: MOST_LISTS, ttl: LONG_MS });
  LONG_LISTS.set(pool, known);
  return known;
}

async function count(pool: Pool, scope: ProjectScope, filters: RequestFilters): Promise<Total> {
  const indexed = indexedConditions(new Conditions(), scope, filters);
  if (!hasOtherConditions(filters)) {
    const text = `SELECT count(*)::int AS found FROM (SELECT FROM llm_requests r WHERE ${indexed.text}
  ORDER BY r."timestamp" DESC LIMIT ${MAX_COUNTED + 1}) n`;
    const { rows } = await pool.query<{ found: number }>('history-count', text, indexed.values);
    const found = rows[0]?.found ?? 0;
    return { count: Math.min(found, MAX_COUNTED), exact: found <= MAX_COUNTED };
  }
  const inner = indexed.text;
  const other = new Conditions();
  other.values.push(...indexed.values);
  otherConditions(other, filters);
  const text = `SELECT count(*)::int AS scanned, (count(*) FILTER (WHERE ${other.text}))::int AS found
  FROM (SELECT r.provider, r.model, r.status, r.pricing, r.tags FROM llm_requests r WHERE ${inner}
    ORDER BY r."timestamp" DESC LIMIT ${MAX_COUNT_SCAN + 1}) r`;
  const { rows } = await pool.query<{ scanned: number; found: number }>('history-count', text, other.values);
  const { scanned = 0, found = 0 } = rows[0] ?? {};
  return { count: found, exact: scanned <= MAX_COUNT_SCAN };
}
