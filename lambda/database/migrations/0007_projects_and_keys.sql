SET LOCAL ROLE llm_cost_ops_owner;

CREATE TABLE projects (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
  -- Whether the text of prompts is stored at all.
  store_prompts boolean NOT NULL DEFAULT true,
  -- Whole days after which prompts are deleted; NULL: the environment's (database.promptRetentionDays).
  prompt_retention_days integer CHECK (prompt_retention_days BETWEEN 1 AND 3660),
  -- Percent off the list price.
  discount_percent numeric(5, 2) NOT NULL DEFAULT 0 CHECK (discount_percent BETWEEN 0 AND 100),
  -- Names of models; NULL: all.
  allowed_models text[],
  requests_per_minute integer CHECK (requests_per_minute > 0),
  tokens_per_minute integer CHECK (tokens_per_minute > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);

-- Has the requests of the time before there were projects, and those whose sender names none.
INSERT INTO projects (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'default');

CREATE TABLE project_users (
  project_id uuid NOT NULL REFERENCES projects (id),
  user_id text NOT NULL REFERENCES users (id),
  name text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  -- When the user's prompts and name were erased.
  erased_at timestamptz,
  PRIMARY KEY (project_id, user_id)
);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  -- NULL: a key of the organisation, which sees all projects.
  project_id uuid REFERENCES projects (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
  -- SHA-256 of the key; the key itself is stored nowhere.
  hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
  -- First characters of the key, by which people recognise it.
  prefix text NOT NULL CHECK (length(prefix) <= 8),
  roles text[] NOT NULL CHECK (roles <@ ARRAY['ingest', 'read', 'gateway', 'admin'] AND cardinality(roles) > 0),
  allowed_models text[],
  requests_per_minute integer CHECK (requests_per_minute > 0),
  tokens_per_minute integer CHECK (tokens_per_minute > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The key that replaces this one; both work until this one expires.
  rotated_to uuid REFERENCES api_keys (id),
  last_used_at timestamptz,
  -- Id of the key that made this one, or the command that did.
  created_by text NOT NULL,
  CONSTRAINT organisation_keys_read_or_administer CHECK (project_id IS NOT NULL OR roles <@ ARRAY['read', 'admin'])
);
CREATE INDEX idx_api_keys_project ON api_keys (project_id, created_at DESC);

-- Log-ins of the console.
CREATE TABLE sessions (
  -- SHA-256 of the cookie's value.
  id_hash bytea PRIMARY KEY CHECK (length(id_hash) = 32),
  key_id uuid NOT NULL REFERENCES api_keys (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX idx_sessions_expires ON sessions (expires_at);

-- Who changed what. Rows are only added.
CREATE TABLE audit_log (
  -- UUIDv7: ordered by time.
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  -- Id of a key, or the name of a command or job.
  actor text NOT NULL,
  action text NOT NULL CHECK (action <> ''),
  -- NULL: a change of the organisation.
  project_id uuid REFERENCES projects (id),
  subject text NOT NULL DEFAULT '',
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_audit_log_project ON audit_log (project_id, id DESC);

-- The API's reading user looks keys up for each request; its writing user serves the routes that change them.
GRANT SELECT ON projects, project_users, api_keys, sessions, audit_log
  TO llm_cost_ops_api, llm_cost_ops_writer, llm_cost_ops_admin;
GRANT INSERT, UPDATE ON projects, project_users, api_keys TO llm_cost_ops_writer, llm_cost_ops_admin;
GRANT INSERT, DELETE ON sessions TO llm_cost_ops_writer, llm_cost_ops_admin;
GRANT INSERT ON audit_log TO llm_cost_ops_writer, llm_cost_ops_admin;
GRANT SELECT ON projects, project_users, audit_log TO llm_cost_ops_report;
GRANT SELECT (id, project_id, name, prefix, roles, created_at, expires_at, revoked_at, last_used_at)
  ON api_keys TO llm_cost_ops_report;
