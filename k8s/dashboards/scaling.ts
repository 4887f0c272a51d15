import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME } from '../../lib/config/names';
import { scalesApi } from '../../lib/config/scaled-workloads';
import { cloudWatchLinks } from './cloudwatch-links';
import { dashboard } from './dashboard';
import type { GrafanaDashboard, PanelContent } from './grafana';
import { HEIGHT, type Section } from './layout';
import { atMost } from './limit';
import { graph } from './panels';
import * as promql from './promql';
import type { Query } from './query';

const PODS = promql.podsOf(API_NAME);

/** Load and capacity of the replicas, and the number of replicas between its bounds. */
export function scalingDashboard(config: ResolvedConfig): GrafanaDashboard {
  const { requestsPerSecond: target } = config.autoscaling.hpa;
  return dashboard(config, {
    name: 'scaling',
    title: 'Scaling',
    description: 'Whether there are enough replicas for the load, and what keeps the autoscaler from more.',
    sections: [
      {
        title: 'Load and replicas',
        lines: [{ height: HEIGHT.graph, panels: [load(config), replicas(config)] }],
      },
      ...(target === null ? [] : [requestsPerReplica(target)]),
      scrapes(),
      cloudWatchLinks(
        config,
        unmeasured(config),
        config.predictiveScaling === null ? ['api'] : ['scaling', 'api'],
      ),
    ],
  });
}

function load({ autoscaling: { hpa }, objectives }: ResolvedConfig): PanelContent {
  const target = hpa.requestsPerSecond;
  const capacity: Query[] =
    target === null
      ? []
      : [{ expr: `${promql.readyPods(PODS)} * ${target}`, legend: 'capacity of the replicas' }];
  return graph({
    title: `Load and capacity (${objectives.requestsPerSecond}/s promised)`,
    description:
      target === null
        ? 'Requests per second. The autoscaler does not follow them here.'
        : `Requests per second, and ${target} of them for each replica. Where the load is above, the autoscaler is late or at its end.`,
    unit: 'reqps',
    queries: [
      { expr: promql.requestsPerSecond(PODS), legend: 'load' },
      ...capacity,
      { expr: promql.constant(objectives.requestsPerSecond), legend: 'promised', bound: true },
    ],
  });
}

function replicas({ autoscaling: { hpa } }: ResolvedConfig): PanelContent {
  return graph({
    title: `Replicas (${hpa.minReplicas} to ${hpa.maxReplicas})`,
    description: `API pods that answer Prometheus, between the bounds of the configuration. Predictive scaling may raise the lower one for a while; its floor is in CloudWatch.`,
    unit: 'none',
    decimals: 0,
    queries: [
      { expr: promql.readyPods(PODS), legend: 'replicas' },
      { expr: promql.constant(hpa.minReplicas), legend: 'minReplicas', bound: true },
      { expr: promql.constant(hpa.maxReplicas), legend: 'maxReplicas', bound: true },
    ],
  });
}

/** @param target requests per second of one replica, the HPA's target */
function requestsPerReplica(target: number): Section {
  const perPod = promql.requestsPerSecond(PODS, ['namespace', 'pod']);
  return {
    title: `Target of the autoscaler: ${target} requests per second and replica`,
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: 'Use of the target (100 %)',
            description: `Mean of the replicas, percent of ${target} requests per second. The autoscaler acts below 90 and above 110 %. Dashed: the target.`,
            unit: 'percent',
            queries: [{ expr: `100 * avg(${perPod}) / ${target}`, legend: 'requests' }],
            limits: [atMost(100)],
          }),
          graph({
            title: `Requests per replica (target ${target}/s)`,
            description:
              'Of the busiest, the mean and the idlest. The autoscaler sees the mean alone: where they are far apart, the busiest is overloaded without a new replica.',
            unit: 'reqps',
            queries: [
              { expr: `max(${perPod})`, legend: 'busiest' },
              { expr: `avg(${perPod})`, legend: 'mean' },
              { expr: `min(${perPod})`, legend: 'idlest' },
            ],
            limits: [atMost(target)],
          }),
        ],
      },
    ],
  };
}

function scrapes(): Section {
  return {
    title: 'What the autoscaler cannot see',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: 'Pods without an answer (none)',
            description:
              'API pods that do not answer the scrape: starting, overloaded, or with too many series. While a pod has no metric the autoscaler takes it for idle on the way up and for busy on the way down.',
            unit: 'none',
            decimals: 0,
            queries: [{ expr: promql.silentPods(PODS), legend: 'silent' }],
            limits: [atMost(1)],
          }),
          graph({
            title: 'Pods without a rate (none)',
            description:
              'API pods that answer but have no requests per second: younger than two scrapes, or without http_requests_total.',
            unit: 'none',
            decimals: 0,
            queries: [
              {
                expr: `${promql.readyPods(PODS)} - (count(${promql.requestsPerSecond(PODS, ['pod'])}) or vector(0))`,
                legend: 'without a rate',
              },
            ],
            limits: [atMost(1)],
          }),
        ],
      },
    ],
  };
}

function unmeasured(config: ResolvedConfig): string {
  const { cpuUtilizationPercent: cpu, memoryUtilizationPercent: memory } = config.autoscaling.hpa;
  const targets = [
    ...(cpu === null ? [] : [`CPU (target ${cpu} %)`]),
    ...(memory === null ? [] : [`memory (target ${memory} %)`]),
  ];
  return [
    ...targets,
    ...(scalesApi(config) ? ['the forecast with its band', 'the floor'] : []),
    'healthy targets',
  ].join(', ');
}
