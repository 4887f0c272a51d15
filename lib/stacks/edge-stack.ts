import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';
import { PROJECT, type StackId } from '../config/names';
import { HostCertificate } from '../constructs/edge/host-certificate';
import { importHostedZone } from '../constructs/edge/hosted-zone';
import { WebAcl } from '../constructs/edge/web-acl';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

/** The only region from which CloudFront accepts certificates and web ACLs. */
const CLOUDFRONT_REGION = 'us-east-1';

/** CloudFront's certificate and web ACL, which must be in us-east-1. */
export class EdgeStack extends PlatformStack {
  /** Certificate of the web application's host; null without a domain, where CloudFront has its own. */
  readonly certificate: ICertificate | null;
  /** ARN of CloudFront's web ACL; null if only the load balancer's web ACL inspects requests. */
  readonly webAclArn: string | null;

  constructor(scope: Construct, id: StackId, props: PlatformStackProps) {
    super(scope, id, props, {
      description: 'CloudFront certificate and web ACL',
      region: CLOUDFRONT_REGION,
    });
    const { domain } = props.config;

    this.certificate =
      domain &&
      new HostCertificate(this, 'Certificate', {
        certificateArn: domain.cdnCertificateArn,
        hosts: [domain.app],
        hostedZone: importHostedZone(this, 'HostedZone', domain.hostedZone),
      }).certificate;
    this.webAclArn = this.createWebAcl();
    if (this.webAclArn === null && domain?.cdnCertificateArn !== null) this.acknowledgeEmpty();
  }

  private createWebAcl(): string | null {
    const { environment, retainData, webAcl } = this.config;
    if (webAcl.inspectCloudFrontTraffic === 'load-balancer') return null;
    return new WebAcl(this, 'WebAcl', {
      name: `${PROJECT}-${environment}-edge`,
      scope: 'CLOUDFRONT',
      rateLimits: {
        address: webAcl.rateLimitPer5Minutes,
        key: webAcl.keyRateLimitPer5Minutes,
        program: webAcl.programRateLimitPer5Minutes,
      },
      logRetentionDays: webAcl.logRetentionDays,
      retain: retainData,
    }).webAclArn;
  }
}
