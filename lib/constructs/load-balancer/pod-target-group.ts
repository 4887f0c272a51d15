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

/** EKS Auto Mode may register targets only in target groups with this tag, whose value is the cluster's name. */
const AUTO_MODE_CLUSTER_TAG = 'eks:eks-cluster-name';

export interface PodTargetGroupProps {
  /** VPC in which the pods have their addresses. */
  readonly vpc: IVpc;
  /** Name of the target group; the cluster's TargetGroupBinding finds it by this name. */
  readonly targetGroupName: string;
  /** Port of the pods, for requests and health checks. */
  readonly port: number;
  /** How the ALB checks whether a pod is healthy. */
  readonly healthCheck: PodHealthCheck;
  /** How the ALB chooses a target; a sticky client's later requests skip it. */
  readonly algorithm: 'least_outstanding_requests' | 'round_robin' | 'weighted_random';
  /** Lifetime of the ALB's stickiness cookie; zero switches stickiness off. */
  readonly stickiness: Duration;
  /** Slow start: time over which a new target's share of requests rises; zero switches it off. */
  readonly slowStart: Duration;
  /** How long a deregistering target may finish its requests. */
  readonly deregistrationDelay: Duration;
  /** Cluster of the pods, and the controller that registers them as targets. */
  readonly cluster: {
    /** EKS cluster name. */
    readonly name: string;
    /** Controller that serves TargetGroupBindings in the cluster. */
    readonly loadBalancerController: 'eks-auto-mode' | 'aws-load-balancer-controller';
  };
}

/** HTTP health check of each pod, on the port for requests. */
export interface PodHealthCheck {
  /** HTTP path of the check, e.g. `/health`. */
  readonly path: string;
  /** Time between two checks. */
  readonly interval: Duration;
  /** How long to wait for a response; less than the interval. */
  readonly timeout: Duration;
  /** Successful checks in a row until a target is healthy, 2 to 10. */
  readonly healthyThreshold: number;
  /** Failed checks in a row until a target is unhealthy, 2 to 10. */
  readonly unhealthyThreshold: number;
  /** HTTP status codes of a successful check, e.g. `200-299`. */
  readonly matcher: string;
}

/** A target group of pods by IP address; a TargetGroupBinding registers the pods. */
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
