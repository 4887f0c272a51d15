SET LOCAL ROLE llm_cost_ops_owner;

-- First arrivals of batches without ids of their own. Kept for 7 days.
CREATE TABLE idempotency_keys (
  project_id uuid NOT NULL REFERENCES projects (id),
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  -- The ids of the batch's rows are made from this time.
  first_seen timestamptz NOT NULL,
  -- SHA-256: the same key with another body is refused.
  body_hash bytea NOT NULL CHECK (length(body_hash) = 32),
  PRIMARY KEY (project_id, key)
);
CREATE INDEX idx_idempotency_keys_first_seen ON idempotency_keys (first_seen);

-- Records that can never be stored, without their prompt. Kept for 30 days.
CREATE TABLE rejected_requests (
  -- UUIDv7: ordered by time.
  id uuid PRIMARY KEY,
  project_id uuid NOT NULL REFERENCES projects (id),
  received_at timestamptz NOT NULL DEFAULT now(),
  -- Where the record came from, e.g. http.
  source text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  -- What of the record is JSON that PostgreSQL can store.
  record jsonb
);
CREATE INDEX idx_rejected_requests_project ON rejected_requests (project_id, id DESC);
CREATE INDEX idx_rejected_requests_received ON rejected_requests (received_at);

-- Hours whose requests changed, written in the transaction of the change. The roll-up function deletes the marks and
-- adds these hours up again. Rows are only added, so that writers never wait for each other.
CREATE TABLE rollup_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hour timestamptz NOT NULL CHECK (hour = date_trunc('hour', hour, 'UTC'))
);
CREATE INDEX idx_rollup_changes_hour ON rollup_changes (hour);

-- Status of each API and admin pod, written every 10 s; times by the database's clock, so pods need not agree on one.
CREATE TABLE pods (
  pod_id text PRIMARY KEY CHECK (length(pod_id) BETWEEN 1 AND 253),
  kind text NOT NULL CHECK (kind IN ('api', 'admin')),
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  draining boolean NOT NULL DEFAULT false,
  status jsonb NOT NULL DEFAULT '{}'
);

-- What an admin asks of a pod, which polls for it: admin servers cannot reach pods directly.
CREATE TABLE pod_commands (
  id uuid PRIMARY KEY,
  pod_id text NOT NULL,
  command text NOT NULL CHECK (command <> ''),
  arguments jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  taken_at timestamptz,
  done_at timestamptz,
  result jsonb,
  -- A profile, at most 32 MiB.
  artifact bytea CHECK (length(artifact) <= 33554432),
  created_by text NOT NULL
);
CREATE INDEX idx_pod_commands_waiting ON pod_commands (pod_id, created_at) WHERE taken_at IS NULL;
CREATE INDEX idx_pod_commands_created ON pod_commands (created_at);

GRANT SELECT, INSERT ON idempotency_keys TO llm_cost_ops_writer;
GRANT INSERT ON rejected_requests TO llm_cost_ops_writer;
GRANT SELECT ON rejected_requests TO llm_cost_ops_api, llm_cost_ops_admin;
-- How many were refused is measured every hour.
GRANT SELECT (received_at) ON rejected_requests TO llm_cost_ops_rollup;
GRANT INSERT ON rollup_changes TO llm_cost_ops_writer, llm_cost_ops_admin;
GRANT SELECT, DELETE ON rollup_changes TO llm_cost_ops_rollup;
GRANT SELECT, INSERT, UPDATE ON pods TO llm_cost_ops_api, llm_cost_ops_writer, llm_cost_ops_admin;
GRANT SELECT, UPDATE ON pod_commands TO llm_cost_ops_api, llm_cost_ops_writer;
GRANT SELECT, INSERT, UPDATE ON pod_commands TO llm_cost_ops_admin;
GRANT SELECT ON rollup_changes, pods TO llm_cost_ops_report;
