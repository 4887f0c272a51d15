import { Duration } from 'aws-cdk-lib';
import type { PodMetrics } from '../../cluster/pod-metrics';
import type { ApiMetrics } from '../api-metrics';
import type { Limits } from './limits';
import { graph, type Panel } from './panels';
import { type DashboardContent, HEIGHT, type Section } from './platform-dashboard';
import { failedSharePanel, requestRatePanel, type TrafficProps } from './traffic';

export interface ApiProps extends TrafficProps {
  /** Metrics of the API's pods; null without Container Insights. */
  readonly pods: PodMetrics | null;
  /** Metrics that the API publishes; null without Container Insights, whose agent receives them. */
  readonly api: ApiMetrics | null;
}

/** Requests, errors and latency of the API, its pods, and the LLM providers that it calls. */
export function api(props: ApiProps): DashboardContent {
  return {
    title: 'API',
    question:
      'Who is slow or fails: the API, for want of pods, or what it waits for? Errors of the load balancer mean no healthy pod; slow answers with idle pods mean the database, the cache or an LLM provider.',
    range: Duration.hours(3),
    sections: [
      requests(props),
      latency(props),
      hosts(props),
      ...(props.api === null ? [] : [gateway(props.api, props), llm(props.api, props.limits)]),
    ],
  };
}

function requests(props: ApiProps): Section {
  const { limits, loadBalancer } = props;
  const panels = [
    requestRatePanel(props),
    failedSharePanel(props),
    graph({
      title: 'Errors by origin, count in 5 min',
      unit: 'requests',
      stacked: true,
      series: [
        { metric: loadBalancer.metricTarget5xx(), label: 'API 5xx' },
        { metric: loadBalancer.metricLoadBalancer5xx(), label: 'load balancer 5xx' },
        { metric: loadBalancer.metricTarget4xx(), label: 'API 4xx' },
        { metric: loadBalancer.metricLoadBalancer4xx(), label: 'load balancer 4xx' },
      ],
    }),
    graph({
      title: 'Connections',
      unit: 'connections',
      series: [{ metric: loadBalancer.metricOpenConnections(), label: 'open' }],
      right: {
        unit: 'new in 5 min',
        series: [{ metric: loadBalancer.metricNewConnections(), label: 'new in 5 min (right)' }],
      },
      limits: limits.of('concurrency'),
    }),
  ];
  return { title: 'Requests', lines: [{ height: HEIGHT.graph, panels }] };
}

function latency({ limits, loadBalancer }: ApiProps): Section {
  const panels = [50, 95, 99].map((percentile) =>
    graph({
      title: `Latency p${percentile}, ms`,
      unit: 'ms',
      series: [{ metric: loadBalancer.metricLatency(percentile), label: `p${percentile}` }],
      limits: limits.of(`latency-p${percentile}`),
    }),
  );
  return { title: 'Latency, until the API begins to answer', lines: [{ height: HEIGHT.graph, panels }] };
}

function hosts({ limits, loadBalancer, pods }: ApiProps): Section {
  const panels = [
    graph({
      title: 'Pods behind the load balancer',
      unit: 'pods',
      series: [
        { metric: loadBalancer.metricHealthyHosts({ statistic: 'Maximum' }), label: 'healthy' },
        { metric: loadBalancer.metricUnhealthyHosts({ statistic: 'Maximum' }), label: 'unhealthy' },
      ],
      limits: limits.of('healthy-hosts', 'replicas-at-maximum'),
    }),
    ...(pods === null ? [] : podPanels(pods, limits)),
  ];
  return { title: 'Pods', lines: [{ height: HEIGHT.graph, panels }] };
}

function podPanels(pods: PodMetrics, limits: Limits): Panel[] {
  return [
    graph({
      title: 'CPU, % of the limit',
      unit: '%',
      series: [{ metric: pods.metricCpuUtilization(), label: 'mean of the pods' }],
      limits: limits.of('api-cpu'),
    }),
    graph({
      title: 'Memory, % of the limit',
      unit: '%',
      series: [{ metric: pods.metricMemoryUtilization(), label: 'mean of the pods' }],
      limits: limits.of('api-memory'),
    }),
    graph({
      title: 'Restarts of the pod with most',
      unit: 'restarts',
      series: [{ metric: pods.metricRestarts(), label: 'so far' }],
    }),
  ];
}

function gateway(metrics: ApiMetrics, { limits, loadBalancer }: ApiProps): Section {
  const calls = [
    graph({
      title: 'Gateway: calls in 5 min',
      unit: 'calls',
      series: [
        { metric: metrics.metricGatewayCalls(), label: 'ended' },
        { metric: loadBalancer.metricGatewayRequests(), label: 'at the load balancer' },
        { metric: loadBalancer.metricGateway5xx(), label: '5xx, with providers' },
      ],
    }),
    graph({
      title: "Gateway: time besides the provider's, ms",
      unit: 'ms',
      series: [50, 99].map((percentile) => ({
        metric: metrics.metricGatewayOverhead(percentile),
        label: `p${percentile}`,
      })),
      limits: limits.of('gateway-overhead'),
    }),
    graph({
      title: 'Attempts at providers that failed, %',
      unit: '%',
      series: [{ metric: metrics.metricProviderErrorShare(), label: 'errors' }],
      limits: limits.of('provider-errors'),
    }),
    graph({
      title: 'Open breakers of the replica with most',
      unit: 'breakers',
      series: [{ metric: metrics.metricOpenBreakers(), label: 'open' }],
      limits: limits.of('breaker-open'),
    }),
  ];
  const ledger = [
    graph({
      title: 'Journal of the replica with most, %',
      unit: '%',
      max: 100,
      series: [{ metric: metrics.metricJournalUsed(), label: 'in use' }],
      limits: limits.of('journal-used'),
    }),
    graph({
      title: 'Calls that outlived their pod, in 5 min',
      unit: 'calls',
      series: [{ metric: metrics.metricCallsAbandoned(), label: 'abandoned' }],
    }),
    graph({
      title: 'Budgets, in 5 min',
      unit: 'budgets',
      series: [
        { metric: metrics.metricBudgetWarnings(), label: 'at their warning' },
        { metric: metrics.metricBudgetLimits(), label: 'at their limit' },
      ],
    }),
  ];
  return {
    title: 'Gateway',
    lines: [
      { height: HEIGHT.graph, panels: calls },
      { height: HEIGHT.graph, panels: ledger },
    ],
  };
}

function llm(metrics: ApiMetrics, limits: Limits): Section {
  const panels = [
    graph({
      title: 'LLM answers from the cache, %',
      unit: '%',
      max: 100,
      series: [{ metric: metrics.metricLlmCacheHitShare(), label: 'hits' }],
      limits: limits.of('llm-cache-hits'),
    }),
    graph({
      title: 'LLM providers: mean answer, ms',
      unit: 'ms',
      series: [{ metric: metrics.metricLlmResponseTime(), label: 'mean' }],
      limits: limits.of('llm-response-time'),
    }),
    graph({
      title: 'LLM calls that timed out, %',
      unit: '%',
      series: [{ metric: metrics.metricLlmTimeoutShare(), label: 'time-outs' }],
      limits: limits.of('llm-timeouts'),
    }),
    graph({
      title: 'LLM calls in 5 min',
      unit: 'calls',
      series: [{ metric: metrics.metricLlmCalls(), label: 'calls' }],
    }),
  ];
  return { title: 'LLM', lines: [{ height: HEIGHT.graph, panels }] };
}
