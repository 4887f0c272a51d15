import { type Duration, Tags } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationProtocol,
  ApplicationTargetGroup,
  Protocol,
  type TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';

/** EKS Auto Mode may register targets only in groups that carry its cluster's name under this key. */
const AUTO_MODE_CLUSTER_TAG = 'eks:eks-cluster-name';

export interface PodTargetGroupProps {
  readonly vpc: IVpc;
  /** Name that the cluster's TargetGroupBinding finds the group by. */
  readonly targetGroupName: string;
  /** Port of the pods, for requests and health checks. */
  readonly port: number;
  readonly healthCheck: PodHealthCheck;
  /** How a target is chosen. A sticky client bypasses it after its first request. */
  readonly algorithm: 'least_outstanding_requests' | 'round_robin' | 'weighted_random';
  /** Life of the load balancer's own cookie; zero switches stickiness off. */
  readonly stickiness: Duration;
  /** Ramp of new targets; zero switches it off. */
  readonly slowStart: Duration;
  /** How long a leaving target may finish its requests. */
  readonly deregistrationDelay: Duration;
  /** Cluster of the pods, and what registers them. */
  readonly cluster: {
    readonly name: string;
    readonly loadBalancerController: 'eks-auto-mode' | 'aws-load-balancer-controller';
  };
}

export interface PodHealthCheck {
  readonly path: string;
  /** Time between two checks. */
  readonly interval: Duration;
  /** How long to wait for an answer; less than the interval. */
  readonly timeout: Duration;
  /** Good answers until a target is healthy. */
  readonly healthyThreshold: number;
  /** Bad answers until a target is unhealthy. */
  readonly unhealthyThreshold: number;
  /** HTTP codes of a good answer, e.g. `200-299`. */
  readonly matcher: string;
}

/** A target group of pods by their own addresses, which a TargetGroupBinding fills. */
export class PodTargetGroup extends ApplicationTargetGroup {
  constructor(scope: Construct, id: string, props: PodTargetGroupProps) {
    const { healthCheck } = props;
    super(scope, id, {
      vpc: props.vpc,
      targetGroupName: props.targetGroupName,
      targetType: TargetType.IP,
      protocol: ApplicationProtocol.HTTP,
      port: props.port,
      healthCheck: {
        enabled: true,
        protocol: Protocol.HTTP,
        port: String(props.port),
        path: healthCheck.path,
        interval: healthCheck.interval,
        timeout: healthCheck.timeout,
        healthyThresholdCount: healthCheck.healthyThreshold,
        unhealthyThresholdCount: healthCheck.unhealthyThreshold,
        healthyHttpCodes: healthCheck.matcher,
      },
      loadBalancingAlgorithmType: props.algorithm as TargetGroupLoadBalancingAlgorithmType,
      stickinessCookieDuration: unlessZero(props.stickiness),
      slowStart: unlessZero(props.slowStart),
      deregistrationDelay: props.deregistrationDelay,
    });
    const { name, loadBalancerController } = props.cluster;
    if (loadBalancerController === 'eks-auto-mode') Tags.of(this).add(AUTO_MODE_CLUSTER_TAG, name);
  }
}

function unlessZero(duration: Duration): Duration | undefined {
  return duration.toSeconds() === 0 ? undefined : duration;
}
