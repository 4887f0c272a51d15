import { ArnFormat, Size, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { type ILogGroup, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { removalPolicy } from '../storage/removal';
import type { OriginSecret } from './origin-secret';
import { REFUSALS } from './refusals';
import {
  addressRateLimits,
  forwardedRateLimits,
  inspectedAtEdge,
  keyRateLimits,
  managedRules,
  type RateLimits,
  type Rule,
  unforwarded,
  uninspectedBody,
  visibility,
} from './web-acl-rules';

/** How much of a body WAF inspects: 8 KB behind an ALB, 16 KB at CloudFront by default. */
const INSPECTED_BODY = { REGIONAL: Size.kibibytes(8), CLOUDFRONT: Size.kibibytes(16) };

/** Headers with credentials. */
const SECRET_HEADERS = ['authorization', 'cookie', 'x-api-key'];

/** WAF accepts log groups with this prefix only. */
const LOG_GROUP_PREFIX = 'aws-waf-logs-';

export interface WebAclProps {
  /** Name of the ACL, its metrics and its log group; unique in account, region and scope. */
  readonly name: string;
  /**
   * `REGIONAL` protects load balancers in the stack's region. `CLOUDFRONT` protects distributions; the stack
   * must be in us-east-1.
   */
  readonly scope: 'REGIONAL' | 'CLOUDFRONT';
  /** Requests in 5 minutes above which WAF blocks whoever sends them. */
  readonly rateLimits: RateLimits;
  /**
   * Host whose requests come through CloudFront; they are limited by the address in X-Forwarded-For.
   * @default - all requests are limited by their source address
   */
  readonly proxiedHost?: string;
  /**
   * Header of the requests that CloudFront's web ACL has inspected; this web ACL allows them without inspection.
   * @default - every request is inspected
   */
  readonly originSecret?: OriginSecret;
  /** Days that blocked requests are kept in the log; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** Keep the log when the stack is deleted. */
  readonly retain: boolean;
}

/** A web ACL: AWS's managed rules, rate limits, metrics and a log of blocked requests; it allows all others. */
export class WebAcl extends Construct {
  readonly webAclArn: string;
  private readonly name: string;
  private readonly dimensions: Record<string, string>;

  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    this.name = props.name;
    this.dimensions = props.scope === 'REGIONAL' ? { Region: Stack.of(this).region } : {};
    this.webAclArn = this.createAcl(props);
    this.logBlocked(this.createLogGroup(props), secretHeaders(props));
  }

  /** Associates the web ACL with a load balancer. */
  protect(loadBalancer: IApplicationLoadBalancer): void {
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: loadBalancer.loadBalancerArn,
      webAclArn: this.webAclArn,
    });
  }

  /** Requests that were blocked, by any rule. */
  metricBlockedRequests(options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/WAFV2',
      metricName: 'BlockedRequests',
      dimensionsMap: { WebACL: this.name, Rule: 'ALL', ...this.dimensions },
      statistic: Stats.SUM,
      ...options,
    });
  }

  private createAcl(props: WebAclProps): string {
    return new CfnWebACL(this, 'WebAcl', {
      name: props.name,
      scope: props.scope,
      defaultAction: { allow: {} },
      customResponseBodies: REFUSALS,
      rules: rulesFor(props).map((rule, priority) => ({ ...rule, priority })),
      visibilityConfig: visibility(props.name),
      // Sampled requests in the console show headers; the redaction of the log does not cover them.
      dataProtectionConfig: {
        dataProtections: [
          { action: 'SUBSTITUTION', field: { fieldType: 'SINGLE_HEADER', fieldKeys: secretHeaders(props) } },
        ],
      },
    }).attrArn;
  }

  private createLogGroup(props: WebAclProps): ILogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: `${LOG_GROUP_PREFIX}${props.name}`,
      retention: props.logRetentionDays as RetentionDays,
      removalPolicy: removalPolicy(props.retain),
    });
  }

  /** Logs blocked requests only: the access logs have the others, and logging all would cost more than the ALB. */
  private logBlocked(logGroup: ILogGroup, redactedHeaders: readonly string[]): void {
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.webAclArn,
      // The group's own ARN ends in `:*`, which WAF refuses.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
      redactedFields: redactedHeaders.map((name) => ({ singleHeader: { Name: name } })),
    });
  }
}

/** Headers whose value neither the log nor the request samples show. */
function secretHeaders({ originSecret }: WebAclProps): string[] {
  return originSecret === undefined ? SECRET_HEADERS : [...SECRET_HEADERS, originSecret.headerName];
}

function rulesFor({ scope, rateLimits, originSecret, proxiedHost }: WebAclProps): Rule[] {
  return [
    ...(originSecret === undefined ? [] : [inspectedAtEdge(originSecret)]),
    ...keyRateLimits(rateLimits.key),
    ...addressRateLimits(rateLimits, proxiedHost),
    ...(proxiedHost === undefined
      ? []
      : [unforwarded(proxiedHost), ...forwardedRateLimits(rateLimits, proxiedHost)]),
    uninspectedBody(INSPECTED_BODY[scope].toBytes()),
    ...managedRules(),
  ];
}
