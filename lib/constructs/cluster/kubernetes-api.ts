import { Connections, type IConnectable, type ISecurityGroup, Port } from 'aws-cdk-lib/aws-ec2';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ENVIRONMENT } from '../../../lambda/predictive-scaler/constants';

export interface KubernetesApiProps {
  readonly clusterName: string;
  /** HTTPS address. */
  readonly endpoint: string;
  /** PEM in base64. */
  readonly certificateAuthority: string;
  /** Security group of the API's network interfaces in the VPC. */
  readonly securityGroup: ISecurityGroup;
}

/** The Kubernetes API of a cluster, for functions in its VPC. */
export class KubernetesApi implements IConnectable {
  readonly connections: Connections;

  constructor(private readonly props: KubernetesApiProps) {
    this.connections = new Connections({
      securityGroups: [props.securityGroup],
      defaultPort: Port.HTTPS,
    });
  }

  /**
   * Lets a function log in as a member of a Kubernetes group, opens the way to it, and tells it how. What the group may
   * do is for the cluster's own roles to say.
   */
  admit(client: LambdaFunction, kubernetesGroup: string): void {
    const { certificateAuthority, clusterName, endpoint } = this.props;
    // From the client's side: the cluster is there first, and its stack must not wait for a later one.
    client.connections.allowToDefaultPort(this, 'Functions to the Kubernetes API');
    new CfnAccessEntry(client, 'AccessEntry', {
      clusterName,
      principalArn: String(client.role?.roleArn),
      type: 'STANDARD',
      kubernetesGroups: [kubernetesGroup],
    });
    client.addEnvironment(ENVIRONMENT.clusterName, clusterName);
    client.addEnvironment(ENVIRONMENT.clusterEndpoint, endpoint);
    client.addEnvironment(ENVIRONMENT.clusterCertificate, certificateAuthority);
  }
}
