import { loadEnvironment } from '../../lib/config/resolve-config';
import { synthesizeEnvironment } from './environment';
import type { EstimateOptions } from './options';
import type { PriceTables } from './prices/price-table';
import { type CostReport, reportOf } from './report';

/** @param tablesOf prices by the environment’s region */
export function estimateEnvironment(
  environment: string,
  options: Pick<EstimateOptions, 'meanRequestsPerSecond' | 'instance' | 'assumptions'>,
  tablesOf: (region: string) => PriceTables,
): CostReport {
  const config = loadEnvironment(environment);
  return reportOf({
    ...synthesizeEnvironment(config),
    ...options,
    environment,
    region: config.region,
    objectiveRequestsPerSecond: config.objectives.requestsPerSecond,
    tables: tablesOf(config.region),
  });
}
