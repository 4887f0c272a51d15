import type { ResolvedConfig } from '../../lib/config/environment-config';
import { apiDashboard } from './api';
import { databaseDashboard } from './database';
import type { GrafanaDashboard } from './grafana';
import { llmDashboard } from './llm';
import { overviewDashboard } from './overview';
import { scalingDashboard } from './scaling';

/** Names of the dashboards, in the order in which to look. */
export type DashboardName = 'overview' | 'api' | 'database' | 'llm' | 'scaling';

/**
 * Grafana's dashboards of an environment, for the metrics of its Prometheus. Pure; as JSON, Grafana imports each by
 * hand as well.
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
