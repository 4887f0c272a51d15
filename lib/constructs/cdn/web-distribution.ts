import { Duration, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  FunctionEventType,
  HttpVersion,
  type IOrigin,
  OriginRequestPolicy,
  type PriceClass,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AliasRecords } from '../edge/alias-records';
import { SecurityHeaders } from './security-headers';
import { SpaFallback } from './spa-fallback';

/**
 * By default CloudFront keeps error answers for 10 s, also where caching is off, under a key without the caller's
 * credentials: one caller's 404 would reach another.
 */
const UNCACHED_ERRORS = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((httpStatus) => ({
  httpStatus,
  ttl: Duration.seconds(0),
}));

export interface WebDistributionProps {
  /** What the distribution is for, in the console's list. */
  readonly comment: string;
  /** Host of the web application; null: the distribution has only CloudFront's own name and certificate. */
  readonly host: {
    /** Host name, e.g. `app.example.com`. */
    readonly name: string;
    /** ACM certificate that covers the name, in us-east-1. */
    readonly certificate: ICertificate;
  } | null;
  /**
   * ARN of a web ACL of scope CLOUDFRONT. null: the load balancer's web ACL inspects requests to the API, and no web ACL
   * inspects requests for files.
   */
  readonly webAclArn: string | null;
  /** Bucket with the files of the web application. */
  readonly staticBucket: IBucket;
  /** Origin that serves `/api/*`, uncached. */
  readonly apiOrigin: IOrigin;
  /** Edge locations that CloudFront uses; fewer cost less. */
  readonly priceClass: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All';
  /** Bucket of the access logs; it must accept ACLs. */
  readonly logBucket: IBucket;
}

/** CloudFront in front of the web application's files, which it caches, and the API, which it does not. */
export class WebDistribution extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: WebDistributionProps) {
    super(scope, id);
    this.distribution = this.createDistribution(props, new SecurityHeaders(this, 'SecurityHeaders'));
    this.acknowledgeFindings(props);
  }

  /** Creates DNS records of the hosts for the distribution, for IPv4 and IPv6. */
  addDnsRecords(hostedZone: IHostedZone | null, hosts: Readonly<Record<string, string>>): void {
    const target = new CloudFrontTarget(this.distribution);
    new AliasRecords(this, 'Dns', { hostedZone, hosts, target, ipv6: true });
  }

  /** Requests of all behaviours. */
  metricRequests(options?: MetricOptions): Metric {
    return this.metric('Requests', { statistic: 'Sum', ...options });
  }

  /** Share of responses with a server error, percent. */
  metric5xxErrorRate(options?: MetricOptions): Metric {
    return this.metric('5xxErrorRate', options);
  }

  /** The same share, but 0 for fewer than `least` requests: one failure of ten is not a trend. */
  metricServerErrorShare(options: MetricOptions, least: number): MathExpression {
    return new MathExpression({
      expression: `IF(FILL(requests, 0) >= ${least}, errors, 0)`,
      usingMetrics: { requests: this.metricRequests(), errors: this.metric5xxErrorRate() },
      label: 'Server errors, %',
      period: options.period,
    });
  }

  /** Share of responses with a client error, percent. */
  metric4xxErrorRate(options?: MetricOptions): Metric {
    return this.metric('4xxErrorRate', options);
  }

  /** Bytes that CloudFront sent to viewers. */
  metricBytesDownloaded(options?: MetricOptions): Metric {
    return this.metric('BytesDownloaded', { statistic: 'Sum', ...options });
  }

  /**
   * CloudFront publishes in us-east-1 alone, and with a second dimension that `Distribution`'s own metrics lack.
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
   */
  private metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/CloudFront',
      metricName,
      dimensionsMap: { DistributionId: this.distribution.distributionId, Region: 'Global' },
      region: 'us-east-1',
      ...options,
    });
  }

  private createDistribution(props: WebDistributionProps, headers: SecurityHeaders): Distribution {
    const api = apiBehavior(props.apiOrigin, headers);
    return new Distribution(this, 'Distribution', {
      comment: props.comment,
      ...(props.host && {
        domainNames: [props.host.name],
        certificate: props.host.certificate,
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2025,
      }),
      httpVersion: HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      priceClass: props.priceClass as PriceClass,
      webAclId: props.webAclArn ?? undefined,
      defaultRootObject: 'index.html',
      defaultBehavior: this.pagesBehavior(props.staticBucket, headers),
      // The first pattern that matches wins, so the narrower one comes first.
      additionalBehaviors: { '/api/stream*': api, '/api/*': api },
      errorResponses: UNCACHED_ERRORS,
      // Standard logging v2 can be configured in us-east-1 only, and this stack is in the environment's region.
      enableLogging: true,
      logBucket: props.logBucket,
      logFilePrefix: 'cloudfront/',
    });
  }

  private pagesBehavior(bucket: IBucket, headers: SecurityHeaders): BehaviorOptions {
    return {
      origin: S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      compress: true,
      responseHeadersPolicy: headers.pages,
      functionAssociations: [
        { eventType: FunctionEventType.VIEWER_REQUEST, function: new SpaFallback(this, 'SpaFallback') },
      ],
    };
  }

  private acknowledgeFindings({ host, webAclArn }: WebDistributionProps): void {
    Validations.of(this.distribution).acknowledge({
      id: 'AwsSolutions-CFR1',
      reason: 'The product is sold everywhere; whom to refuse is a decision of each deployment.',
    });
    if (host === null) {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR4',
        reason: 'With its own certificate CloudFront chooses the protocols; production needs a domain.',
      });
    }
    if (webAclArn === null) {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR2',
        reason: 'The web ACL of the load balancer inspects what reaches the API; the files are public.',
      });
    }
  }
}

/**
 * The API, uncached, with everything the viewer sent. CloudFront compresses only what it may cache, so it does not
 * compress here, as streams need it. The API compresses its other responses itself.
 */
function apiBehavior(origin: IOrigin, headers: SecurityHeaders): BehaviorOptions {
  return {
    origin,
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER,
    responseHeadersPolicy: headers.api,
    compress: false,
  };
}
