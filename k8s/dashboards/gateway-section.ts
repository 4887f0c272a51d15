import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME } from '../../lib/config/names';
import { PROMETHEUS_METRICS } from '../../service/contract';
import type { PanelContent } from './grafana';
import { HEIGHT, type Section } from './layout';
import { atMost } from './limit';
import { graph } from './panels';
import * as promql from './promql';

const PODS = promql.podsOf(API_NAME);
const ALL = { pods: PODS, window: promql.GRAPH_WINDOW };
const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** Calls of the gateway: how full the pods are, how calls end, what the gateway adds, and what waits for the database. */
export function gatewaySection(config: ResolvedConfig): Section {
  return {
    title: 'Gateway',
    lines: [
      { height: HEIGHT.graph, panels: calls(config) },
      { height: HEIGHT.graph, panels: trouble(config) },
    ],
  };
}

function calls({ gateway, objectives }: ResolvedConfig): PanelContent[] {
  const { gatewayOverheadMilliseconds: limit } = objectives;
  return [
    graph({
      title: `Calls in flight (of ${gateway.maxConnections} slots)`,
      description:
        'Calls under way and in the queue of each pod. The HPA adds pods by their mean of a minute.',
      unit: 'none',
      queries: [
        {
          expr: `sum by (pod) (${PROMETHEUS_METRICS.gatewayCallsInFlight}{${PODS}})`,
          legend: '{{pod}}',
        },
      ],
      limits: [atMost(gateway.maxConnections)],
    }),
    graph({
      title: 'Gateway calls by outcome',
      description: 'Calls per second when they end. Only "error" is the fault of the gateway.',
      unit: 'reqps',
      stacked: true,
      queries: [{ expr: promql.gatewayCalls({ ...ALL, by: ['outcome'] }), legend: '{{outcome}}' }],
    }),
    graph({
      title: `Time of the gateway p99 ≤ ${limit} ms`,
      description: "Time of a call besides its provider's. Dashed: the objective.",
      unit: 'ms',
      queries: [{ expr: promql.gatewayOverhead(99, ALL), legend: 'p99' }],
      limits: [atMost(limit)],
    }),
  ];
}

function trouble({ gateway, objectives: { journalUsedPercent: limit } }: ResolvedConfig): PanelContent[] {
  return [
    graph({
      title: 'Failed attempts by provider and kind',
      description: 'Attempts per second that failed, before retries and fallbacks.',
      unit: 'reqps',
      queries: [
        {
          expr: promql.providerErrors({ ...ALL, by: ['provider', 'kind'] }),
          legend: '{{provider}} {{kind}}',
        },
      ],
    }),
    graph({
      title: 'Open breakers',
      description: 'Breakers that are open, in the pod with most.',
      unit: 'none',
      queries: [
        { expr: `max by (provider) (${PROMETHEUS_METRICS.breakerOpen}{${PODS}})`, legend: '{{provider}}' },
      ],
    }),
    graph({
      title: `Journal ≤ ${limit} %`,
      description: `Share of its ${gateway.journalMebibytes} MiB that the fullest journal uses. A full one refuses new calls.`,
      unit: 'percent',
      max: 100,
      queries: [
        {
          expr: `100 * max(${PROMETHEUS_METRICS.journalBytes}{${PODS}}) / ${gateway.journalMebibytes * BYTES_PER_MEBIBYTE}`,
          legend: 'fullest',
        },
      ],
      limits: [atMost(limit)],
    }),
  ];
}
