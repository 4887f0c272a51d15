import { CfnPodIdentityAssociation } from 'aws-cdk-lib/aws-eks';
import {
  type IGrantable,
  type IPrincipal,
  Role,
  ServicePrincipal,
  SessionTagsPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface PodIdentityProps {
  /** EKS cluster of the pods. */
  readonly clusterName: string;
  /** Kubernetes namespace of the pods. */
  readonly namespace: string;
  /** Kubernetes service account of the pods. */
  readonly serviceAccount: string;
}

/** IAM role that EKS Pod Identity gives to the pods of one service account. */
export class PodIdentity extends Construct implements IGrantable {
  readonly role: Role;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: PodIdentityProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: `Pods of ${props.namespace}/${props.serviceAccount} in ${props.clusterName}`,
      // Pod Identity tags its sessions with cluster, namespace and service account.
      assumedBy: new SessionTagsPrincipal(new ServicePrincipal('pods.eks.amazonaws.com')),
    });
    this.grantPrincipal = this.role;
    new CfnPodIdentityAssociation(this, 'Association', { ...props, roleArn: this.role.roleArn });
  }
}
