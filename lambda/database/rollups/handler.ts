/** Runs hourly: refreshes the cost roll-ups and the summary by user, and writes metrics about them. */
import { withConnection } from '../../../service/database/connect';
import { required, requiredInteger } from '../connection/environment';
import { rdsLogin } from '../connection/rds';
import { DATABASE_ENVIRONMENT, DATABASE_METRICS as METRICS } from '../constants';
import { type DatabaseMetric, metricsLine } from '../metrics';
import { type LedgerMeasures, measureLedger } from './measure-ledger';
import { type CostsResult, refreshCosts } from './refresh-costs';
import { type RefreshResult, refreshRollup } from './refresh-rollup';

/** `statement_timeout`, seconds, below the function's timeout, so that the server ends the statement with an error. */
const STATEMENT_TIMEOUT_SECONDS = 780;

/** Time after which no further day of the cost roll-ups begins, ms; the next run goes on. */
const COSTS_MS = 6 * 60_000;

/** Results of both refreshes; the summary is null in the hours in which it is not refreshed. */
export interface RollupResult {
  readonly costs: CostsResult;
  readonly summary: RefreshResult | null;
}

/** @returns what was refreshed */
export async function handler(): Promise<RollupResult> {
  const started = Date.now();
  const settings = {
    ...rdsLogin(process.env, () => new Date()),
    applicationName: 'llm-cost-ops-rollup',
    statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
  };
  const environment = required(process.env, DATABASE_ENVIRONMENT.environment);
  const summaryHours = requiredInteger(process.env, DATABASE_ENVIRONMENT.summaryRefreshHours, 1, 24);
  const report = (values: Partial<Record<DatabaseMetric, number>>) =>
    // Written to stdout, because console.log adds a prefix.
    process.stdout.write(`${metricsLine(values, environment, new Date())}\n`);

  return withConnection(settings, async (client) => {
    const costs = await refreshCosts(client, () => Date.now() - started < COSTS_MS);
    report(costsMetrics(costs));
    report(ledgerMetrics(await measureLedger(client)));
    const due = new Date(started).getUTCHours() % summaryHours === 0;
    const summary = due ? await refreshRollup(client) : null;
    report({ ...summaryMetrics(summary), [METRICS.refreshMilliseconds]: Date.now() - started });
    return { costs, summary };
  });
}

function costsMetrics(result: CostsResult): Partial<Record<DatabaseMetric, number>> {
  switch (result.outcome) {
    case 'skipped':
      return { [METRICS.refreshSkipped]: 1 };
    case 'refreshed':
      return { [METRICS.hoursRefreshed]: result.hours, [METRICS.hoursBehind]: result.hoursBehind };
  }
}

function ledgerMetrics(measures: LedgerMeasures): Partial<Record<DatabaseMetric, number>> {
  return {
    [METRICS.recordsRejected]: measures.rejected,
    [METRICS.requestsUnpriced]: measures.unpriced,
    [METRICS.requestsLeftActive]: measures.leftActive,
  };
}

function summaryMetrics(result: RefreshResult | null): Partial<Record<DatabaseMetric, number>> {
  switch (result?.outcome) {
    case 'skipped':
      return { [METRICS.refreshSkipped]: 1 };
    case 'refreshed':
      return { [METRICS.refreshed]: 1, [METRICS.refreshRows]: result.rows };
    case undefined:
      return { [METRICS.refreshed]: 1 };
  }
}
