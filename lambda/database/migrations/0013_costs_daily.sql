SET LOCAL ROLE llm_cost_ops_owner;

-- Sums by UTC day: a year by day and model then reads a 24th of the rows of costs_hourly, whose hours are for the
-- edges of a period and for other time zones.
CREATE TABLE costs_daily (
  day date NOT NULL,
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
  latency_ms_sum bigint NOT NULL,
  PRIMARY KEY (day, project_id, provider, model, tags)
);
CREATE INDEX idx_costs_daily_project ON costs_daily (project_id, day);

GRANT SELECT ON costs_daily
  TO llm_cost_ops_api, llm_cost_ops_writer, llm_cost_ops_admin, llm_cost_ops_rollup, llm_cost_ops_report;
GRANT INSERT, DELETE ON costs_daily TO llm_cost_ops_rollup;

-- Days that are added up already are added up again, with the new table.
INSERT INTO rollup_changes (hour) SELECT DISTINCT hour FROM costs_hourly;
