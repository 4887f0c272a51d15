import { Connections, type IConnectable, type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EksCluster, type EksClusterProps } from './eks-cluster';
import { KubernetesApi } from './kubernetes-api';

export interface PlatformClusterProps extends EksClusterProps {
  /** Security group of the pods of a cluster that is there already; null makes a cluster. */
  readonly securityGroupId: string | null;
  /** HTTPS address of the Kubernetes API of that cluster; null where nothing here talks to it. */
  readonly endpoint: string | null;
  /** Its certificate authority, PEM in base64; null likewise. */
  readonly certificateAuthority: string | null;
  /** Its security group; null makes a cluster. */
  readonly apiSecurityGroupId: string | null;
}

interface ClusterParts {
  readonly clusterName: string;
  readonly pods: ISecurityGroup;
  readonly kubernetesApi: KubernetesApi | null;
}

/** The cluster by name, by the security group of its pods and by its API, whether it is ours or was there before. */
export class PlatformCluster extends Construct implements IConnectable {
  readonly clusterName: string;
  /** Its pods. */
  readonly connections: Connections;
  /** null where the address of an existing cluster's API is not known. */
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
