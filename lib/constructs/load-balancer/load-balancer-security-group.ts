import { Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface LoadBalancerSecurityGroupProps {
  /** VPC in which the load balancer runs. */
  readonly vpc: IVpc;
  /** Id of CloudFront's managed prefix list, the only allowed source; null allows every IPv4 address. */
  readonly cloudFrontPrefixListId: string | null;
  /** Certificate of the load balancer; without one CloudFront connects by HTTP. */
  readonly certificate: ICertificate | null;
}

/** Who may reach the load balancer. The Cluster stack adds what the load balancer may reach: the pods. */
export class LoadBalancerSecurityGroup extends SecurityGroup {
  constructor(scope: Construct, id: string, props: LoadBalancerSecurityGroupProps) {
    super(scope, id, { vpc: props.vpc, description: 'Load balancer', allowAllOutbound: false });
    if (props.cloudFrontPrefixListId === null) this.admitEverybody();
    else {
      const port = props.certificate === null ? Port.HTTP : Port.HTTPS;
      this.addIngressRule(Peer.prefixList(props.cloudFrontPrefixListId), port, 'From CloudFront');
    }
  }

  private admitEverybody(): void {
    this.addIngressRule(Peer.anyIpv4(), Port.HTTPS, 'HTTPS from anywhere');
    this.addIngressRule(Peer.anyIpv4(), Port.HTTP, 'HTTP from anywhere, redirected');
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-EC23',
      reason:
        "A public API is open to everybody on 443, and on 80 for the redirect; exposure 'cloudfront-only' is not.",
    });
  }
}
