SET LOCAL ROLE llm_cost_ops_owner;

-- Costs by user and day (UTC, whatever a session's time zone is), of the requests in attached partitions.
CREATE MATERIALIZED VIEW user_cost_summary AS
SELECT
  user_id,
  ("timestamp" AT TIME ZONE 'UTC')::date AS date,
  sum(cost) AS total_cost,
  count(*) AS request_count,
  avg(cost) AS avg_cost
FROM llm_requests
GROUP BY 1, 2;

-- REFRESH … CONCURRENTLY needs it to be unique.
CREATE UNIQUE INDEX idx_user_cost_summary_user_date ON user_cost_summary (user_id, date);

GRANT SELECT ON user_cost_summary TO llm_cost_ops_api, llm_cost_ops_report;
-- MAINTAIN is the right to refresh, without owning.
GRANT SELECT, MAINTAIN ON user_cost_summary TO llm_cost_ops_rollup;
