import type { ResolvedConfig } from '../lib/config/environment-config';
import { CONTROLLER_APIS } from './charts/load-balancer-controllers';
import { ENDPOINTS_NAME } from './labels';
import type { StackOutputs } from './stack-outputs';

/** Kubernetes minor version from which a preStop hook may be a plain sleep. */
const SLEEP_HOOK_MINOR = 30;

/** What is true of the rendered manifests and might surprise whoever applies them. */
export function warningsFor(config: ResolvedConfig, outputs?: StackOutputs): string[] {
  const { version, loadBalancerController, verticalPodAutoscaler } = config.cluster;
  const { updateMode } = config.autoscaling.vpa;
  const again = 'deploy and render again with --outputs cdk-outputs.json';
  return [
    ...(outputs
      ? []
      : [
          `endpoints ConfigMap left out: ${ENDPOINTS_NAME} needs the hosts of the deployed stacks, and pods wait in CreateContainerConfigError without it; ${again}`,
        ]),
    ...(outputs || CONTROLLER_APIS[loadBalancerController].bindsByName
      ? []
      : [
          `TargetGroupBinding is by name (${config.loadBalancer.apiTargetGroupName}), which EKS Auto Mode may refuse (aws/containers-roadmap#2621); ${again} to bind by ARN`,
        ]),
    ...(Number(version.split('.')[1]) < SLEEP_HOOK_MINOR
      ? [
          `the preStop sleep needs Kubernetes 1.${SLEEP_HOOK_MINOR}, and cluster.version is ${version}: the API server refuses the Deployment`,
        ]
      : []),
    ...(!verticalPodAutoscaler && updateMode !== 'Off'
      ? [
          `no VPA rendered though autoscaling.vpa.updateMode is '${updateMode}': cluster.verticalPodAutoscaler is false`,
        ]
      : []),
  ];
}
