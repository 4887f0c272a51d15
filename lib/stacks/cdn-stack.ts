import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';
import { PROJECT, type StackId } from '../config/names';
import { StaticBucket } from '../constructs/cdn/static-bucket';
import { WebDistribution } from '../constructs/cdn/web-distribution';
import { importHostedZone } from '../constructs/edge/hosted-zone';
import type { OriginSecret } from '../constructs/edge/origin-secret';
import type { LoadBalancer } from '../constructs/load-balancer/load-balancer';
import { loadBalancerOrigin } from '../constructs/load-balancer/load-balancer-origin';
import { LogBucket } from '../constructs/storage/log-bucket';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface CdnStackProps extends PlatformStackProps {
  /** CloudFront's ACM certificate, from the Edge stack; null without a domain. */
  readonly certificate: ICertificate | null;
  /** ARN of CloudFront's web ACL, from the Edge stack; null if CloudFront has no web ACL. */
  readonly webAclArn: string | null;
  /** Load balancer of the Ingress stack. CloudFront sends `/api/*` to it. */
  readonly loadBalancer: LoadBalancer;
  /** Header that CloudFront adds to requests to the load balancer; null adds no header. */
  readonly originSecret: OriginSecret | null;
}

/** The web application's files and the distribution that serves them and passes the API through. */
export class CdnStack extends PlatformStack {
  readonly cdn: WebDistribution;

  constructor(scope: Construct, id: StackId, props: CdnStackProps) {
    super(scope, id, props, { description: 'Static files and CloudFront', stateful: true });
    const { certificate, config, loadBalancer, originSecret, webAclArn } = props;
    const { cdn: settings, domain, retainData: retain } = config;

    const logBucket = new LogBucket(this, 'Logs', {
      retention: Duration.days(settings.logRetentionDays),
      retain,
      acceptAcls: true,
    });
    const staticBucket = new StaticBucket(this, 'Static', { logBucket, retain });
    this.cdn = new WebDistribution(this, 'Cdn', {
      comment: domain?.app ?? `${PROJECT} ${config.environment}`,
      host: domain && certificate && { name: domain.app, certificate },
      webAclArn,
      staticBucket,
      apiOrigin: loadBalancerOrigin(loadBalancer, {
        hostName: domain?.api ?? null,
        readTimeout: Duration.seconds(settings.readTimeoutSeconds),
        originSecret,
      }),
      priceClass: settings.priceClass,
      logBucket,
    });
    if (domain) {
      const hostedZone = importHostedZone(this, 'HostedZone', domain.hostedZone);
      this.cdn.addDnsRecords(hostedZone, { App: domain.app });
    }

    const { distribution } = this.cdn;
    new CfnOutput(this, 'DistributionDomainName', { value: distribution.distributionDomainName });
    new CfnOutput(this, 'DistributionId', { value: distribution.distributionId });
    new CfnOutput(this, 'StaticBucketName', { value: staticBucket.bucketName });
  }
}
