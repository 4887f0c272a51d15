import type { Client } from 'pg';
import {
  ACTIVE_REQUESTS,
  COST_SUMMARY,
  DAILY_COSTS,
  HISTORY_FIRST_PAGE,
  HISTORY_NEXT_PAGE,
  PROMPT_SEARCH,
  type RequestQuery,
} from '../../../service/database/requests/queries';
import { type GeneratedRequests, HEAVY_USER, RARE_WORD } from '../../db/generated-requests';
import { medianMilliseconds, millisecondsOf } from '../../db/timing';

const RUNS = 9;
const PAGE = 100;

/** Times of one query, ms. */
export interface QueryTimes {
  /** What the query asks for. */
  readonly query: string;
  /** Median time before the seed's indexes are created, ms. */
  readonly withoutIndexMs: number;
  /** Median time with the seed's indexes, ms. */
  readonly withIndexMs: number;
}

/** Times of pages of a long history, ms. */
export interface PageTimes {
  /** Number of the later page: 1,000, or the last page of a shorter history. */
  readonly page: number;
  /** Median time of the first page, ms. */
  readonly firstMs: number;
  /** Median time of the later page by cursor, ms. */
  readonly keysetMs: number;
  /** Median time of the later page by OFFSET, ms. */
  readonly offsetMs: number;
}

type Times = Readonly<Record<string, number>>;

/** Time of each of the seed's queries on the stock as it is indexed now, ms. */
export async function timeQueries(client: Client, stock: GeneratedRequests): Promise<Times> {
  const times: Record<string, number> = {};
  for (const [name, query, values] of queriesOf(stock)) {
    const ask = () => client.query(query.text, [...values]);
    // One run is enough for a query that takes seconds.
    const first = await millisecondsOf(ask);
    times[name] = first > 2000 ? first : await medianMilliseconds(RUNS, ask);
  }
  return times;
}

/** The same for costs by day: from the requests, and from the roll-up. */
export async function timeDailyCosts(client: Client, stock: GeneratedRequests): Promise<QueryTimes> {
  const values = [HEAVY_USER, stock.start.slice(0, 10), stock.end.slice(0, 10)];
  const fromRequests = `SELECT ("timestamp" AT TIME ZONE 'UTC')::date AS date, sum(cost), count(*), avg(cost)
    FROM llm_requests WHERE user_id = $1 AND "timestamp" >= $2::date AND "timestamp" < $3::date GROUP BY 1 ORDER BY 1`;
  return {
    query: 'costs by day (from the requests, from the roll-up)',
    withoutIndexMs: await medianMilliseconds(RUNS, () => client.query(fromRequests, values)),
    withIndexMs: await medianMilliseconds(RUNS, () => client.query(DAILY_COSTS.text, values)),
  };
}

/** Times of the first page and of the thousandth, by cursor and by OFFSET. */
export async function timePages(client: Client): Promise<PageTimes> {
  const { rows } = await client.query('SELECT count(*)::int AS number FROM llm_requests WHERE user_id = $1', [
    HEAVY_USER,
  ]);
  const page = Math.min(1000, Math.floor(rows[0].number / PAGE));
  const skipped = (page - 1) * PAGE;
  const before = await client.query(
    `SELECT "timestamp"::text, id FROM llm_requests WHERE user_id = $1
     ORDER BY "timestamp" DESC, id DESC OFFSET $2 LIMIT 1`,
    [HEAVY_USER, skipped - 1],
  );
  const { timestamp, id } = before.rows[0];
  const time = (text: string, ...values: unknown[]) =>
    medianMilliseconds(RUNS * 5, () => client.query(text, [HEAVY_USER, PAGE, ...values]));
  return {
    page,
    firstMs: await time(HISTORY_FIRST_PAGE.text),
    keysetMs: await time(HISTORY_NEXT_PAGE.text, timestamp, id),
    offsetMs: await time(`${HISTORY_FIRST_PAGE.text} OFFSET $3`, skipped),
  };
}

/** The seed's queries on the requests, with values in the middle of the stock. */
function queriesOf({ start, end }: GeneratedRequests): [string, RequestQuery, readonly unknown[]][] {
  const at = (share: number) =>
    new Date(Date.parse(start) + share * (Date.parse(end) - Date.parse(start))).toISOString();
  const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  return [
    ['history, first page', HISTORY_FIRST_PAGE, [HEAVY_USER, PAGE]],
    ['history, later page', HISTORY_NEXT_PAGE, [HEAVY_USER, PAGE, at(0.5), lastId]],
    ['costs of a period', COST_SUMMARY, ['user-0001', at(0.3), at(0.7)]],
    ['active requests', ACTIVE_REQUESTS, [HEAVY_USER]],
    ['prompt search', PROMPT_SEARCH, [`every ${RARE_WORD}`, PAGE]],
  ];
}
