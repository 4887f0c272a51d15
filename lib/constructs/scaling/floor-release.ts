import { Duration, Size } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { SCALER_GROUP, SWITCH_RETRY } from '../../../lambda/predictive-scaler/constants';
import type { KubernetesApi } from '../cluster/kubernetes-api';
import { VpcFunction, type VpcFunctionProps } from '../functions/vpc-function';

export interface FloorReleaseProps
  extends Omit<
    VpcFunctionProps,
    'concurrency' | 'description' | 'entry' | 'eventMaxAge' | 'memory' | 'retries' | 'timeout'
  > {
  /** Kubernetes API of the HPAs. */
  readonly kubernetesApi: KubernetesApi;
}

/**
 * The function that releases floors when a dead man's switch was not pushed ahead: small, with no right but to use the
 * Kubernetes API, and with reserved concurrency.
 */
export class FloorRelease extends VpcFunction {
  constructor(scope: Construct, id: string, { kubernetesApi, ...props }: FloorReleaseProps) {
    super(scope, id, {
      ...props,
      description: 'Releases the floors of HPAs whose lease has run out',
      entry: 'lambda/predictive-scaler/release/handler.ts',
      memory: Size.mebibytes(256),
      // Enough for two requests per workload with their retries, for all workloads of a schedule.
      timeout: Duration.minutes(5),
      concurrency: 1,
      eventMaxAge: Duration.seconds(SWITCH_RETRY.maximumEventAgeSeconds),
      retries: 2, // the most that Lambda does
    });
    kubernetesApi.admit(this, SCALER_GROUP);
  }

  /** Runs in which at least one floor could not be released. */
  metricFailedReleases(options?: MetricOptions): Metric {
    return this.metricErrors({ statistic: 'Sum', ...options });
  }
}
