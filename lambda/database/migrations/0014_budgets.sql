SET LOCAL ROLE llm_cost_ops_owner;

-- Whether calls of models without a price may pass a limit of money; they count nothing until they have a price.
ALTER TABLE projects ADD COLUMN allow_unpriced boolean NOT NULL DEFAULT false;

-- The key that sent the request; NULL for rows of older releases. Not a foreign key, as project_id.
ALTER TABLE llm_requests ADD COLUMN key_id uuid;
GRANT SELECT (key_id) ON llm_requests TO llm_cost_ops_report;

CREATE TABLE budgets (
  -- UUIDv7: ordered by time.
  id uuid PRIMARY KEY,
  project_id uuid NOT NULL REFERENCES projects (id),
  -- Whose spending counts: the whole project's, that of one of its users, or that of one of its keys.
  scope text NOT NULL CHECK (scope IN ('project', 'user', 'key')),
  -- Id of the user or the key; empty for the project.
  subject text NOT NULL DEFAULT '' CHECK ((scope = 'project') = (subject = '')),
  period text NOT NULL CHECK (period IN ('day', 'month')),
  -- Name of the IANA database; days and months begin at its midnight.
  time_zone text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
  -- USD; the upper bounds also keep out NaN, which is above every number.
  warning_usd numeric(18, 10) CHECK (warning_usd >= 0 AND warning_usd < 1e8),
  limit_usd numeric(18, 10) CHECK (limit_usd >= 0 AND limit_usd < 1e8),
  -- Gets the warnings; NULL: none.
  webhook_url text CHECK (length(webhook_url) <= 2048),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  -- End of the newest window; NULL before the first one is open.
  opened_until timestamptz,
  CONSTRAINT budgets_warn_or_limit CHECK (warning_usd IS NOT NULL OR limit_usd IS NOT NULL),
  CONSTRAINT budgets_warn_before_limit CHECK (warning_usd <= limit_usd)
);
CREATE INDEX idx_budgets_project ON budgets (project_id, scope, subject);
CREATE INDEX idx_budgets_opened_until ON budgets (opened_until NULLS FIRST);

-- What was spent in a day or month of a budget: base + changes + what budget_spend holds for it. Kept for 40 days.
CREATE TABLE budget_windows (
  budget_id uuid NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  -- The budget's, so that the ledger's trigger reads one table.
  project_id uuid NOT NULL,
  scope text NOT NULL,
  subject text NOT NULL,
  -- USD of requests that were stored before the ledger knew of the window.
  base numeric(28, 10) NOT NULL DEFAULT 0,
  -- USD of rows of budget_spend that were added up.
  changes numeric(28, 10) NOT NULL DEFAULT 0,
  base_unpriced bigint NOT NULL DEFAULT 0,
  changes_unpriced bigint NOT NULL DEFAULT 0,
  -- Every transaction before this one may have stored requests without knowing of the window.
  barrier xid8,
  -- Whether those have all ended, and base was read after that.
  is_final boolean NOT NULL DEFAULT false,
  PRIMARY KEY (budget_id, starts_at)
);
CREATE INDEX idx_budget_windows_scope ON budget_windows (project_id, scope, subject, ends_at);
CREATE INDEX idx_budget_windows_not_final ON budget_windows (ends_at) WHERE NOT is_final;

-- What changes of the ledger add to windows, written in the transaction of the change. Rows are only added, so that
-- writers never wait for each other; whoever has locked a window deletes them and adds them up.
CREATE TABLE budget_spend (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  budget_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  -- USD; below 0 where a request became cheaper.
  cost numeric(28, 10) NOT NULL,
  -- Requests that are not wholly priced.
  unpriced bigint NOT NULL
);
CREATE INDEX idx_budget_spend_window ON budget_spend (budget_id, starts_at);

-- What pods may spend without asking again. A pod that does not renew its lease has lost it.
CREATE TABLE budget_shares (
  budget_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  -- A process of a pod; a restarted one is another holder.
  holder uuid NOT NULL,
  pod_id text NOT NULL CHECK (length(pod_id) BETWEEN 1 AND 253),
  -- USD.
  amount numeric(28, 12) NOT NULL CHECK (amount >= 0),
  -- By the database's clock.
  lease_until timestamptz NOT NULL,
  PRIMARY KEY (budget_id, starts_at, holder),
  FOREIGN KEY (budget_id, starts_at) REFERENCES budget_windows (budget_id, starts_at) ON DELETE CASCADE
);
CREATE INDEX idx_budget_shares_holder ON budget_shares (holder);
CREATE INDEX idx_budget_shares_lease ON budget_shares (lease_until);

-- What happened to a window: each kind once.
CREATE TABLE budget_events (
  -- UUIDv7: ordered by time.
  id uuid PRIMARY KEY,
  budget_id uuid NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('warning', 'limit')),
  at timestamptz NOT NULL DEFAULT now(),
  -- USD at that moment.
  spent_usd numeric(28, 10) NOT NULL,
  UNIQUE (budget_id, starts_at, kind)
);

-- Where an event is sent to, and how far that is.
CREATE TABLE budget_deliveries (
  event_id uuid NOT NULL REFERENCES budget_events (id) ON DELETE CASCADE,
  channel text NOT NULL CHECK (channel IN ('webhook', 'topic')),
  attempts integer NOT NULL DEFAULT 0,
  -- When the next attempt may begin; NULL: delivered or given up.
  next_attempt_at timestamptz DEFAULT now(),
  delivered_at timestamptz,
  -- What was wrong at the last attempt.
  last_error text,
  PRIMARY KEY (event_id, channel)
);
CREATE INDEX idx_budget_deliveries_due ON budget_deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- Notes what new and changed requests add to the windows they belong to: new values count, former ones are taken off.
-- The rows are spread to their three scopes before the join, so that it is one hash join whatever the number of rows.
CREATE FUNCTION note_budget_spend() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM budget_windows) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO budget_spend (budget_id, starts_at, cost, unpriced)
    WITH changes AS MATERIALIZED (
      SELECT project_id, user_id, key_id, "timestamp", cost,
        (pricing <> 'priced' AND status <> 'active')::integer AS unpriced
      FROM new_rows WHERE cost <> 0 OR pricing <> 'priced' AND status <> 'active'
    ), scoped AS MATERIALIZED (
      SELECT project_id, 'project' AS scope, '' AS subject, "timestamp", cost, unpriced FROM changes
      UNION ALL SELECT project_id, 'user', user_id, "timestamp", cost, unpriced FROM changes
      UNION ALL SELECT project_id, 'key', key_id::text, "timestamp", cost, unpriced FROM changes
    )
    SELECT w.budget_id, w.starts_at, sum(s.cost), sum(s.unpriced)
    FROM scoped s JOIN budget_windows w ON w.project_id = s.project_id AND w.scope = s.scope
      AND w.subject = s.subject AND s."timestamp" >= w.starts_at AND s."timestamp" < w.ends_at
    WHERE w.ends_at > (SELECT min("timestamp") FROM changes)
    GROUP BY w.budget_id, w.starts_at;
  ELSE
    INSERT INTO budget_spend (budget_id, starts_at, cost, unpriced)
    WITH changes AS MATERIALIZED (
      SELECT project_id, user_id, key_id, "timestamp", cost,
        (pricing <> 'priced' AND status <> 'active')::integer AS unpriced
      FROM new_rows
      UNION ALL
      SELECT project_id, user_id, key_id, "timestamp", -cost,
        -(pricing <> 'priced' AND status <> 'active')::integer
      FROM old_rows
    ), scoped AS MATERIALIZED (
      SELECT project_id, 'project' AS scope, '' AS subject, "timestamp", cost, unpriced FROM changes
      UNION ALL SELECT project_id, 'user', user_id, "timestamp", cost, unpriced FROM changes
      UNION ALL SELECT project_id, 'key', key_id::text, "timestamp", cost, unpriced FROM changes
    )
    SELECT w.budget_id, w.starts_at, sum(s.cost), sum(s.unpriced)
    FROM scoped s JOIN budget_windows w ON w.project_id = s.project_id AND w.scope = s.scope
      AND w.subject = s.subject AND s."timestamp" >= w.starts_at AND s."timestamp" < w.ends_at
    WHERE w.ends_at > (SELECT min("timestamp") FROM changes)
    GROUP BY w.budget_id, w.starts_at
    HAVING sum(s.cost) <> 0 OR sum(s.unpriced) <> 0;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER llm_requests_spend_of_new AFTER INSERT ON llm_requests
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_budget_spend();
CREATE TRIGGER llm_requests_spend_of_changed AFTER UPDATE ON llm_requests
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_budget_spend();

GRANT SELECT ON budgets, budget_windows, budget_spend, budget_shares, budget_events, budget_deliveries
  TO llm_cost_ops_api, llm_cost_ops_writer, llm_cost_ops_admin;
GRANT INSERT, UPDATE, DELETE ON budgets, budget_windows, budget_shares TO llm_cost_ops_writer;
GRANT INSERT, UPDATE ON budget_deliveries TO llm_cost_ops_writer;
GRANT INSERT ON budget_events TO llm_cost_ops_writer;
-- A key that is rotated on the admin servers hands its budgets on.
GRANT INSERT ON budgets TO llm_cost_ops_admin;
GRANT DELETE ON budget_spend TO llm_cost_ops_writer;
GRANT SELECT ON budgets, budget_windows, budget_shares, budget_events TO llm_cost_ops_report;
