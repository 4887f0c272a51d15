import { Connections, type IConnectable, type ISecurityGroup, Port } from 'aws-cdk-lib/aws-ec2';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ENVIRONMENT } from '../../../lambda/predictive-scaler/constants';

export interface KubernetesApiProps {
  /** Name of the EKS cluster, which log-in tokens are issued for. */
  readonly clusterName: string;
  /** HTTPS address of the API. */
  readonly endpoint: string;
  /** Certificate authority that signed the API's certificate, PEM in base64. */
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
   * Lets a function log in as a member of a Kubernetes group: access entry, security group rules and environment
   * variables. Roles in the cluster say what the group may do.
   */
  admit(client: LambdaFunction, kubernetesGroup: string): void {
    const { certificateAuthority, clusterName, endpoint } = this.props;
    // Rules on the client's side: the cluster's stack is deployed first and must not depend on a later stack.
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
