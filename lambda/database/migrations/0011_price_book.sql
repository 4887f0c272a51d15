SET LOCAL ROLE llm_cost_ops_owner;

-- The price book: a row for each billed unit of a model, so that a new unit is a row and not a column. model_prices
-- stays for the former version. A price is never changed, only ended and followed by another: what a request cost then
-- can be computed again.
CREATE TABLE prices (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  provider text NOT NULL CHECK (provider <> ''),
  -- The canonical model id, which rules lead to from other names of the model.
  model text NOT NULL CHECK (model <> ''),
  unit text NOT NULL CHECK (unit ~ '^[a-z][a-z0-9_]{0,62}$'),
  service_tier text NOT NULL DEFAULT 'standard' CHECK (service_tier <> ''),
  -- Empty: all regions.
  region text NOT NULL DEFAULT '',
  -- For requests with more input tokens than this.
  above_input_tokens integer NOT NULL DEFAULT 0 CHECK (above_input_tokens >= 0),
  -- USD for a million units. The upper bound also keeps out NaN, which is above every number.
  usd_per_million numeric(24, 12) NOT NULL CHECK (usd_per_million >= 0 AND usd_per_million < 1e12),
  valid_from timestamptz NOT NULL,
  valid_until timestamptz,
  -- The part of each day in UTC in which the price applies; it may pass midnight. NULL: the whole day.
  daily_from time,
  daily_until time,
  source text NOT NULL CHECK (source IN ('own', 'csv', 'litellm', 'genai-prices')),
  -- NULL: all projects.
  project_id uuid REFERENCES projects (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT prices_begin_before_they_end CHECK (valid_until > valid_from),
  CONSTRAINT daily_windows_have_two_ends CHECK ((daily_from IS NULL) = (daily_until IS NULL)),
  CONSTRAINT prices_are_distinct UNIQUE NULLS NOT DISTINCT
    (provider, model, unit, service_tier, region, above_input_tokens, valid_from, source, project_id, daily_from)
);

-- Which names a model goes by: a match clause of genai-prices. Among the models of a provider the first rule counts.
CREATE TABLE price_models (
  provider text NOT NULL CHECK (provider <> ''),
  model text NOT NULL CHECK (model <> ''),
  match jsonb NOT NULL CHECK (jsonb_typeof(match) = 'object'),
  source text NOT NULL CHECK (source IN ('own', 'csv', 'litellm', 'genai-prices')),
  -- Order of the rules.
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, model, source)
);

-- One row. Each pod compares the version with that of the book in its memory.
CREATE TABLE price_book_version (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  version bigint NOT NULL
);
INSERT INTO price_book_version (version) VALUES (1);

-- Bumped by triggers, so that no writer can forget it; as the owner, so that no writer needs the right to.
CREATE FUNCTION bump_price_book_version() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
  UPDATE public.price_book_version SET version = version + 1;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION bump_price_book_version() FROM PUBLIC;
CREATE TRIGGER prices_change_the_book AFTER INSERT OR UPDATE OR DELETE ON prices
  FOR EACH STATEMENT EXECUTE FUNCTION bump_price_book_version();
CREATE TRIGGER models_change_the_book AFTER INSERT OR UPDATE OR DELETE ON price_models
  FOR EACH STATEMENT EXECUTE FUNCTION bump_price_book_version();
CREATE TRIGGER discounts_change_the_book AFTER INSERT OR UPDATE OF discount_percent ON projects
  FOR EACH STATEMENT EXECUTE FUNCTION bump_price_book_version();

GRANT SELECT ON prices, price_models, price_book_version
  TO llm_cost_ops_api, llm_cost_ops_writer, llm_cost_ops_admin, llm_cost_ops_report;
GRANT INSERT ON prices, price_models TO llm_cost_ops_admin;
-- A price can be ended, nothing else of it changed.
GRANT UPDATE (valid_until) ON prices TO llm_cost_ops_admin;
GRANT UPDATE (match, position) ON price_models TO llm_cost_ops_admin;
