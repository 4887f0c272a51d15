import { withConnection } from '../../../service/database/connect';
import { EXACT_TIMESTAMP } from '../../../service/requests/read/request-columns';
import { UsageError } from '../../cli/command';
import { HEAVY_USER } from '../../db/generated-requests';
import { millisecondsOf, percentile } from '../../db/timing';
import type { ApiProcess } from '../../local/api-process';
import type { LocalService } from '../../local/local-service';

/** Times of a question, asked again and again on one connection. */
export interface QuestionTimes {
  readonly question: string;
  /** Median until the answer is read, ms. */
  readonly p50Ms: number;
  /** 95th percentile of the same, ms. */
  readonly p95Ms: number;
  /** Size of an answer, bytes. */
  readonly bytes: number;
}

/** The service that is asked. */
export type AskedService = Pick<LocalService, 'key' | 'login'> & {
  readonly apis: readonly Pick<ApiProcess, 'url'>[];
};

/** What the table holds. */
export interface Stock {
  /** Requests. */
  readonly rows: number;
  /** Time of the first one, and time after the last one. */
  readonly start: Date;
  readonly end: Date;
}

/** Times that a question is asked, after some to warm up. */
const ASKED = 200;
const WARM_UP = 20;

/** The deep page. */
export const DEEP_PAGE = 10_000;

/** Part of the requests that the heavy user made. */
const HEAVY_SHARE = 1 / 7;

/** Asks the database, also where an answer is kept. */
const FRESH = { 'cache-control': 'no-cache' };

/** Most rows of a page. */
const PAGE_ROWS = 50;

/** Costs of a year by day and model, and pages of the history, over HTTP. */
export async function timeQuestions(service: AskedService, stock: Stock): Promise<QuestionTimes[]> {
  const period = `from=${stock.start.toISOString()}&to=${stock.end.toISOString()}`;
  const limit = pageRows(stock.rows);
  const heavy = `user=${HEAVY_USER}`;
  const pages = [
    ['history', `limit=${limit}`],
    ['history of a user', `limit=${limit}&${heavy}`],
  ] as const;
  const costs = `/api/v1/costs?${period}&group_by=day,model&limit=10000`;
  const times = [
    await timeQuestion(service, 'costs by day and model, a year', costs, FRESH),
    await timeQuestion(service, 'costs by day and model, kept', costs),
    await timeQuestion(service, 'costs of a year in one sum', `/api/v1/costs/summary?${period}`, FRESH),
  ];
  for (const [name, query] of pages) {
    const path = `/api/v1/requests?${query}`;
    const cursor = await deepCursor(service, path, query.includes(heavy), limit * (DEEP_PAGE - 1));
    times.push(await timeQuestion(service, `${name}, page 1`, path));
    times.push(
      await timeQuestion(service, `${name}, page 2`, `${path}&cursor=${await nextOf(service, path)}`),
    );
    times.push(await timeQuestion(service, `${name}, page ${DEEP_PAGE}`, `${path}&cursor=${cursor}`));
  }
  return times;
}

/** Rows of a page, so that the heavy user has more than 10,000 of them. */
export function pageRows(rows: number): number {
  return Math.max(1, Math.min(PAGE_ROWS, Math.floor((rows * HEAVY_SHARE) / (DEEP_PAGE + 1))));
}

async function timeQuestion(
  service: AskedService,
  question: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<QuestionTimes> {
  let bytes = 0;
  const ask = async () => {
    bytes = (await get(service, path, headers)).length;
  };
  for (let run = 0; run < WARM_UP; run += 1) await ask();
  const times: number[] = [];
  for (let run = 0; run < ASKED; run += 1) times.push(await millisecondsOf(ask));
  return { question, p50Ms: percentile(times, 50), p95Ms: percentile(times, 95), bytes };
}

async function nextOf(service: AskedService, path: string): Promise<string> {
  const cursor: unknown = JSON.parse(await get(service, path)).next_cursor;
  if (typeof cursor === 'string') return cursor;
  throw new UsageError(`--rows must be larger: ${path} has no second page`);
}

/**
 * The cursor of a deep page: that of page 2, moved to the row where the deep page begins. Turning 10,000 pages would
 * give the same and take minutes.
 */
export async function deepCursor(
  service: AskedService,
  path: string,
  ofHeavyUser: boolean,
  seen: number,
): Promise<string> {
  const cursor = JSON.parse(Buffer.from(await nextOf(service, path), 'base64url').toString());
  const { rows } = await withConnection(service.login, (client) =>
    client.query<{ id: string; at: string }>(
      `SELECT r.id, ${EXACT_TIMESTAMP} AS at FROM llm_requests r ${ofHeavyUser ? 'WHERE r.user_id = $2' : ''}
       ORDER BY r."timestamp" DESC, r.id DESC OFFSET $1 - 1 LIMIT 1`,
      ofHeavyUser ? [seen, HEAVY_USER] : [seen],
    ),
  );
  const moved = { ...cursor, t: rows[0]?.at, i: rows[0]?.id, n: seen };
  return Buffer.from(JSON.stringify(moved)).toString('base64url');
}

async function get(
  { apis, key }: AskedService,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await fetch(`${apis[0]?.url}${path}`, {
    headers: { ...headers, authorization: `Bearer ${key}`, 'accept-encoding': 'identity' },
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new UsageError(`GET ${path} answers ${answer.status}: ${text}`);
  return text;
}
