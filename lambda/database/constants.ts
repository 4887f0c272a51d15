/**
 * What the database functions and the stacks agree on. Imports nothing: it is the only file here that infrastructure
 * code may import.
 */

/** PostgreSQL roles that the migrations make (0001_roles.sql). */
export const DATABASE_ROLES = {
  /** Owns the schema; nobody logs in as it. */
  owner: 'llm_cost_ops_owner',
  /** May act as the owner. */
  migrator: 'llm_cost_ops_migrator',
  /** The API's and the admin servers' user. */
  api: 'llm_cost_ops_api',
  /** Refreshes the roll-ups. */
  rollup: 'llm_cost_ops_rollup',
  /** Reads costs and statistics, no prompts. */
  report: 'llm_cost_ops_report',
} as const;

/** Environment variables of the database functions. */
export const DATABASE_ENVIRONMENT = {
  /** Host of the server itself, never of a pooler: session locks do not survive one. */
  host: 'DATABASE_HOST',
  port: 'DATABASE_PORT',
  database: 'DATABASE_NAME',
  /** User who logs in with an IAM token; rollups and partitions. */
  user: 'DATABASE_USER',
  /** Secret of the master user, ARN; the migrator alone. */
  masterSecretArn: 'MASTER_SECRET_ARN',
  /** Secret of the API's user, ARN; the migrator alone, and only with password log-in. */
  apiSecretArn: 'API_SECRET_ARN',
  /** Months, a whole number, after which a partition is detached; partitions alone. */
  retentionMonths: 'RETENTION_MONTHS',
  /** Value of the metrics' dimension. */
  environment: 'ENVIRONMENT_NAME',
} as const;

/** CloudWatch metrics of the functions (embedded metric format). */
export const DATABASE_METRICS = {
  namespace: 'LlmCostOps/Database',
  /** Only dimension. */
  dimension: 'Environment',
  /** 1 a refresh that ended well. */
  refreshed: 'RollupRefreshed',
  /** Length of a refresh, ms. */
  refreshMilliseconds: 'RollupRefreshDuration',
  /** Rows of the roll-up after it. */
  refreshRows: 'RollupRows',
  /** 1 a refresh that did not start, for another one ran. */
  refreshSkipped: 'RollupRefreshSkipped',
  /** Whole months after the current one that have a partition. */
  monthsAhead: 'PartitionMonthsAhead',
  /** Partitions that were detached. */
  detached: 'PartitionsDetached',
} as const;

/** Folder of the SQL files inside the migrator's bundle. */
export const MIGRATIONS_FOLDER = 'migrations';

/** Partitions that are made ahead of the current month. */
export const MONTHS_AHEAD = 3;
