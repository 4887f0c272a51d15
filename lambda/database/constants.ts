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
  /** Secrets of the service's users, ARNs; migrator only, and only with password authentication. */
  apiSecretArn: 'API_SECRET_ARN',
  writerSecretArn: 'WRITER_SECRET_ARN',
  adminSecretArn: 'ADMIN_SECRET_ARN',
  /** Whole months that requests stay in the table; migrator and partitions function. */
  retentionMonths: 'RETENTION_MONTHS',
  /** Whole days after which prompts are deleted; partitions function only. */
  promptRetentionDays: 'PROMPT_RETENTION_DAYS',
  /** Hours between two refreshes of the summary by user; roll-ups only. */
  summaryRefreshHours: 'SUMMARY_REFRESH_HOURS',
  /** Value of the metrics' dimension `Environment`. */
  environment: 'ENVIRONMENT_NAME',
} as const;

/** CloudWatch metrics of the functions (embedded metric format). */
export const DATABASE_METRICS = {
  namespace: 'LlmCostOps/Database',
  /** The only dimension. */
  dimension: 'Environment',
  /** 1 for each successful run: cost roll-ups and, where it was due, the summary by user. */
  refreshed: 'RollupRefreshed',
  /** Duration of a run, ms. */
  refreshMilliseconds: 'RollupRefreshDuration',
  /** Rows of the summary by user after its refresh. */
  refreshRows: 'RollupRows',
  /** Hours of the cost roll-ups that were added up, new and changed ones. */
  hoursRefreshed: 'RollupHoursRefreshed',
  /** Ended or changed hours that the cost roll-ups do not hold yet. */
  hoursBehind: 'RollupHoursBehind',
  /** 1 for each refresh that was skipped because another one was running. */
  refreshSkipped: 'RollupRefreshSkipped',
  /** Records that were refused in the last hour. */
  recordsRejected: 'RecordsRejected',
  /** Requests of the last day that have no price, or only a part of one. */
  requestsUnpriced: 'RequestsUnpriced',
  /** Requests that have been active for more than an hour. */
  requestsLeftActive: 'RequestsLeftActive',
  /** Whole months after the current one that have a partition. */
  monthsAhead: 'PartitionMonthsAhead',
  /** Number of detached partitions. */
  detached: 'PartitionsDetached',
  /** Number of prompts that were deleted because they are older than their retention. */
  promptsExpired: 'PromptsExpired',
  /** 1 for each run that ended with prompts left to delete. */
  promptsLeft: 'PromptsLeftToExpire',
} as const;

/** Folder of the SQL files inside the migrator's bundle. */
export const MIGRATIONS_FOLDER = 'migrations';

/** Months after the current one for which partitions are created. */
export const MONTHS_AHEAD = 3;
