import type { Client } from 'pg';

/** Begin of an hour in UTC, as PostgreSQL's text of a `timestamptz`. */
export type Hour = string;

/** A day and how far the roll-ups reach. */
export interface RollupRange {
  /** Day in UTC, `YYYY-MM-DD`. */
  readonly day: string;
  /** Requests before this instant are added up already. */
  readonly completeUntil: Hour;
  /** Requests before this instant are to be added up: begin of the current hour. */
  readonly until: Hour;
}

/** Sums over requests, and how they are computed from one. */
const MEASURES: readonly (readonly [column: string, sum: string])[] = [
  ['requests', 'count(*)'],
  ['completed', `count(*) FILTER (WHERE status = 'completed')`],
  ['failed', `count(*) FILTER (WHERE status = 'failed')`],
  ['cache_hits', 'count(*) FILTER (WHERE cache_hit)'],
  ['input_tokens', 'sum(input_tokens)'],
  ['cached_input_tokens', 'sum(cached_input_tokens)'],
  ['cache_write_tokens', 'sum(cache_write_tokens)'],
  ['output_tokens', 'sum(output_tokens)'],
  ['reasoning_tokens', 'sum(reasoning_tokens)'],
  ['cost', 'sum(cost)'],
  // NULL in rows of releases without discounts.
  ['list_cost', 'sum(coalesce(list_cost, cost))'],
  ['saved_cost', 'sum(saved_cost)'],
  ['unpriced_requests', `count(*) FILTER (WHERE pricing = 'unpriced')`],
  ['partial_requests', `count(*) FILTER (WHERE pricing = 'partial')`],
  ['estimated_requests', `count(*) FILTER (WHERE usage_source = 'estimated')`],
  ['latency_ms_sum', 'coalesce(sum(latency_ms), 0)'],
];

const COLUMNS = MEASURES.map(([column]) => column).join(', ');
const SUMS = MEASURES.map(([column, sum]) => `${sum} AS ${column}`).join(', ');
const SUMS_OF_SUMS = MEASURES.map(([column]) => `sum(${column})`).join(', ');

/**
 * Adds a day's marked hours up again, and the hours between `completeUntil` and `until`; and the whole day, with and
 * without users. Runs in the caller's transaction.
 * @returns number of hours, and how far the roll-ups reach afterwards
 */
export async function recomputeDay(
  client: Client,
  range: RollupRange,
): Promise<{ hours: number; completeUntil: Hour }> {
  const { from, to, completeUntil } = await boundsOf(client, range);
  const hours = await hoursOf(client, range, { from, to });
  if (hours.length === 0) return { hours: 0, completeUntil };
  await client.query(`SET LOCAL work_mem = '64MB'`);
  await client.query('DELETE FROM public.costs_hourly WHERE hour = ANY($1::timestamptz[])', [hours]);
  await client.query('DELETE FROM public.costs_daily WHERE day = $1', [range.day]);
  await client.query('DELETE FROM public.costs_daily_by_user WHERE day = $1', [range.day]);
  await client.query(await insertSums(client), [from, to, hours, range.day]);
  return { hours: hours.length, completeUntil };
}

/** The part of the day that is added up, and how far the roll-ups reach afterwards. */
async function boundsOf(
  client: Client,
  { day, completeUntil, until }: RollupRange,
): Promise<{ from: Hour; to: Hour; completeUntil: Hour }> {
  const { rows } = await client.query(
    `WITH day AS (SELECT $1::date::timestamp AT TIME ZONE 'UTC' AS "begin")
     SELECT "begin"::text AS from,
       least("begin" + interval '24 hours', greatest($2::timestamptz, $3::timestamptz))::text AS to,
       greatest($2::timestamptz, least("begin" + interval '24 hours', $3::timestamptz))::text AS "completeUntil"
     FROM day`,
    [day, completeUntil, until],
  );
  return rows[0];
}

/** Deletes the day's marks and returns their hours, with those that are to be added up without one. */
async function hoursOf(
  client: Client,
  { completeUntil }: RollupRange,
  { from, to }: { from: Hour; to: Hour },
): Promise<Hour[]> {
  const { rows } = await client.query(
    `WITH marked AS (
       DELETE FROM public.rollup_changes WHERE hour >= $1::timestamptz AND hour < $2::timestamptz RETURNING hour
     )
     SELECT hour::text FROM marked
     UNION
     SELECT hour::text FROM generate_series(
       greatest($1::timestamptz, $3::timestamptz - interval '1 hour'), $2::timestamptz - interval '1 hour',
       interval '1 hour') hour`,
    [from, to, completeUntil],
  );
  return rows.map(({ hour }) => hour);
}

/**
 * Statement that reads the requests once, for all three tables. Parameters: begin and end of the day's part, the hours
 * to write, the day.
 */
async function insertSums(client: Client): Promise<string> {
  return `
    WITH sums AS MATERIALIZED (
      SELECT date_trunc('hour', "timestamp", 'UTC') AS hour, project_id, user_id, provider, model,
        ${await declaredTags(client)} AS tags, ${SUMS}
      FROM public.llm_requests
      WHERE "timestamp" >= $1::timestamptz AND "timestamp" < $2::timestamptz
      GROUP BY 1, 2, 3, 4, 5, 6
    ), hourly AS (
      INSERT INTO public.costs_hourly (hour, project_id, provider, model, tags, ${COLUMNS})
      SELECT hour, project_id, provider, model, tags, ${SUMS_OF_SUMS}
      FROM sums WHERE hour = ANY($3::timestamptz[])
      GROUP BY 1, 2, 3, 4, 5
    ), daily AS (
      INSERT INTO public.costs_daily (day, project_id, provider, model, tags, ${COLUMNS})
      SELECT $4::date, project_id, provider, model, tags, ${SUMS_OF_SUMS}
      FROM sums
      GROUP BY 1, 2, 3, 4, 5
    )
    INSERT INTO public.costs_daily_by_user (day, project_id, user_id, provider, model, ${COLUMNS})
    SELECT $4::date, project_id, user_id, provider, model, ${SUMS_OF_SUMS}
    FROM sums
    GROUP BY 1, 2, 3, 4, 5`;
}

/** Expression of a request's declared tags. */
async function declaredTags(client: Client): Promise<string> {
  const { rows } = await client.query('SELECT key FROM public.declared_tags ORDER BY key');
  if (rows.length === 0) return `'{}'::jsonb`;
  const pairs = rows.map(({ key }) => {
    const literal = client.escapeLiteral(key);
    return `${literal}, tags -> ${literal}`;
  });
  return `jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')}))`;
}
