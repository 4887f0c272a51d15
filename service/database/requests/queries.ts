/** A query of the seed in the form that the API should send, with the index that it needs. */
export interface RequestQuery {
  /** SQL; the doc of each query lists its parameters in order. */
  readonly text: string;
  /** Index of the partitioned table; plans name the partitions' indexes. */
  readonly index: string;
}

/** Last row of a page of a user's history. */
export interface HistoryCursor {
  /** RFC 3339 with microseconds, as PostgreSQL returned it. */
  readonly timestamp: string;
  /** UUID of the row; orders rows with the same timestamp. */
  readonly id: string;
}

const HISTORY_COLUMNS = `r.id, r."timestamp"::text, r.provider, r.model, r.input_tokens, r.output_tokens, r.cost,
    r.latency_ms, r.status, r.cache_hit, u.name AS user_name`;

/** A user's newest requests with the user's name. Parameters: user, page size. */
export const HISTORY_FIRST_PAGE: RequestQuery = {
  text: `SELECT ${HISTORY_COLUMNS}
  FROM llm_requests r JOIN users u ON u.id = r.user_id
  WHERE r.user_id = $1
  ORDER BY r."timestamp" DESC, r.id DESC
  LIMIT $2`,
  index: 'idx_llm_requests_user_timestamp',
};

/** The next page. Parameters: user, page size, timestamp and id of the cursor. Page 1,000 is as fast as page 1. */
export const HISTORY_NEXT_PAGE: RequestQuery = {
  text: `SELECT ${HISTORY_COLUMNS}
  FROM llm_requests r JOIN users u ON u.id = r.user_id
  WHERE r.user_id = $1 AND (r."timestamp", r.id) < ($3::timestamptz, $4::uuid) AND r."timestamp" <= $3::timestamptz
  ORDER BY r."timestamp" DESC, r.id DESC
  LIMIT $2`,
  index: 'idx_llm_requests_user_timestamp',
};

/** A user's costs in a period. Parameters: user, start, end (exclusive). */
export const COST_SUMMARY: RequestQuery = {
  text: `SELECT coalesce(sum(cost), 0) AS total_cost, count(*)::int AS total_requests, coalesce(avg(cost), 0) AS avg_cost
  FROM llm_requests
  WHERE user_id = $1 AND "timestamp" >= $2::timestamptz AND "timestamp" < $3::timestamptz`,
  index: 'idx_llm_requests_cost',
};

/** A user's active requests, oldest first. Parameter: user. */
export const ACTIVE_REQUESTS: RequestQuery = {
  text: `SELECT id, "timestamp", model FROM llm_requests
  WHERE user_id = $1 AND status = 'active'
  ORDER BY "timestamp"`,
  index: 'idx_llm_requests_active',
};

/** Newest requests whose prompt matches. Parameters: words in web search syntax, number of requests. */
export const PROMPT_SEARCH: RequestQuery = {
  text: `SELECT id, user_id, "timestamp", model FROM llm_requests
  WHERE prompt_document(prompt) @@ websearch_to_tsquery('english', $1)
  ORDER BY "timestamp" DESC
  LIMIT $2`,
  index: 'idx_llm_requests_prompt_fulltext',
};

/** A user's costs by day, from the roll-up. Parameters: user, first day, last day. */
export const DAILY_COSTS: RequestQuery = {
  text: `SELECT date::text, total_cost, request_count::int, avg_cost FROM user_cost_summary
  WHERE user_id = $1 AND date BETWEEN $2::date AND $3::date
  ORDER BY date`,
  index: 'idx_user_cost_summary_user_date',
};
