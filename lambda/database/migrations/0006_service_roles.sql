-- Database users of the service besides llm_cost_ops_api, which reads. Runs as the user who migrates first, who needs
-- CREATEROLE, as 0001_roles does.
--
--   llm_cost_ops_writer  writes requests and what belongs to a request; a pooler pools by user, so a flood of writes
--                        takes no connection from the readers
--   llm_cost_ops_admin   the admin servers: keys, prices, repricing, erasure, audit; sees all statements' statistics

DO $$
DECLARE
  role_name text;
  on_rds boolean := EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam');
  with_iam_before boolean := on_rds AND pg_has_role(current_user, 'rds_iam', 'MEMBER');
BEGIN
  FOREACH role_name IN ARRAY ARRAY['llm_cost_ops_writer', 'llm_cost_ops_admin']
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I', role_name);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN', role_name);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role_name);
  END LOOP;
  IF on_rds AND NOT with_iam_before AND pg_has_role(current_user, 'rds_iam', 'MEMBER') THEN
    RAISE EXCEPTION '% would become a member of rds_iam and could not log in with its password any more', current_user;
  END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO llm_cost_ops_writer, llm_cost_ops_admin;

-- Includes pg_read_all_stats, and RDS's master user may grant this one.
GRANT pg_monitor TO llm_cost_ops_admin;

-- Poolers refuse these as start-up settings, so they are the roles' own.
ALTER ROLE llm_cost_ops_writer SET statement_timeout = '30s';
ALTER ROLE llm_cost_ops_admin SET statement_timeout = '30s';

SET LOCAL ROLE llm_cost_ops_owner;

-- A server that starts compares the schema with its own.
GRANT SELECT ON schema_migrations TO llm_cost_ops_api, llm_cost_ops_writer, llm_cost_ops_admin;
GRANT SELECT, INSERT, UPDATE ON users TO llm_cost_ops_writer;
GRANT SELECT, UPDATE ON users TO llm_cost_ops_admin;
GRANT SELECT ON model_prices TO llm_cost_ops_writer;
GRANT SELECT, INSERT ON model_prices TO llm_cost_ops_admin;
GRANT SELECT, INSERT, UPDATE ON llm_requests TO llm_cost_ops_writer;
GRANT SELECT, UPDATE ON llm_requests TO llm_cost_ops_admin;
GRANT SELECT ON user_cost_summary TO llm_cost_ops_admin;
