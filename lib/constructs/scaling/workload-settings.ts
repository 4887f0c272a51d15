import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricSettings, WorkloadSettings } from '../../../lambda/predictive-scaler/constants';
import type { ResolvedWorkload } from '../../config/environment-config';
import type { LoadBalancer } from '../load-balancer/load-balancer';

/**
 * Settings of a workload for the scaler: words such as `all-requests` and `api-healthy-hosts` replaced by the metrics
 * they mean.
 */
export function workloadSettings(workload: ResolvedWorkload, loadBalancer: LoadBalancer): WorkloadSettings {
  const { alwaysOn, load, stepMinutes } = workload;
  return {
    ...workload,
    load:
      typeof load === 'string'
        ? settingsOf(requestsOf(load, loadBalancer), 'Sum', 1 / (60 * stepMinutes))
        : load,
    alwaysOn:
      alwaysOn === 'api-healthy-hosts'
        ? settingsOf(loadBalancer.metricHealthyHosts(), 'Maximum', 1)
        : alwaysOn,
  };
}

function requestsOf(load: Extract<ResolvedWorkload['load'], string>, loadBalancer: LoadBalancer): Metric {
  switch (load) {
    case 'all-requests':
      return loadBalancer.metricRequestCount();
    case 'api-requests':
      return loadBalancer.metricApiRequests();
    case 'gateway-requests':
      return loadBalancer.metricGatewayRequests();
  }
}

function settingsOf(
  { namespace, metricName, dimensions = {} }: Metric,
  statistic: MetricSettings['statistic'],
  scale: number,
): MetricSettings {
  return { namespace, name: metricName, dimensions, statistic, scale };
}
