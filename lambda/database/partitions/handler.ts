/** Runs daily: creates the partitions of the coming months and detaches those past the retention period. */
import { withConnection } from '../../../service/database/connect';
import { required, requiredInteger } from '../connection/environment';
import { rdsLogin } from '../connection/rds';
import { DATABASE_METRICS as METRICS, MONTHS_AHEAD, DATABASE_ENVIRONMENT as NAMES } from '../constants';
import { type DatabaseMetric, metricsLine } from '../metrics';
import { createPartitions, monthsAhead } from './create-partitions';
import { detachPartitions } from './detach-partitions';
import { monthOf } from './month';

/** `statement_timeout`, seconds, below the function's timeout: a detachment waits for all users of the table. */
const STATEMENT_TIMEOUT_SECONDS = 780;

/** @returns names of the partitions that were created and detached */
export async function handler(): Promise<{ created: string[]; detached: string[] }> {
  const now = new Date();
  const month = monthOf(now);
  const settings = {
    ...rdsLogin(process.env, () => new Date()),
    applicationName: 'llm-cost-ops-partitions',
    statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
  };
  const environment = required(process.env, NAMES.environment);
  const retentionMonths = requiredInteger(process.env, NAMES.retentionMonths, 1, 120);
  const report = (values: Partial<Record<DatabaseMetric, number>>) =>
    // Written to stdout, because console.log adds a prefix.
    process.stdout.write(`${metricsLine(values, environment, new Date())}\n`);

  return withConnection(settings, async (client) => {
    const created = await createPartitions(client, month, month + MONTHS_AHEAD);
    report({ [METRICS.monthsAhead]: await monthsAhead(client, month) });
    const detached = await detachPartitions(client, month - retentionMonths);
    report({ [METRICS.detached]: detached.length });
    return { created, detached };
  });
}
