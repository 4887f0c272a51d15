import type { LoadBalancerController } from '../../lib/config/environment-config';

/** Differences between the two controllers that serve TargetGroupBindings. */
interface ControllerApi {
  /** API group and version of TargetGroupBinding. */
  readonly apiVersion: string;
  /** Whether the CRD takes `targetGroupName` beside `targetGroupARN`. */
  readonly bindsByName: boolean;
  /** Namespace label that lets the controller add its readiness gate to new pods. */
  readonly readinessGateLabel: string;
}

/** Differences by `cluster.loadBalancerController`. */
export const CONTROLLER_APIS: Readonly<Record<LoadBalancerController, ControllerApi>> = {
  // Refused as an unknown field in 2025: https://github.com/aws/containers-roadmap/issues/2621
  'eks-auto-mode': {
    apiVersion: 'eks.amazonaws.com/v1',
    bindsByName: false,
    readinessGateLabel: 'eks.amazonaws.com/pod-readiness-gate-inject',
  },
  'aws-load-balancer-controller': {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    bindsByName: true,
    readinessGateLabel: 'elbv2.k8s.aws/pod-readiness-gate-inject',
  },
};
