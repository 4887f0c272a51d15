import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

/** The target group, by its fixed name or by its ARN. */
export type TargetGroupReference =
  | {
      /** Name that the Ingress stack gives it. */
      readonly name: string;
    }
  | {
      /** ARN from the outputs of the Ingress stack. */
      readonly arn: string;
    };

export interface TargetGroupBindingProps {
  /** `metadata.name`. */
  readonly name: string;
  /** API version of the cluster's load balancer controller, e.g. `elbv2.k8s.aws/v1beta1`. */
  readonly apiVersion: string;
  /** Service whose pods become targets. */
  readonly service: {
    /** Name of the Service, in the binding's namespace. */
    readonly name: string;
    /** Port of the Service; targets receive requests on its target port. */
    readonly port: number;
  };
  /** Existing target group of type `ip`. */
  readonly targetGroup: TargetGroupReference;
}

/**
 * Registers the pods of a Service as targets of an existing target group. `networking` is left out: with it the
 * controller would write security group rules. The Cluster stack owns the rule from the load balancer to the pods, and
 * two writers would undo each other's changes.
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
        // Required by EKS Auto Mode; the self-managed controller would otherwise look it up in AWS.
        targetType: 'ip',
      },
    });
  }
}
