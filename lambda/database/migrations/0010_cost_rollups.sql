SET LOCAL ROLE llm_cost_ops_owner;

-- Keys of tags by which costs are added up in advance.
CREATE TABLE declared_tags (
  key text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64)
);

-- Two tables, because one with users in it is many times longer: a year of costs by model then takes 700 ms, not 14.
-- Costs are USD; the hour and the day are UTC.
CREATE TABLE costs_hourly (
  hour timestamptz NOT NULL,
  project_id uuid NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  -- Only the declared keys.
  tags jsonb NOT NULL,
  requests bigint NOT NULL,
  completed bigint NOT NULL,
  failed bigint NOT NULL,
  cache_hits bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cached_input_tokens bigint NOT NULL,
  cache_write_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  cost numeric(24, 10) NOT NULL,
  list_cost numeric(24, 10) NOT NULL,
  saved_cost numeric(24, 10) NOT NULL,
  unpriced_requests bigint NOT NULL,
  partial_requests bigint NOT NULL,
  estimated_requests bigint NOT NULL,
  -- Of the requests that have a latency.
  latency_ms_sum bigint NOT NULL,
  PRIMARY KEY (hour, project_id, provider, model, tags)
);
-- A project's costs do not read the other projects'.
CREATE INDEX idx_costs_hourly_project ON costs_hourly (project_id, hour);

CREATE TABLE costs_daily_by_user (
  day date NOT NULL,
  project_id uuid NOT NULL,
  user_id text NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  requests bigint NOT NULL,
  completed bigint NOT NULL,
  failed bigint NOT NULL,
  cache_hits bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cached_input_tokens bigint NOT NULL,
  cache_write_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  cost numeric(24, 10) NOT NULL,
  list_cost numeric(24, 10) NOT NULL,
  saved_cost numeric(24, 10) NOT NULL,
  unpriced_requests bigint NOT NULL,
  partial_requests bigint NOT NULL,
  estimated_requests bigint NOT NULL,
  latency_ms_sum bigint NOT NULL,
  PRIMARY KEY (day, project_id, user_id, provider, model)
);
CREATE INDEX idx_costs_daily_by_user_user ON costs_daily_by_user (project_id, user_id, day);

-- How far the tables above reach; name 'costs' stands for both.
CREATE TABLE rollup_state (
  name text PRIMARY KEY,
  -- Requests before this instant are added up; later ones are only in llm_requests.
  complete_until timestamptz NOT NULL,
  -- Changes before complete_until that were committed before this instant are included.
  refreshed_at timestamptz NOT NULL
);

-- A tag that is declared, or no longer, changes the groups of all hours.
CREATE FUNCTION mark_all_hours() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO rollup_changes (hour) SELECT DISTINCT hour FROM costs_hourly;
  RETURN NULL;
END
$$;
CREATE TRIGGER declared_tags_change_hours AFTER INSERT OR DELETE ON declared_tags
  FOR EACH STATEMENT EXECUTE FUNCTION mark_all_hours();

GRANT SELECT ON declared_tags, costs_hourly, costs_daily_by_user, rollup_state
  TO llm_cost_ops_api, llm_cost_ops_writer, llm_cost_ops_admin, llm_cost_ops_rollup, llm_cost_ops_report;
GRANT INSERT, DELETE ON declared_tags TO llm_cost_ops_admin;
GRANT INSERT, DELETE ON costs_hourly, costs_daily_by_user TO llm_cost_ops_rollup;
GRANT INSERT, UPDATE ON rollup_state TO llm_cost_ops_rollup;
-- What the sums need, not the prompt.
GRANT SELECT (user_id, "timestamp", provider, model, input_tokens, cached_input_tokens, output_tokens, cost, latency_ms,
  status, cache_hit, project_id, cache_write_tokens, reasoning_tokens, list_cost, saved_cost, pricing, usage_source, tags)
  ON llm_requests TO llm_cost_ops_rollup;
