-- Who may do what. Runs as the user who migrates first, who needs CREATEROLE (RDS's master user, a superuser
-- elsewhere); every later file says SET LOCAL ROLE llm_cost_ops_owner.
--
--   llm_cost_ops_owner     owns the schema; nobody logs in as it
--   llm_cost_ops_migrator  may act as the owner: migrations, partitions
--   llm_cost_ops_api       reads and writes requests; its log-in (token or password) is set on each deployment
--   llm_cost_ops_rollup    refreshes the roll-ups
--   llm_cost_ops_report    reads everything but prompts, and the server's statistics

DO $$
DECLARE
  role_name text;
  on_rds boolean := EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam');
  with_iam_before boolean := on_rds AND pg_has_role(current_user, 'rds_iam', 'MEMBER');
BEGIN
  -- Roles are the whole server's: another database of it may have them already.
  FOREACH role_name IN ARRAY ARRAY['llm_cost_ops_owner', 'llm_cost_ops_migrator', 'llm_cost_ops_api',
    'llm_cost_ops_rollup', 'llm_cost_ops_report']
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I', role_name);
    END IF;
    IF role_name <> 'llm_cost_ops_owner' THEN
      EXECUTE format('ALTER ROLE %I LOGIN', role_name);
    END IF;
    -- On RDS these log in with IAM tokens only; the API may have a password instead.
    IF on_rds AND role_name NOT IN ('llm_cost_ops_owner', 'llm_cost_ops_api') THEN
      EXECUTE format('GRANT rds_iam TO %I', role_name);
    END IF;
  END LOOP;

  -- Whoever may create a role may not yet act as it. Never the migrator's, which has rds_iam: RDS asks members of
  -- that, however indirect, for a token, and the master user would not get in with its password any more.
  GRANT llm_cost_ops_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
  GRANT llm_cost_ops_owner TO llm_cost_ops_migrator WITH INHERIT TRUE, SET TRUE;
  IF on_rds AND NOT with_iam_before AND pg_has_role(current_user, 'rds_iam', 'MEMBER') THEN
    RAISE EXCEPTION '% would become a member of rds_iam and could not log in with its password any more', current_user;
  END IF;
END
$$;

DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format(
    'GRANT CONNECT ON DATABASE %I TO llm_cost_ops_migrator, llm_cost_ops_api, llm_cost_ops_rollup, llm_cost_ops_report',
    current_database());
  -- A refresh that blocks nobody compares by way of a temporary table, as the owner.
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO llm_cost_ops_owner', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO llm_cost_ops_api, llm_cost_ops_rollup, llm_cost_ops_report;
GRANT USAGE, CREATE ON SCHEMA public TO llm_cost_ops_owner;
ALTER TABLE schema_migrations OWNER TO llm_cost_ops_owner;

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
GRANT pg_monitor TO llm_cost_ops_report;

-- Poolers refuse these as start-up settings, so they are the roles' own.
ALTER ROLE llm_cost_ops_api SET statement_timeout = '30s';
ALTER ROLE llm_cost_ops_report SET statement_timeout = '5min';
ALTER ROLE llm_cost_ops_report SET default_transaction_read_only = on;
