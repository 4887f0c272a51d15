import { Connections, type IConnectable, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EksCluster, type EksClusterProps } from './eks-cluster';

export interface PlatformClusterProps extends EksClusterProps {
  /** Security group of the pods of a cluster that is there already; null makes a cluster. */
  readonly securityGroupId: string | null;
}

/** The cluster by name and by the security group of its pods, whether it is ours or was there before. */
export class PlatformCluster extends Construct implements IConnectable {
  readonly clusterName: string;
  readonly connections: Connections;

  constructor(scope: Construct, id: string, props: PlatformClusterProps) {
    super(scope, id);
    const { clusterName, securityGroup } =
      props.securityGroupId === null
        ? new EksCluster(this, 'Eks', props)
        : {
            clusterName: props.clusterName,
            securityGroup: SecurityGroup.fromSecurityGroupId(this, 'Pods', props.securityGroupId),
          };
    this.clusterName = clusterName;
    this.connections = new Connections({ securityGroups: [securityGroup] });
  }
}
