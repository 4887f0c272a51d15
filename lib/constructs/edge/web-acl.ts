import { ArnFormat, Size, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { type ILogGroup, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { removalPolicy } from '../storage/removal';
import {
  addressRateLimit,
  forwardedRateLimit,
  managedRules,
  type Rule,
  unforwarded,
  uninspectedBody,
  visibility,
} from './web-acl-rules';

/** How much of a body WAF reads: 8 KB behind an ALB, 16 KB at CloudFront unless more is paid for. */
const INSPECTED_BODY = { REGIONAL: Size.kibibytes(8), CLOUDFRONT: Size.kibibytes(16) };

/** Headers that let their reader act as the sender. */
const SECRET_HEADERS = ['authorization', 'cookie', 'x-api-key'];

/** WAF takes log groups with this prefix only. */
const LOG_GROUP_PREFIX = 'aws-waf-logs-';

export interface WebAclProps {
  /** Name, also of its metrics and its log group; unique in account, region and scope. */
  readonly name: string;
  /** What it protects: load balancers of the stack's region, or CloudFront (then the region is us-east-1). */
  readonly scope: 'REGIONAL' | 'CLOUDFRONT';
  /** Requests of one client in 5 minutes above which it is blocked. */
  readonly rateLimitPer5Minutes: number;
  /**
   * Host whose requests arrive through CloudFront, so that their sender is not their client.
   * @default - every sender is a client
   */
  readonly proxiedHost?: string;
  /** Days that blocked requests are kept in the log; CloudWatch Logs takes certain numbers only. */
  readonly logRetentionDays: number;
  /** Keep the log when the stack goes. */
  readonly retain: boolean;
}

/** A web ACL: AWS's managed rules, rate limits, metrics and a log of what it blocked; all else is allowed. */
export class WebAcl extends Construct {
  readonly webAclArn: string;
  private readonly name: string;
  private readonly dimensions: Record<string, string>;

  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    this.name = props.name;
    this.dimensions = props.scope === 'REGIONAL' ? { Region: Stack.of(this).region } : {};
    this.webAclArn = this.createAcl(props);
    this.logBlocked(this.createLogGroup(props));
  }

  /** Puts a load balancer under the ACL. */
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
      rules: rulesFor(props).map((rule, priority) => ({ ...rule, priority })),
      visibilityConfig: visibility(props.name),
      // Request samples show headers to whoever may open the console; redaction of the log does not cover them.
      dataProtectionConfig: {
        dataProtections: [
          { action: 'SUBSTITUTION', field: { fieldType: 'SINGLE_HEADER', fieldKeys: SECRET_HEADERS } },
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

  /** Blocked requests alone: the access logs have the rest, and CloudWatch Logs would cost more than the ALB. */
  private logBlocked(logGroup: ILogGroup): void {
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
      redactedFields: SECRET_HEADERS.map((name) => ({ singleHeader: { Name: name } })),
    });
  }
}

function rulesFor({ scope, rateLimitPer5Minutes: limit, proxiedHost }: WebAclProps): Rule[] {
  return [
    addressRateLimit(limit, proxiedHost),
    ...(proxiedHost === undefined ? [] : [unforwarded(proxiedHost), forwardedRateLimit(limit, proxiedHost)]),
    uninspectedBody(INSPECTED_BODY[scope].toBytes()),
    ...managedRules(),
  ];
}
