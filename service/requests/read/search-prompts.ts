import type { Principal } from '../../access/principal';
import type { Database, Pool } from '../../database/pools';
import { RequestError } from '../errors';
import type { Page } from '../page';
import { type ProjectScope, projectScope } from '../project-scope';
import type { StoredRequest } from '../record';
import { textProblem } from '../record/text';
import { checkFilters } from './check-filters';
import { Conditions, indexedConditions, otherConditions } from './conditions';
import { type Cursor, decodeCursor, encodeCursor } from './cursor';
import { pageSize } from './history';
import type { PromptSearchQuery, RequestFilters } from './history-query';
import { REQUEST_COLUMNS, type RequestColumns, toStoredRequest } from './request-columns';

/** Newest matches that a search shows. */
export const MAX_MATCHES = 10_000;

/** Longest text of words, characters. */
const MAX_WORDS = 1000;

/** Length of the first slice of time that is searched, ms; each later one is twice as long. */
const FIRST_SLICE_MS = 86_400_000;

const OLDEST = 'SELECT min("timestamp") AS oldest FROM llm_requests';

/**
 * Requests whose prompt has the words, newest first. Time is searched backwards in slices that double in length: words
 * that are everywhere fill the page from the first slice, and rare ones are found through the index on words.
 * @throws RequestError `invalid_query`, `invalid_cursor`, `project_not_visible`
 */
export async function searchPrompts(
  { reads }: Pick<Database, 'reads'>,
  principal: Principal,
  { words, limit: givenLimit, cursor: text, ...filters }: PromptSearchQuery,
  now: Date,
): Promise<Page<StoredRequest>> {
  const scope = projectScope(principal, filters.project);
  const limit = pageSize(givenLimit);
  checkFilters(filters);
  checkWords(words);
  const question = ['search', words, scope.projectId, filters];
  const cursor = text === undefined ? undefined : decodeCursor(text, question);
  const seen = cursor?.seen ?? 0;
  const wanted = Math.min(limit, MAX_MATCHES - seen);
  const rows = await newestMatches(reads, { scope, filters, words, cursor, wanted: wanted + 1, now });
  const data = rows.slice(0, wanted);
  const last = data.at(-1);
  const shown = seen + data.length;
  const isMore = rows.length > data.length;
  const total = { count: shown, exact: !isMore };
  const next: Cursor | null =
    !isMore || last === undefined || shown >= MAX_MATCHES
      ? null
      : { value: null, timestamp: last.exact_timestamp, id: last.id, total, seen: shown };
  return {
    data: data.map(toStoredRequest),
    next_cursor: next === null ? null : encodeCursor(next, question),
    total,
    limits: [`A search shows the newest ${MAX_MATCHES} matches.`],
  };
}

function checkWords(words: string): void {
  if (words.trim() === '' || words.length > MAX_WORDS || textProblem(words) !== undefined) {
    throw new RequestError('invalid_query', `words must be a text of 1 to ${MAX_WORDS} characters.`);
  }
}

interface Search {
  readonly scope: ProjectScope;
  readonly filters: RequestFilters;
  readonly words: string;
  readonly cursor: Cursor | undefined;
  /** Rows to find at most. */
  readonly wanted: number;
  readonly now: Date;
}

async function newestMatches(pool: Pool, search: Search): Promise<RequestColumns[]> {
  const { filters, cursor, wanted, now } = search;
  const { rows: bounds } = await pool.query<{ oldest: Date | null }>('search-oldest', OLDEST);
  const oldest = bounds[0]?.oldest;
  if (oldest == null || wanted <= 0) return [];
  const first = Math.max(oldest.getTime(), filters.from?.getTime() ?? 0);
  // Senders' clocks run ahead: the newest row may be later than now. The slice's end is excluded.
  let end = filters.to?.getTime() ?? Number.POSITIVE_INFINITY;
  const newest = cursor === undefined ? now.getTime() : Date.parse(cursor.timestamp);
  const found: RequestColumns[] = [];
  for (let length = FIRST_SLICE_MS; found.length < wanted && end > first; length *= 2) {
    const start = Math.max(first, Math.min(end, newest) - length);
    found.push(...(await matchesIn(pool, search, { start, end, limit: wanted - found.length })));
    end = start;
  }
  return found;
}

interface Slice {
  /** Included, ms since 1970. */
  readonly start: number;
  /** Excluded, ms since 1970. */
  readonly end: number;
  readonly limit: number;
}

async function matchesIn(
  pool: Pool,
  { scope, filters, words, cursor }: Search,
  { start, end, limit }: Slice,
): Promise<RequestColumns[]> {
  const period = {
    from: new Date(start),
    ...(Number.isFinite(end) ? { to: new Date(end) } : { to: undefined }),
  };
  const conditions = indexedConditions(new Conditions(), scope, { ...filters, ...period });
  otherConditions(conditions, filters);
  conditions.add(`prompt_document(r.prompt) @@ websearch_to_tsquery('english', ${conditions.value(words)})`);
  if (cursor !== undefined) {
    const at = `${conditions.value(cursor.timestamp)}::timestamptz`;
    conditions.add(`(r."timestamp", r.id) < (${at}, ${conditions.value(cursor.id)}::uuid)`);
    conditions.add(`r."timestamp" <= ${at}`);
  }
  const text = `SELECT ${REQUEST_COLUMNS} FROM llm_requests r WHERE ${conditions.text}
  ORDER BY r."timestamp" DESC, r.id DESC LIMIT ${conditions.value(limit)}`;
  return (await pool.query<RequestColumns>('prompt-search', text, conditions.values)).rows;
}
