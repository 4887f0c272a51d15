import type { ResolvedConfig } from '../../lib/config/environment-config';
import { apiDashboard } from './api';
import { databaseDashboard } from './database';
import type { GrafanaDashboard } from './grafana';
import { llmDashboard } from './llm';
import { overviewDashboard } from './overview';
import { scalingDashboard } from './scaling';

/** Last part of each dashboard's uid, in the order in which to read them. */
export type DashboardName = 'overview' | 'api' | 'database' | 'llm' | 'scaling';

/**
 * Grafana dashboards of an environment for the metrics of its Prometheus. Pure. Each can also be imported into Grafana
 * by hand, as JSON.
 */
export function grafanaDashboards(config: ResolvedConfig): Record<DashboardName, GrafanaDashboard> {
  return {
    overview: overviewDashboard(config),
    api: apiDashboard(config),
    database: databaseDashboard(config),
    llm: llmDashboard(config),
    scaling: scalingDashboard(config),
  };
}
