SET LOCAL ROLE llm_cost_ops_owner;

-- Processes of the gateway. Each renews its row every 10 s by the database's clock, so pods need not agree on one.
CREATE TABLE gateway_instances (
  -- Random: a pod's next container is another instance.
  instance_id uuid PRIMARY KEY,
  pod_id text NOT NULL CHECK (length(pod_id) BETWEEN 1 AND 253),
  renewed_at timestamptz NOT NULL DEFAULT now()
);

-- Calls that take longer than some 100 ms, so that another process ends them where theirs is gone. The end of a call
-- deletes its row after it is stored.
CREATE TABLE calls_under_way (
  -- UUIDv7: the id of the request.
  call_id uuid PRIMARY KEY,
  instance_id uuid NOT NULL REFERENCES gateway_instances (instance_id),
  project_id uuid NOT NULL,
  key_id uuid NOT NULL,
  -- What the request is ended with; no prompt.
  record jsonb NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now()
)
-- A few thousand rows that come and go all the time: dead ones are removed by their number.
WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX idx_calls_under_way_instance ON calls_under_way (instance_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON gateway_instances TO llm_cost_ops_writer;
GRANT SELECT, INSERT, DELETE ON calls_under_way TO llm_cost_ops_writer;
GRANT SELECT ON gateway_instances, calls_under_way TO llm_cost_ops_admin;
