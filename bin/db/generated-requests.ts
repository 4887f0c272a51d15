import type { Client } from 'pg';

/** A deterministic stock of requests that the server generates. */
export interface GeneratedRequests {
  /** Number of requests in all. */
  readonly total: number;
  /** Users beside `HEAVY_USER`. */
  readonly users: number;
  /** Time of the first request, RFC 3339. */
  readonly start: string;
  /** Time after the last one, RFC 3339; they are spread evenly. */
  readonly end: string;
}

/** The user who makes a seventh of all requests. */
export const HEAVY_USER = 'user-0000';

/** A word of one prompt in 50,000. */
export const RARE_WORD = 'zeppelin';

/** Number of active requests: the newest ones. */
export const ACTIVE_REQUESTS = 200;

/** Invented providers' models with their prices, USD for a million tokens: input, cached input, output. */
const MODELS = [
  ['acme', 'acme-large', 3, 0.3, 15],
  ['acme', 'acme-small', 0.25, 0.025, 1.25],
  ['globex', 'globex-pro', 2.5, 1.25, 10],
  ['globex', 'globex-mini', 0.15, 0.075, 0.6],
] as const;

/** Inserts the users and prices that the requests refer to. */
export async function insertUsersAndPrices(
  client: Client,
  { users, start }: GeneratedRequests,
): Promise<void> {
  await client.query(
    `INSERT INTO users (id, name, created_at)
     SELECT 'user-' || lpad(n::text, 4, '0'), 'User ' || n, $2::timestamptz FROM generate_series(0, $1::int) n
     ON CONFLICT DO NOTHING`,
    [users, start],
  );
  for (const [provider, model, ...prices] of MODELS) {
    await client.query('INSERT INTO model_prices VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING', [
      provider,
      model,
      start,
      ...prices,
    ]);
  }
}

/** Inserts requests number `from` to `to` (exclusive) of the stock; existing ones are not changed. */
export async function insertGenerated(
  client: Client,
  { total, users, start, end }: GeneratedRequests,
  from: number,
  to: number,
): Promise<void> {
  await client.query(
    `INSERT INTO llm_requests (id, user_id, "timestamp", provider, model, prompt, input_tokens, cached_input_tokens,
       output_tokens, cost, latency_ms, status, cache_hit, error_code)
     SELECT
       ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       CASE WHEN n % 7 = 0 THEN '${HEAVY_USER}' ELSE 'user-' || lpad((1 + hash % $2)::text, 4, '0') END,
       $3::timestamptz + ($4::timestamptz - $3::timestamptz) * (n::float8 / $1),
       price.provider,
       price.model,
       'Summarise the ' || subjects[1 + hash % 8] || ' report of ' || places[1 + hash / 8 % 8] || ' for week ' || hash % 52
         || CASE WHEN n % 50000 = 25000 THEN ' and every ${RARE_WORD}' ELSE '' END,
       input, cached, output,
       (price.input_usd_per_million * (input - cached) + price.cached_input_usd_per_million * cached
         + price.output_usd_per_million * output) / 1e6,
       CASE WHEN active THEN NULL ELSE 200 + hash % 5000 END,
       CASE WHEN active THEN 'active' WHEN failed THEN 'failed' ELSE 'completed' END,
       hash % 5 < 3,
       CASE WHEN failed THEN 'timeout' END
     FROM (
       SELECT n, hash, 50 + hash % 2000 AS input, hash % 50 AS cached, 20 + hash % 700 AS output,
         n >= $1 - ${ACTIVE_REQUESTS} AS active, hash % 50 = 0 AND n < $1 - ${ACTIVE_REQUESTS} AS failed
       FROM generate_series($5::int, $6::int - 1) n, LATERAL (SELECT hashint8(n)::bigint & 2147483647 AS hash)
     ) numbered
     JOIN (
       SELECT row_number() OVER (ORDER BY provider, model) - 1 AS place, count(*) OVER () AS number_of_prices, *
       FROM model_prices WHERE valid_from = $3::timestamptz
     ) price ON price.place = hash % price.number_of_prices
     CROSS JOIN (
       SELECT
         '{sales,support,travel,energy,hiring,audit,safety,stock}'::text[] AS subjects,
         '{Berlin,Lagos,Lima,Osaka,Perth,Quito,Turin,Zagreb}'::text[] AS places
     ) words
     ON CONFLICT DO NOTHING`,
    [total, users, start, end, from, to],
  );
}
