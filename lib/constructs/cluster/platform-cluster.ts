import { Connections, type IConnectable, type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EksCluster, type EksClusterProps } from './eks-cluster';
import { KubernetesApi } from './kubernetes-api';

export interface PlatformClusterProps extends EksClusterProps {
  /** Security group of the pods of an existing cluster; null creates a cluster. */
  readonly securityGroupId: string | null;
  /** HTTPS address of an existing cluster's Kubernetes API; null if no function calls it. */
  readonly endpoint: string | null;
  /** Certificate authority of that API, PEM in base64; null if no function calls it. */
  readonly certificateAuthority: string | null;
  /** Security group of an existing cluster's Kubernetes API; null if it is the pods'. */
  readonly apiSecurityGroupId: string | null;
}

interface ClusterParts {
  readonly clusterName: string;
  /** Security group of the pods. */
  readonly pods: ISecurityGroup;
  readonly kubernetesApi: KubernetesApi | null;
}

/** The cluster's name, the security group of its pods and its API, for a new or an existing cluster. */
export class PlatformCluster extends Construct implements IConnectable {
  readonly clusterName: string;
  /** Security group of the pods. */
  readonly connections: Connections;
  /** The cluster's API; null if the configuration does not give the address of an existing cluster's API. */
  readonly kubernetesApi: KubernetesApi | null;

  constructor(scope: Construct, id: string, props: PlatformClusterProps) {
    super(scope, id);
    const { clusterName, pods, kubernetesApi } =
      props.securityGroupId === null
        ? this.createCluster(props)
        : this.importCluster(props, props.securityGroupId);
    this.clusterName = clusterName;
    this.connections = new Connections({ securityGroups: [pods] });
    this.kubernetesApi = kubernetesApi;
  }

  private createCluster(props: PlatformClusterProps): ClusterParts {
    const { clusterName, endpoint, certificateAuthority, securityGroup } = new EksCluster(this, 'Eks', props);
    return {
      clusterName,
      pods: securityGroup,
      kubernetesApi: new KubernetesApi({ clusterName, endpoint, certificateAuthority, securityGroup }),
    };
  }

  private importCluster(props: PlatformClusterProps, securityGroupId: string): ClusterParts {
    const { clusterName, endpoint, certificateAuthority, apiSecurityGroupId } = props;
    const pods = SecurityGroup.fromSecurityGroupId(this, 'Pods', securityGroupId);
    const securityGroup =
      apiSecurityGroupId === null || apiSecurityGroupId === securityGroupId
        ? pods
        : SecurityGroup.fromSecurityGroupId(this, 'Api', apiSecurityGroupId);
    return {
      clusterName,
      pods,
      kubernetesApi:
        endpoint === null || certificateAuthority === null
          ? null
          : new KubernetesApi({ clusterName, endpoint, certificateAuthority, securityGroup }),
    };
  }
}
