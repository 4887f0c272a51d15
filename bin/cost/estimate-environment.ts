import type { ConfigInput } from '../../lib/config/input';
import { loadEnvironment } from '../../lib/config/resolve-config';
import type { PriceTables } from './prices/price-table';
import { type CostReport, type ReportSettings, reportOf } from './report';
import { synthesizeEnvironment } from './synthesize-environment';

/**
 * What an environment of this repository costs a month.
 * @param settings with changes of the environment’s knobs
 * @param tablesOf prices by the environment’s region
 */
export function estimateEnvironment(
  environment: string,
  { changes = {}, ...settings }: ReportSettings & { readonly changes?: ConfigInput },
  tablesOf: (region: string) => PriceTables,
): CostReport {
  const config = loadEnvironment(environment, changes);
  return reportOf({
    ...synthesizeEnvironment(config),
    ...settings,
    environment,
    region: config.region,
    objectiveRequestsPerSecond: config.objectives.requestsPerSecond,
    tables: tablesOf(config.region),
  });
}
