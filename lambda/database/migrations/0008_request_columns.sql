-- Constant defaults, so PostgreSQL rewrites no row; constraints are checked for new rows from now on, and
-- 0012_validate_request_constraints checks the old ones without blocking writers. The code of the release before goes
-- on working: each column has a default, and none is removed.
SET LOCAL ROLE llm_cost_ops_owner;

ALTER TABLE llm_requests
  -- No foreign key: PostgreSQL refuses one that is NOT VALID on a partitioned table.
  ADD COLUMN project_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001',
  -- The provider's, e.g. batch, flex, priority; NULL: its standard one.
  ADD COLUMN service_tier text,
  ADD COLUMN region text,
  -- Part of input_tokens that the provider wrote to its cache.
  ADD COLUMN cache_write_tokens integer NOT NULL DEFAULT 0,
  -- Part of cache_write_tokens that the cache keeps for an hour.
  ADD COLUMN cache_write_1h_tokens integer NOT NULL DEFAULT 0,
  -- Part of output_tokens.
  ADD COLUMN reasoning_tokens integer NOT NULL DEFAULT 0,
  -- Further billed units by name, e.g. {"search": 2}.
  ADD COLUMN units jsonb,
  -- USD before the project's discount; NULL: the same as cost (rows of older releases).
  ADD COLUMN list_cost numeric(18, 10),
  -- USD that an answer of our own cache saved.
  ADD COLUMN saved_cost numeric(18, 10) NOT NULL DEFAULT 0,
  -- A cost of 0 of an unpriced request says nothing.
  ADD COLUMN pricing text NOT NULL DEFAULT 'priced',
  ADD COLUMN usage_source text NOT NULL DEFAULT 'reported',
  -- The rule that matched the model's name; NULL: none, or a row of an older release.
  ADD COLUMN price_rule text,
  ADD COLUMN tags jsonb NOT NULL DEFAULT '{}',
  -- SHA-256 of what the sender said, without cost and prompt: tells a repeated request from another with the same id.
  ADD COLUMN content_hash bytea,
  -- The pod that has an active request under way.
  ADD COLUMN pod_id text,
  ALTER COLUMN prompt SET DEFAULT '',
  -- A request whose pod died ends without a latency.
  DROP CONSTRAINT ended_has_latency;

ALTER TABLE llm_requests
  ADD CONSTRAINT written_tokens_are_input
    CHECK (cache_write_tokens BETWEEN 0 AND input_tokens - cached_input_tokens) NOT VALID,
  ADD CONSTRAINT cache_write_1h_tokens_are_cache_writes
    CHECK (cache_write_1h_tokens BETWEEN 0 AND cache_write_tokens) NOT VALID,
  ADD CONSTRAINT reasoning_tokens_are_output
    CHECK (reasoning_tokens BETWEEN 0 AND output_tokens) NOT VALID,
  -- The upper bounds also keep out NaN, which is above every number.
  ADD CONSTRAINT list_cost_is_money CHECK (list_cost >= 0 AND list_cost < 1e6) NOT VALID,
  ADD CONSTRAINT saved_cost_is_money CHECK (saved_cost >= 0 AND saved_cost < 1e6) NOT VALID,
  ADD CONSTRAINT pricing_is_known CHECK (pricing IN ('priced', 'partial', 'unpriced')) NOT VALID,
  ADD CONSTRAINT usage_source_is_known CHECK (usage_source IN ('reported', 'estimated')) NOT VALID,
  ADD CONSTRAINT tags_are_an_object CHECK (jsonb_typeof(tags) = 'object') NOT VALID;

-- A project's history page by page.
CREATE INDEX idx_llm_requests_project_timestamp ON ONLY llm_requests (project_id, "timestamp" DESC, id DESC);

-- The organisation's history, and the rows of an hour or a day that a roll-up adds up.
CREATE INDEX idx_llm_requests_timestamp ON ONLY llm_requests ("timestamp" DESC, id DESC);

-- The history of a project's user.
CREATE INDEX idx_llm_requests_project_user_timestamp
  ON ONLY llm_requests (project_id, user_id, "timestamp" DESC, id DESC);

-- Prompts that can expire, also of rows that came late. Without prompts it stays empty.
CREATE INDEX idx_llm_requests_stored_prompts ON ONLY llm_requests ("timestamp", project_id) WHERE prompt <> '';

-- All but the prompt, as before.
GRANT SELECT (project_id, service_tier, region, cache_write_tokens, cache_write_1h_tokens, reasoning_tokens, units,
  list_cost, saved_cost, pricing, usage_source, price_rule, tags, content_hash, pod_id)
  ON llm_requests TO llm_cost_ops_report;
