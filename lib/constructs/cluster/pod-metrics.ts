import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';

export interface PodMetricsProps {
  readonly clusterName: string;
  readonly namespace: string;
  /** Deployment of the pods; Container Insights takes its name for the pods'. */
  readonly workload: string;
}

/** What Container Insights knows of the pods of one Deployment. */
export class PodMetrics {
  constructor(private readonly props: PodMetricsProps) {}

  /** CPU in use, percent of the pods' limit. */
  metricCpuUtilization(options?: MetricOptions): Metric {
    return this.metric('pod_cpu_utilization_over_pod_limit', options);
  }

  /** Memory in use, percent of the pods' limit. */
  metricMemoryUtilization(options?: MetricOptions): Metric {
    return this.metric('pod_memory_utilization_over_pod_limit', options);
  }

  /** Restarts of containers, each pod's number so far. */
  metricRestarts(options?: MetricOptions): Metric {
    return this.metric('pod_number_of_container_restarts', { statistic: 'Maximum', ...options });
  }

  private metric(metricName: string, options?: MetricOptions): Metric {
    const { clusterName, namespace, workload } = this.props;
    return new Metric({
      namespace: 'ContainerInsights',
      metricName,
      dimensionsMap: { ClusterName: clusterName, Namespace: namespace, PodName: workload },
      ...options,
    });
  }
}
