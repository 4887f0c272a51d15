import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface HttpsClientSecurityGroupProps {
  /** VPC in which the clients run. */
  readonly vpc: IVpc;
  /** Who the clients are, for the EC2 console; a change replaces the group. */
  readonly description: string;
}

/** Security group of HTTPS clients: outbound to port 443 of any address, nothing inbound. */
export class HttpsClientSecurityGroup extends SecurityGroup {
  constructor(scope: Construct, id: string, props: HttpsClientSecurityGroupProps) {
    super(scope, id, { ...props, allowAllOutbound: false });
    this.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS services and the Kubernetes API');
  }
}
