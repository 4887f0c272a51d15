import type { ResolvedConfig } from '../lib/config/environment-config';
import { CONTROLLER_APIS } from './charts/load-balancer-controllers';
import { ENDPOINTS_NAME } from './labels';
import type { StackOutputs } from './stack-outputs';

/** What is true of the rendered manifests and might surprise whoever applies them. */
export function warningsFor(config: ResolvedConfig, outputs?: StackOutputs): string[] {
  const { loadBalancerController } = config.cluster;
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
  ];
}
