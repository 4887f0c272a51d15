import { pgBouncerLimits } from '../../lib/config/connection-budget';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ADMIN_NAME, API_NAME } from '../../lib/config/names';
import { cloudWatchLinks } from './cloudwatch-links';
import { dashboard } from './dashboard';
import type { GrafanaDashboard } from './grafana';
import { HEIGHT, type Section } from './layout';
import { atMost } from './limit';
import { graph } from './panels';
import * as pgbouncer from './pgbouncer-promql';
import * as promql from './promql';

const API_PODS = promql.podsOf(API_NAME);
const ADMIN_PODS = promql.podsOf(ADMIN_NAME);

/** Database connections as the pods see them: their own pools, and PgBouncer where it is the pooler. */
export function databaseDashboard(config: ResolvedConfig): GrafanaDashboard {
  return dashboard(config, {
    name: 'database',
    title: 'Database and pooler',
    description: 'Whether requests wait for a connection, and where: in their own pool or at the pooler.',
    sections: [
      clientPools(config),
      ...(config.database.pooler === 'pgbouncer'
        ? [clientsOfPgBouncer(config), serversOfPgBouncer(config)]
        : []),
      cloudWatchLinks(
        config,
        `the database${config.database.pooler === 'rds-proxy' ? ' and RDS Proxy' : ''}`,
        ['database'],
      ),
    ],
  });
}

function clientPools({ database, objectives }: ResolvedConfig): Section {
  const { clientPool, maxClientConnections } = database;
  return {
    title: 'Pools inside the pods',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: 'Connections of the API',
            description: `All replicas together. Each opens ${clientPool.max} at most.`,
            unit: 'none',
            stacked: true,
            queries: [
              { expr: promql.poolConnections(API_PODS, 'active'), legend: 'active' },
              { expr: promql.poolConnections(API_PODS, 'idle'), legend: 'idle' },
            ],
          }),
          graph({
            title: `Fullest pool (of ${clientPool.max})`,
            description: `Active connections of the replica that has most of them. At ${clientPool.max} its next request waits.`,
            unit: 'none',
            queries: [{ expr: promql.poolConnections(API_PODS, 'active', 'max'), legend: 'active' }],
            limits: [atMost(clientPool.max)],
          }),
          graph({
            title: `Waiting ≤ ${objectives.poolWaiting}`,
            description: `Requests that wait for a connection in the replica where most do; after ${clientPool.connectionTimeoutSeconds} s they fail. Dashed: the objective.`,
            unit: 'none',
            queries: [{ expr: promql.poolConnections(API_PODS, 'waiting', 'max'), legend: 'waiting' }],
            limits: [atMost(objectives.poolWaiting)],
          }),
          graph({
            title: `Client connections (of ${maxClientConnections})`,
            description: `What API and admin servers have open. Dashed: ${maxClientConnections}, what the pooler is sized for (database.maxClientConnections).`,
            unit: 'none',
            stacked: true,
            queries: [
              { expr: openConnections(API_PODS), legend: 'API' },
              { expr: openConnections(ADMIN_PODS), legend: 'admin' },
            ],
            limits: [atMost(maxClientConnections)],
          }),
        ],
      },
    ],
  };
}

function clientsOfPgBouncer({ database }: ResolvedConfig): Section {
  const { clientPool, pgbouncer: settings } = database;
  return {
    title: 'PgBouncer: clients',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: 'Clients of PgBouncer',
            description: 'Linked to a connection of the database, and waiting for one.',
            unit: 'none',
            stacked: true,
            queries: [
              { expr: pgbouncer.pgBouncerConnections('clientsActive'), legend: 'active' },
              { expr: pgbouncer.pgBouncerConnections('clientsWaiting'), legend: 'waiting' },
            ],
          }),
          graph({
            title: `Longest wait ≤ ${clientPool.connectionTimeoutSeconds} s`,
            description: `How long the client that waits longest has waited. Dashed: where clients give up.`,
            unit: 's',
            queries: [{ expr: pgbouncer.pgBouncerLongestWait(), legend: 'longest wait' }],
            limits: [atMost(clientPool.connectionTimeoutSeconds)],
          }),
          graph({
            title: `PgBouncers (of ${settings.replicas})`,
            description: 'Those that answer their exporter.',
            unit: 'none',
            queries: [
              { expr: pgbouncer.pgBouncersUp(), legend: 'up' },
              { expr: promql.constant(settings.replicas), legend: 'wanted', bound: true },
            ],
          }),
        ],
      },
    ],
  };
}

function serversOfPgBouncer({ database }: ResolvedConfig): Section {
  const { maxServerConnections } = pgBouncerLimits({ database });
  const window = promql.GRAPH_WINDOW;
  return {
    title: 'PgBouncer: database',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: 'Connections to the database',
            description: 'Of all PgBouncers. Active ones run a query or a transaction.',
            unit: 'none',
            stacked: true,
            queries: [
              { expr: pgbouncer.pgBouncerConnections('serversActive'), legend: 'active' },
              { expr: pgbouncer.pgBouncerConnections('serversIdle'), legend: 'idle' },
            ],
          }),
          graph({
            title: `Connections by PgBouncer ≤ ${maxServerConnections}`,
            description: `Dashed: ${maxServerConnections}, all that one PgBouncer may open, its readiness query included. Near it clients wait.`,
            unit: 'none',
            queries: [{ expr: pgbouncer.pgBouncerServersByPod(), legend: '{{pod}}' }],
            limits: [atMost(maxServerConnections)],
          }),
          graph({
            title: 'Queries',
            description: 'Queries per second through all PgBouncers.',
            unit: 'none',
            queries: [{ expr: pgbouncer.pgBouncerQueriesPerSecond(window), legend: 'queries/s' }],
          }),
          graph({
            title: 'Mean time of a query',
            description: 'In the database, and before that waiting for a connection to it.',
            unit: 'ms',
            stacked: true,
            queries: [
              { expr: pgbouncer.pgBouncerMeanTime('querySeconds', window), legend: 'in the database' },
              { expr: pgbouncer.pgBouncerMeanTime('waitSeconds', window), legend: 'waiting' },
            ],
          }),
        ],
      },
    ],
  };
}

function openConnections(pods: string): string {
  return `${promql.poolConnections(pods, 'active')} + ${promql.poolConnections(pods, 'idle')}`;
}
