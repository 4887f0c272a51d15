import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ADMIN_NAME, API_NAME, NAMESPACE, REQUEST_COUNTER } from '../../lib/config/names';
import { cloudWatchLinks } from './cloudwatch-links';
import { dashboard, labelVariable } from './dashboard';
import type { GrafanaDashboard, PanelContent } from './grafana';
import { HEIGHT, type Section } from './layout';
import { atMost } from './limit';
import { graph } from './panels';
import { percentiles } from './percentiles';
import * as promql from './promql';
import { table } from './table';

const ALL_PODS = `${API_NAME}-.+`;

/** Matchers of the pods and routes that the dashboard's variables select. */
const CHOSEN_PODS = `namespace="${NAMESPACE}",pod=~"$pod"`;
const CHOSEN = `${CHOSEN_PODS},route=~"$route"`;
const GRAPH = { pods: CHOSEN, window: promql.GRAPH_WINDOW };
const NOW = { pods: CHOSEN, window: '5m', by: ['route'] };

/** Requests, errors and latency of the API by route and by pod, and the admin servers beside it. */
export function apiDashboard(config: ResolvedConfig): GrafanaDashboard {
  return dashboard(config, {
    name: 'api',
    title: 'API',
    description: 'Which route is busy, fails or is slow, and whether it is one pod or all.',
    variables: [
      labelVariable({
        name: 'route',
        label: 'Route',
        series: `${REQUEST_COUNTER}{${promql.podsOf(API_NAME)}}`,
        // Matches series without a route too.
        all: '.*',
      }),
      labelVariable({ name: 'pod', label: 'Pod', series: `up{${promql.podsOf(API_NAME)}}`, all: ALL_PODS }),
    ],
    sections: [
      requests(config),
      latency(config),
      routes(config),
      pods(config),
      admin(),
      cloudWatchLinks(config, 'the load balancer, its targets, CPU, memory and restarts of the pods', [
        'api',
      ]),
    ],
  });
}

function requests({ objectives }: ResolvedConfig): Section {
  return section('Requests and errors', [
    graph({
      title: 'Requests by route',
      description: 'Requests per second, over a minute as the autoscaler counts them.',
      unit: 'reqps',
      stacked: true,
      queries: [{ expr: promql.requestsPerSecond(CHOSEN, ['route']), legend: '{{route}}' }],
    }),
    graph({
      title: 'Failed requests by route',
      description: 'Requests per second with a status of 500 and above, by route and status.',
      unit: 'reqps',
      stacked: true,
      queries: [
        {
          expr: promql.errorsPerSecond({ ...GRAPH, by: ['route', 'status'] }),
          legend: '{{route}} {{status}}',
        },
      ],
    }),
    graph({
      title: `Error share ≤ ${objectives.errorRatePercent} %`,
      description: 'Share of requests with a status of 500 and above. Dashed: the objective.',
      unit: 'percent',
      queries: [{ expr: promql.errorShare(GRAPH), legend: 'errors' }],
      limits: [atMost(objectives.errorRatePercent)],
    }),
  ]);
}

/** One graph for each percentile: on a shared axis p99 would flatten the others. */
function latency(config: ResolvedConfig): Section {
  return section(
    'Latency',
    percentiles(config).map(({ name, percent, milliseconds }) =>
      graph({
        title: `Latency ${name} ≤ ${milliseconds} ms`,
        description: `${percent} % of the requests are answered in this time, as the API measures it: without the way to it. Dashed: the objective.`,
        unit: 'ms',
        queries: [{ expr: promql.latencyPercentile(percent, GRAPH), legend: name }],
        limits: [atMost(milliseconds)],
      }),
    ),
  );
}

function routes(config: ResolvedConfig): Section {
  const routesTable = table({
    title: 'Routes',
    description:
      'Every route with its load of the last minute, and its errors and latency of the last 5; click on a heading to sort.',
    rows: 'route',
    columns: [
      { name: 'Requests', unit: 'reqps', expr: promql.requestsPerSecond(CHOSEN, ['route']) },
      {
        name: 'Errors',
        unit: 'percent',
        decimals: 2,
        expr: promql.errorShare(NOW),
        limit: atMost(config.objectives.errorRatePercent),
      },
      ...percentiles(config).map(({ name, percent, milliseconds }) => ({
        name,
        unit: 'ms' as const,
        expr: promql.latencyPercentile(percent, NOW),
        limit: atMost(milliseconds),
      })),
    ],
  });
  return { title: 'Routes', lines: [{ height: HEIGHT.table, panels: [routesTable] }] };
}

function pods({ objectives }: ResolvedConfig): Section {
  return section('Pods', [
    graph({
      title: 'Requests by pod',
      description:
        'Requests per second of each pod. Sticky clients and long streams make them differ; a pod at zero gets none.',
      unit: 'reqps',
      queries: [{ expr: promql.requestsPerSecond(CHOSEN, ['pod']), legend: '{{pod}}' }],
    }),
    graph({
      title: 'Error share by pod',
      description: 'One pod alone: delete it. All: it is the code or what they ask. Dashed: the objective.',
      unit: 'percent',
      queries: [{ expr: promql.errorShare({ ...GRAPH, by: ['pod'] }), legend: '{{pod}}' }],
      limits: [atMost(objectives.errorRatePercent)],
    }),
    graph({
      title: 'Refused requests by reason',
      description:
        'Requests per second that overloaded pods answered with 503 and Retry-After, on all routes. They count as errors.',
      unit: 'reqps',
      stacked: true,
      queries: [
        {
          expr: promql.refusedRequests({ pods: CHOSEN_PODS, window: promql.GRAPH_WINDOW, by: ['reason'] }),
          legend: '{{reason}}',
        },
      ],
    }),
  ]);
}

function admin(): Section {
  const scope = { pods: promql.podsOf(ADMIN_NAME), window: promql.GRAPH_WINDOW };
  return section('Admin servers', [
    graph({
      title: 'Requests of the admin servers',
      description: 'Requests per second by route; the choices at the top do not apply.',
      unit: 'reqps',
      stacked: true,
      queries: [{ expr: promql.requestsPerSecond(scope.pods, ['route']), legend: '{{route}}' }],
    }),
    graph({
      title: 'Error share of the admin servers',
      description: 'Share of requests with a status of 500 and above. They have no objective.',
      unit: 'percent',
      queries: [{ expr: promql.errorShare(scope), legend: 'errors' }],
    }),
  ]);
}

function section(title: string, panels: readonly PanelContent[]): Section {
  return { title, lines: [{ height: HEIGHT.graph, panels }] };
}
