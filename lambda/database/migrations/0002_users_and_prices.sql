SET LOCAL ROLE llm_cost_ops_owner;

CREATE TABLE users (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
  name text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Prices are never changed, only followed by new ones: what a request cost then can be computed again.
CREATE TABLE model_prices (
  provider text NOT NULL CHECK (provider <> ''),
  model text NOT NULL CHECK (model <> ''),
  valid_from timestamptz NOT NULL,
  -- USD for a million tokens. The upper bound also keeps out NaN, which is above every number.
  input_usd_per_million numeric(14, 6) NOT NULL CHECK (input_usd_per_million >= 0 AND input_usd_per_million < 1e6),
  cached_input_usd_per_million numeric(14, 6) NOT NULL
    CHECK (cached_input_usd_per_million >= 0 AND cached_input_usd_per_million < 1e6),
  output_usd_per_million numeric(14, 6) NOT NULL
    CHECK (output_usd_per_million >= 0 AND output_usd_per_million < 1e6),
  PRIMARY KEY (provider, model, valid_from)
);

GRANT SELECT, INSERT, UPDATE ON users TO llm_cost_ops_api;
GRANT SELECT, INSERT ON model_prices TO llm_cost_ops_api;
GRANT SELECT ON users, model_prices, schema_migrations TO llm_cost_ops_report;
