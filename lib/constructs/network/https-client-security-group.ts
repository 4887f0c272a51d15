import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface HttpsClientSecurityGroupProps {
  readonly vpc: IVpc;
  readonly description: string;
}

/** Security group of what speaks HTTPS with others, and answers nobody. */
export class HttpsClientSecurityGroup extends SecurityGroup {
  constructor(scope: Construct, id: string, props: HttpsClientSecurityGroupProps) {
    super(scope, id, { ...props, allowAllOutbound: false });
    this.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS services and the Kubernetes API');
  }
}
