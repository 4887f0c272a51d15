import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';

export interface PodDisruptionBudgetProps {
  readonly name: string;
  /** Labels of the pods it protects. */
  readonly selector: Readonly<Record<string, string>>;
}

/**
 * Limits how many pods a node drain or upgrade takes away at once. A quarter, rounded up: one of 1 to 4, 13 of
 * 50. `minAvailable` would forbid every drain of a single replica; this lets it go, with a short gap.
 */
export class PodDisruptionBudget extends Construct {
  constructor(scope: Construct, id: string, props: PodDisruptionBudgetProps) {
    super(scope, id);
    new k8s.KubePodDisruptionBudget(this, 'Resource', {
      metadata: { name: props.name },
      spec: {
        maxUnavailable: k8s.IntOrString.fromString('25%'),
        selector: { matchLabels: { ...props.selector } },
        // Pods that never became ready must not hold a drain up.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    });
  }
}
