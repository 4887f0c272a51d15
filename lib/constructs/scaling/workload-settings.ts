import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricSettings, WorkloadSettings } from '../../../lambda/predictive-scaler/constants';
import type { ResolvedWorkload } from '../../config/environment-config';
import type { LoadBalancer } from '../load-balancer/load-balancer';

/**
 * Settings of a workload for the scaler: `api-requests` and `api-healthy-hosts` replaced by the metrics they
 * mean.
 */
export function workloadSettings(workload: ResolvedWorkload, loadBalancer: LoadBalancer): WorkloadSettings {
  const { alwaysOn, load, stepMinutes } = workload;
  return {
    ...workload,
    load:
      load === 'api-requests'
        ? settingsOf(loadBalancer.metricApiRequests(), 'Sum', 1 / (60 * stepMinutes))
        : load,
    alwaysOn:
      alwaysOn === 'api-healthy-hosts'
        ? settingsOf(loadBalancer.metricHealthyHosts(), 'Maximum', 1)
        : alwaysOn,
  };
}

function settingsOf(
  { namespace, metricName, dimensions = {} }: Metric,
  statistic: MetricSettings['statistic'],
  scale: number,
): MetricSettings {
  return { namespace, name: metricName, dimensions, statistic, scale };
}
