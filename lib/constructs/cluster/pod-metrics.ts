import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';

export interface PodMetricsProps {
  /** EKS cluster of the pods, dimension `ClusterName`. */
  readonly clusterName: string;
  /** Kubernetes namespace of the pods, dimension `Namespace`. */
  readonly namespace: string;
  /** Deployment of the pods; Container Insights uses its name as `PodName`. */
  readonly workload: string;
}

/** Metrics of Container Insights on the pods of one Deployment. */
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

  /** Restarts of containers since a pod started, of the pod with most. */
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
