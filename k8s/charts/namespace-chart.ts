import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { NAMESPACE } from '../../lib/config/names';
import { commonLabels } from '../labels';
import { CONTROLLER_APIS } from './load-balancer-controllers';

const POD_SECURITY_MODES = ['enforce', 'audit', 'warn'] as const;

export interface NamespaceChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

/** The namespace, which admits only pods of the `restricted` Pod Security level. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, id: string, { config }: NamespaceChartProps) {
    super(scope, id, { labels: commonLabels(config.environment), disableResourceNameHashes: true });
    const { version, loadBalancerController } = config.cluster;
    new Namespace(this, 'Namespace', {
      metadata: {
        name: NAMESPACE,
        labels: {
          ...podSecurityLabels(version),
          // New pods count as ready once the ALB finds them healthy, so that a roll-out waits for it.
          [CONTROLLER_APIS[loadBalancerController].readinessGateLabel]: 'enabled',
        },
      },
    });
  }
}

/** Pinned to the cluster's version: a cluster upgrade tightens the rules in its own change, not by itself. */
function podSecurityLabels(version: string): Record<string, string> {
  return Object.fromEntries(
    POD_SECURITY_MODES.flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, 'restricted'],
      [`pod-security.kubernetes.io/${mode}-version`, `v${version}`],
    ]),
  );
}
