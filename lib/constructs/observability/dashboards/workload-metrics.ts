import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../../../lambda/predictive-scaler/constants';

/** Names of the scaler's metrics that have the dimension of a workload. */
type WorkloadMetric = Exclude<
  (typeof METRICS)[keyof typeof METRICS],
  | typeof METRICS.namespace
  | typeof METRICS.workloadDimension
  | typeof METRICS.shardDimension
  | typeof METRICS.heartbeat
  | typeof METRICS.runMilliseconds
>;

/** A metric that the scaler publishes for one workload. */
export function workloadMetric(workload: string, metricName: WorkloadMetric, statistic = 'Average'): Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: { [METRICS.workloadDimension]: workload },
    statistic,
  });
}

/**
 * Metrics Insights query for the workloads of this account and region with the highest, or lowest, values of
 * a metric.
 */
export function workloadsBy(
  order: 'highest' | 'lowest',
  statistic: 'AVG' | 'MAX' | 'MIN' | 'SUM',
  metricName: WorkloadMetric,
  count: number,
): string {
  const { namespace, workloadDimension: dimension } = METRICS;
  const direction = order === 'highest' ? 'DESC' : 'ASC';
  return `SELECT ${statistic}(${metricName}) FROM SCHEMA("${namespace}", ${dimension}) GROUP BY ${dimension} ORDER BY ${statistic}() ${direction} LIMIT ${count}`;
}
