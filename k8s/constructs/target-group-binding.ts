import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

/** The target group, by its fixed name or by its ARN. */
export type TargetGroupReference = { readonly name: string } | { readonly arn: string };

export interface TargetGroupBindingProps {
  readonly name: string;
  /** API that the cluster's controller serves, e.g. `elbv2.k8s.aws/v1beta1`. */
  readonly apiVersion: string;
  /** Service whose pods become targets. */
  readonly service: { readonly name: string; readonly port: number };
  readonly targetGroup: TargetGroupReference;
}

/**
 * Registers the pods of a Service as targets of a target group that exists already. `networking` is left out:
 * with it the controller would write security group rules, and the rule from the load balancer to the pods is
 * the Cluster stack's, so that two writers never undo each other.
 */
export class TargetGroupBinding extends Construct {
  constructor(scope: Construct, id: string, props: TargetGroupBindingProps) {
    super(scope, id);
    const { targetGroup } = props;
    new ApiObject(this, 'Resource', {
      apiVersion: props.apiVersion,
      kind: 'TargetGroupBinding',
      metadata: { name: props.name },
      spec: {
        serviceRef: { ...props.service },
        ...('arn' in targetGroup
          ? { targetGroupARN: targetGroup.arn }
          : { targetGroupName: targetGroup.name }),
        // Required by EKS Auto Mode; the self-managed controller would otherwise ask AWS for it.
        targetType: 'ip',
      },
    });
  }
}
