/** Runs hourly: refreshes the roll-up and writes metrics about it. */
import { withConnection } from '../../../service/database/connect';
import { required } from '../connection/environment';
import { rdsLogin } from '../connection/rds';
import { DATABASE_ENVIRONMENT, DATABASE_METRICS as METRICS } from '../constants';
import { type DatabaseMetric, metricsLine } from '../metrics';
import { type RefreshResult, refreshRollup } from './refresh-rollup';

/** `statement_timeout`, seconds, below the function's timeout, so that the server ends the statement with an error. */
const STATEMENT_TIMEOUT_SECONDS = 780;

/** @returns whether the roll-up was refreshed, and its rows */
export async function handler(): Promise<RefreshResult> {
  const started = Date.now();
  const settings = {
    ...rdsLogin(process.env, () => new Date()),
    applicationName: 'llm-cost-ops-rollup',
    statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
  };
  const environment = required(process.env, DATABASE_ENVIRONMENT.environment);
  const result = await withConnection(settings, refreshRollup);
  // Written to stdout, because console.log adds a prefix.
  process.stdout.write(`${metricsLine(metricsOf(result, Date.now() - started), environment, new Date())}\n`);
  return result;
}

function metricsOf(result: RefreshResult, milliseconds: number): Partial<Record<DatabaseMetric, number>> {
  switch (result.outcome) {
    case 'skipped':
      return { [METRICS.refreshSkipped]: 1 };
    case 'refreshed':
      return {
        [METRICS.refreshed]: 1,
        [METRICS.refreshMilliseconds]: milliseconds,
        [METRICS.refreshRows]: result.rows,
      };
  }
}
