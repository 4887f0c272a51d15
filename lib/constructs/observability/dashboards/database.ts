import { Duration } from 'aws-cdk-lib';
import { MONTHS_AHEAD } from '../../../../lambda/database/constants';
import type { DatabaseProxy } from '../../database/database-proxy';
import type { DatabaseUpkeep } from '../../database/database-upkeep';
import type { PostgresDatabase } from '../../database/postgres-database';
import type { ApiMetrics } from '../api-metrics';
import { bound, type Limits } from './limits';
import { graph, type Panel } from './panels';
import { type DashboardContent, HEIGHT, type Section } from './platform-dashboard';

export interface DatabaseProps {
  /** PostgreSQL server that the dashboard shows. */
  readonly database: PostgresDatabase;
  /** RDS Proxy; null if the pooler is PgBouncer. */
  readonly proxy: DatabaseProxy | null;
  /** Scheduled maintenance of the database. */
  readonly upkeep: DatabaseUpkeep;
  /** Metrics that the API publishes; null without Container Insights, whose agent receives them. */
  readonly api: ApiMetrics | null;
  /** Limits of the environment's objectives, drawn into the graphs. */
  readonly limits: Limits;
  /** `max_connections` of the server, drawn as a limit. */
  readonly maxConnections: number;
}

/** Use of the server's resources, statements, connections and maintenance. */
export function database(props: DatabaseProps): DashboardContent {
  return {
    title: 'Database and pooler',
    question:
      'What is short: CPU, memory, disk, or connections? Requests that wait while the server is idle mean too few connections, or pinned ones; slow statements with a busy disk often mean a missing index.',
    range: Duration.hours(12),
    sections: [server(props), statementsAndConnections(props), ledger(props), upkeepOf(props.upkeep)],
  };
}

function server({ database, limits }: DatabaseProps): Section {
  const panels = [
    graph({
      title: 'CPU, %',
      unit: '%',
      max: 100,
      series: [{ metric: database.metricCpuUtilization(), label: 'CPU' }],
      limits: limits.of('database-cpu'),
    }),
    graph({
      title: 'Memory, %',
      unit: '%',
      max: 100,
      series: [{ metric: database.metricMemoryUtilization(), label: 'memory' }],
      limits: limits.of('database-memory'),
    }),
    graph({
      title: 'Disk, % of what it can do',
      unit: '%',
      series: [{ metric: database.metricDiskIoUtilization(), label: 'operations or throughput' }],
      limits: limits.of('database-disk-io'),
    }),
    graph({
      title: 'Free storage, GiB',
      unit: 'GiB',
      series: [{ metric: database.metricFreeStorage(), label: 'free' }],
      limits: limits.of('database-storage'),
    }),
  ];
  return { title: 'Server', lines: [{ height: HEIGHT.graph, panels }] };
}

function statementsAndConnections(props: DatabaseProps): Section {
  const { api, database, limits, maxConnections, proxy } = props;
  const panels = [
    graph({
      title: 'Slow statements in 5 min',
      unit: 'statements',
      series: [{ metric: database.metricSlowQueries(), label: 'slow statements' }],
      limits: limits.of('slow-queries'),
    }),
    graph({
      title: 'Connections of the server',
      unit: 'connections',
      series: [{ metric: database.metricDatabaseConnections({ statistic: 'Maximum' }), label: 'open' }],
      limits: [bound(maxConnections, 'max_connections')],
    }),
    ...(proxy === null ? [] : proxyPanels(proxy, limits)),
    ...(api === null
      ? []
      : [
          graph({
            title: 'Requests that wait for a connection, in the fullest pool',
            unit: 'requests',
            series: [{ metric: api.metricDatabasePoolWaiting(), label: 'waiting' }],
            limits: limits.of('pool-waiting'),
          }),
        ]),
    ...replicaPanels(database),
  ];
  // Up to four panels on one line; five or more on two lines.
  const lines = panels.length > 4 ? [panels.slice(0, 3), panels.slice(3)] : [panels];
  return {
    title: 'Statements and connections',
    lines: lines.map((line) => ({ height: HEIGHT.graph, panels: line })),
  };
}

function proxyPanels(proxy: DatabaseProxy, limits: Limits): Panel[] {
  return [
    graph({
      title: 'Connections of the proxy',
      unit: 'connections',
      series: [
        { metric: proxy.metricClientConnections(), label: 'from clients' },
        { metric: proxy.metricDatabaseConnections(), label: 'to the server' },
      ],
    }),
    graph({
      title: 'Pinned connections of the proxy',
      unit: 'connections',
      series: [{ metric: proxy.metricPinnedConnections(), label: 'pinned' }],
      limits: limits.of('pinned-connections'),
    }),
  ];
}

function replicaPanels(database: PostgresDatabase): Panel[] {
  const lags = database.metricsReplicaLag({ statistic: 'Maximum' });
  if (lags.length === 0) return [];
  return [
    graph({
      title: 'Replicas behind the server, s',
      unit: 's',
      series: lags.map((metric, index) => ({ metric, label: `replica ${index + 1}` })),
    }),
  ];
}

/** What the hourly function counts. */
function ledger({ limits, upkeep }: DatabaseProps): Section {
  const period = Duration.hours(1);
  const panels = [
    graph({
      title: 'Records refused in an hour',
      unit: 'records',
      series: [{ metric: upkeep.metricRejectedRecords(), label: 'refused' }],
      limits: limits.of('rejected-records'),
      period,
    }),
    graph({
      title: 'Requests of a day without a full price',
      unit: 'requests',
      series: [{ metric: upkeep.metricUnpricedRequests(), label: 'unpriced or partial' }],
      limits: limits.of('unpriced-requests'),
      period,
    }),
    graph({
      title: 'Requests active for more than an hour',
      unit: 'requests',
      series: [{ metric: upkeep.metricRequestsLeftActive(), label: 'left active' }],
      limits: limits.of('requests-left-active'),
      period,
    }),
  ];
  return { title: 'Ledger', lines: [{ height: HEIGHT.graph, panels }] };
}

function upkeepOf(upkeep: DatabaseUpkeep): Section {
  const panels = [
    graph({
      title: 'Refreshes of the cost roll-up in an hour',
      unit: 'refreshes',
      series: [{ metric: upkeep.metricRefreshed(), label: 'ended well' }],
      limits: [{ value: 1, label: '≥ 1', missed: 'below', severity: 'ticket' }],
      period: Duration.hours(1),
    }),
    graph({
      title: 'Longest refresh, ms, and rows of the roll-up',
      unit: 'ms',
      series: [{ metric: upkeep.metricRefreshDuration(), label: 'duration' }],
      right: { unit: 'rows', series: [{ metric: upkeep.metricRefreshRows(), label: 'rows (right)' }] },
      period: Duration.hours(1),
    }),
    graph({
      title: 'Coming months with a partition, last 30 days',
      unit: 'months',
      series: [{ metric: upkeep.metricMonthsAhead(), label: 'months ahead' }],
      right: {
        unit: 'failed runs',
        series: [{ metric: upkeep.metricPartitionErrors(), label: 'failed runs (right)' }],
      },
      limits: [{ value: MONTHS_AHEAD, label: `≥ ${MONTHS_AHEAD}`, missed: 'below', severity: 'ticket' }],
      period: Duration.days(1),
      lookBack: Duration.days(30),
    }),
  ];
  return { title: 'Upkeep', lines: [{ height: HEIGHT.graph, panels }] };
}
