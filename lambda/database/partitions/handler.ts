/** Runs daily: creates partitions, detaches those past the retention period, and deletes what is kept for a time. */
import { withConnection } from '../../../service/database/connect';
import { required, requiredInteger } from '../connection/environment';
import { rdsLogin } from '../connection/rds';
import { DATABASE_METRICS as METRICS, MONTHS_AHEAD, DATABASE_ENVIRONMENT as NAMES } from '../constants';
import { type DatabaseMetric, metricsLine } from '../metrics';
import { deleteExpired } from '../retention/delete-expired';
import { expirePrompts } from '../retention/expire-prompts';
import { createPartitions, monthsAhead } from './create-partitions';
import { detachPartitions } from './detach-partitions';
import { monthOf } from './month';
import { requestPartitions } from './request-partitions';

/** `statement_timeout`, seconds, below the function's timeout: a detachment waits for all users of the table. */
const STATEMENT_TIMEOUT_SECONDS = 780;

/** Time after which no further slice of expired rows or prompts begins, ms; the next run goes on. */
const RETENTION_MS = 10 * 60_000;

/** What a run did. */
export interface PartitionsResult {
  /** Names of the partitions that were created. */
  readonly created: readonly string[];
  /** Names of the partitions that were detached. */
  readonly detached: readonly string[];
  /** Number of prompts that were deleted. */
  readonly promptsExpired: number;
  /** Number of rows that were deleted, by table. */
  readonly deleted: Readonly<Record<string, number>>;
}

/** @returns what was created, detached and deleted */
export async function handler(): Promise<PartitionsResult> {
  const started = Date.now();
  const month = monthOf(new Date(started));
  const settings = {
    ...rdsLogin(process.env, () => new Date()),
    applicationName: 'llm-cost-ops-partitions',
    statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
  };
  const environment = required(process.env, NAMES.environment);
  const retentionMonths = requiredInteger(process.env, NAMES.retentionMonths, 1, 120);
  const promptRetentionDays = requiredInteger(process.env, NAMES.promptRetentionDays, 1, 3660);
  const hasTime = () => Date.now() - started < RETENTION_MS;
  const report = (values: Partial<Record<DatabaseMetric, number>>) =>
    // Written to stdout, because console.log adds a prefix.
    process.stdout.write(`${metricsLine(values, environment, new Date())}\n`);

  return withConnection(settings, async (client) => {
    const created = await createPartitions(client, month - retentionMonths, month + MONTHS_AHEAD, month);
    report({ [METRICS.monthsAhead]: await monthsAhead(client, month) });
    const detached = await detachPartitions(client, month - retentionMonths);
    report({ [METRICS.detached]: detached.length });
    const deleted = await deleteExpired(client, hasTime);
    const partitions = await requestPartitions(client);
    const prompts = await expirePrompts(client, {
      partitions: partitions.filter(({ state }) => state === 'attached').map(({ name }) => name),
      defaultDays: promptRetentionDays,
      hasTime,
    });
    report({ [METRICS.promptsExpired]: prompts.expired, [METRICS.promptsLeft]: Number(prompts.left) });
    return { created, detached, promptsExpired: prompts.expired, deleted };
  });
}
