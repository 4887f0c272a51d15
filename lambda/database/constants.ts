/**
 * The contract between the database functions and the stacks. It has no imports: infrastructure code may import only
 * this file of the folder.
 */

/** PostgreSQL roles that the migrations create (0001_roles.sql, 0006_service_roles.sql). */
export const DATABASE_ROLES = {
  /** Owns the schema; has no log-in. */
  owner: 'llm_cost_ops_owner',
  /** May act as the owner. */
  migrator: 'llm_cost_ops_migrator',
  /** The API's user for reads. */
  api: 'llm_cost_ops_api',
  /** The API's user for writes. */
  writer: 'llm_cost_ops_writer',
  /** The admin servers' user. */
  admin: 'llm_cost_ops_admin',
  /** Refreshes the roll-ups. */
  rollup: 'llm_cost_ops_rollup',
  /** Reads costs and statistics, but no prompts. */
  report: 'llm_cost_ops_report',
} as const;

/** Environment variables of the database functions. */
export const DATABASE_ENVIRONMENT = {
  /** Host of the server itself, never of a pooler: a pooler would break session locks. */
  host: 'DATABASE_HOST',
  port: 'DATABASE_PORT',
  database: 'DATABASE_NAME',
  /** User that logs in with an IAM token; roll-ups and partitions. */
  user: 'DATABASE_USER',
  /** Secret of the master user, ARN; migrator only. */
  masterSecretArn: 'MASTER_SECRET_ARN',
  /** Secret of the API's user, ARN; migrator only, and only with password authentication. */
  apiSecretArn: 'API_SECRET_ARN',
  /** Whole months after which a partition is detached; partitions function only. */
  retentionMonths: 'RETENTION_MONTHS',
  /** Value of the metrics' dimension `Environment`. */
  environment: 'ENVIRONMENT_NAME',
} as const;

/** CloudWatch metrics of the functions (embedded metric format). */
export const DATABASE_METRICS = {
  namespace: 'LlmCostOps/Database',
  /** The only dimension. */
  dimension: 'Environment',
  /** 1 for each successful refresh. */
  refreshed: 'RollupRefreshed',
  /** Duration of a refresh, ms. */
  refreshMilliseconds: 'RollupRefreshDuration',
  /** Rows of the roll-up after a refresh. */
  refreshRows: 'RollupRows',
  /** 1 for each refresh that was skipped because another one was running. */
  refreshSkipped: 'RollupRefreshSkipped',
  /** Whole months after the current one that have a partition. */
  monthsAhead: 'PartitionMonthsAhead',
  /** Number of detached partitions. */
  detached: 'PartitionsDetached',
} as const;

/** Folder of the SQL files inside the migrator's bundle. */
export const MIGRATIONS_FOLDER = 'migrations';

/** Months after the current one for which partitions are created. */
export const MONTHS_AHEAD = 3;
