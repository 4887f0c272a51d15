import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';

export interface PodDisruptionBudgetProps {
  /** `metadata.name`. */
  readonly name: string;
  /** Labels of the protected pods. */
  readonly selector: Readonly<Record<string, string>>;
}

/**
 * Limits how many pods a node drain or upgrade evicts at once: a quarter, rounded up, so 1 of 1 to 4, and 13 of 50.
 * `minAvailable: 1` would block every drain of a single replica; this allows it, with a short gap.
 */
export class PodDisruptionBudget extends Construct {
  constructor(scope: Construct, id: string, props: PodDisruptionBudgetProps) {
    super(scope, id);
    new k8s.KubePodDisruptionBudget(this, 'Resource', {
      metadata: { name: props.name },
      spec: {
        maxUnavailable: k8s.IntOrString.fromString('25%'),
        selector: { matchLabels: { ...props.selector } },
        // Pods that never became ready must not block a drain.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    });
  }
}
