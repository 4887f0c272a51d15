SET LOCAL ROLE llm_cost_ops_owner;

-- One row a request, one partition a month (UTC). Partitions are made months ahead and detached after the retention
-- period by a function of their own; there is no default partition, for beside one nothing detaches without blocking.
CREATE TABLE llm_requests (
  -- From the writer, time-ordered (UUIDv7), so that a batch sent twice is stored once.
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users (id),
  "timestamp" timestamptz NOT NULL,
  provider text NOT NULL CHECK (provider <> ''),
  model text NOT NULL CHECK (model <> ''),
  prompt text NOT NULL,
  input_tokens integer NOT NULL DEFAULT 0 CHECK (input_tokens BETWEEN 0 AND 100000000),
  -- Part of input_tokens that the provider had in its cache.
  cached_input_tokens integer NOT NULL DEFAULT 0,
  output_tokens integer NOT NULL DEFAULT 0 CHECK (output_tokens BETWEEN 0 AND 100000000),
  -- USD. The upper bound also keeps out NaN, which is above every number.
  cost numeric(18, 10) NOT NULL DEFAULT 0 CHECK (cost >= 0 AND cost < 1e6),
  latency_ms integer CHECK (latency_ms >= 0),
  status text NOT NULL CHECK (status IN ('active', 'completed', 'failed')),
  -- Whether our own cache answered.
  cache_hit boolean NOT NULL DEFAULT false,
  -- What went wrong, a word.
  error_code text,
  PRIMARY KEY (id, "timestamp"),
  CONSTRAINT cached_tokens_are_input CHECK (cached_input_tokens BETWEEN 0 AND input_tokens),
  CONSTRAINT ended_has_latency CHECK (status = 'active' OR latency_ms IS NOT NULL),
  CONSTRAINT only_failures_have_errors CHECK (error_code IS NULL OR status = 'failed')
) PARTITION BY RANGE ("timestamp");

-- What a prompt is searched by. Not all of a long one: a document above 1 MB is an error, which would lose the request.
CREATE FUNCTION prompt_document(prompt text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN to_tsvector('english'::regconfig, left(prompt, 100000));

GRANT SELECT, INSERT, UPDATE ON llm_requests TO llm_cost_ops_api;
-- All but the prompt, which is nobody's to read in a report.
GRANT SELECT (id, user_id, "timestamp", provider, model, input_tokens, cached_input_tokens, output_tokens, cost,
  latency_ms, status, cache_hit, error_code) ON llm_requests TO llm_cost_ops_report;
