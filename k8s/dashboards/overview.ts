import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME } from '../../lib/config/names';
import { cloudWatchLinks } from './cloudwatch-links';
import { dashboard } from './dashboard';
import { errorBudgets } from './error-budgets';
import type { GrafanaDashboard, PanelContent } from './grafana';
import { HEIGHT, type Section } from './layout';
import { atLeast, atMost } from './limit';
import { graph, stat } from './panels';
import { percentiles } from './percentiles';
import * as promql from './promql';

const PODS = promql.podsOf(API_NAME);

/** The last 5 minutes, the window of the alarms. */
const NOW = { pods: PODS, window: '5m' };

const GRAPH = { pods: PODS, window: promql.GRAPH_WINDOW };

/** The objectives: whether each is met now, what is left of the error budgets, and how fast they burn. */
export function overviewDashboard(config: ResolvedConfig): GrafanaDashboard {
  return dashboard(config, {
    name: 'overview',
    title: 'Overview',
    description:
      'Whether the objectives are kept. From left to right: speed, errors, room, cache and providers.',
    sections: [
      { title: 'Objectives, last 5 minutes', lines: objectiveLines(config) },
      errorBudgets(config),
      traffic(config),
      cloudWatchLinks(
        config,
        "the load balancer's own refusals, CPU, memory, database, cache servers, CDN and cost",
        ['overview', 'cdn', 'cost'],
      ),
    ],
  });
}

function objectiveLines(config: ResolvedConfig): Section['lines'] {
  const { autoscaling, objectives } = config;
  return [
    { height: HEIGHT.stat, panels: [...latencies(config), errors(config)] },
    {
      height: HEIGHT.stat,
      panels: [
        stat({
          title: `Load (of ${objectives.requestsPerSecond}/s)`,
          description: `Requests per second, over the last minute. Above ${objectives.capacityUsedPercent} % of the ${objectives.requestsPerSecond} that are promised too little is left.`,
          unit: 'reqps',
          expr: promql.requestsPerSecond(PODS),
          limit: atMost(percentOf(objectives.capacityUsedPercent, objectives.requestsPerSecond)),
        }),
        stat({
          title: `Replicas (of ${autoscaling.hpa.maxReplicas})`,
          description: `API pods that answer Prometheus. At ${autoscaling.hpa.maxReplicas} the autoscaler has none left to add.`,
          unit: 'none',
          expr: promql.readyPods(PODS),
          limit: atMost(autoscaling.hpa.maxReplicas),
        }),
        stat({
          title: `Pool waiting ≤ ${objectives.poolWaiting}`,
          description: 'Requests that wait for a database connection in the replica where most do.',
          unit: 'none',
          expr: promql.poolConnections(PODS, 'waiting', 'max'),
          limit: atMost(objectives.poolWaiting),
        }),
        stat({
          title: `Cache hits ≥ ${objectives.cacheHitPercent} %`,
          description: 'Share of LLM answers that came from the cache.',
          unit: 'percent',
          expr: promql.cacheHitShare(NOW),
          limit: atLeast(objectives.cacheHitPercent),
          noValue: 'no look-ups',
        }),
        stat({
          title: `LLM response ≤ ${objectives.llmLatencyMilliseconds} ms`,
          description: 'Mean time that LLM providers take to answer.',
          unit: 'ms',
          expr: promql.llmMeanTime(NOW),
          limit: atMost(objectives.llmLatencyMilliseconds),
          noValue: 'no calls',
        }),
        stat({
          title: `LLM time-outs ≤ ${objectives.llmTimeoutPercent} %`,
          description: 'Share of calls of LLM providers that timed out.',
          unit: 'percent',
          expr: promql.llmOutcomeShare('timeout', NOW),
          limit: atMost(objectives.llmTimeoutPercent),
          noValue: 'no calls',
        }),
      ],
    },
  ];
}

function latencies(config: ResolvedConfig): PanelContent[] {
  return percentiles(config).map(({ name, percent, milliseconds }) =>
    stat({
      title: `Latency ${name} ≤ ${milliseconds} ms`,
      description: `${percent} % of the requests are answered in this time, as the API measures it.`,
      unit: 'ms',
      expr: promql.latencyPercentile(percent, NOW),
      limit: atMost(milliseconds),
      noValue: 'no requests',
    }),
  );
}

function errors({ objectives: { errorRatePercent } }: ResolvedConfig): PanelContent {
  return stat({
    title: `Errors ≤ ${errorRatePercent} %`,
    description: 'Share of requests that the API answered with a status of 500 and above.',
    unit: 'percent',
    decimals: 2,
    expr: promql.errorShare(NOW),
    limit: atMost(errorRatePercent),
    noValue: 'no requests',
  });
}

function traffic(config: ResolvedConfig): Section {
  return {
    title: 'Traffic',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: 'Requests',
            description: 'Requests per second of all API pods, without probes and scrapes.',
            unit: 'reqps',
            queries: [{ expr: promql.requestsPerSecond(PODS), legend: 'requests' }],
          }),
          graph({
            title: 'Latency',
            description:
              'Time in which 50, 95 and 99 % of the requests are answered. Dashed: the objectives.',
            unit: 'ms',
            queries: percentiles(config).map(({ name, percent }) => ({
              expr: promql.latencyPercentile(percent, GRAPH),
              legend: name,
            })),
            limits: percentiles(config).map(({ milliseconds }) => atMost(milliseconds)),
          }),
          graph({
            title: 'Errors',
            description: 'Share of requests with a status of 500 and above. Dashed: the objective.',
            unit: 'percent',
            queries: [{ expr: promql.errorShare(GRAPH), legend: 'errors' }],
            limits: [atMost(config.objectives.errorRatePercent)],
          }),
        ],
      },
    ],
  };
}

function percentOf(percent: number, whole: number): number {
  return (percent * whole) / 100;
}
