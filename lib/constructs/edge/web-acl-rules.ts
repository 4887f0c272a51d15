import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { OriginSecret } from './origin-secret';

/** The window of the rate limits; WAF counts over 1, 2, 5 or 10 minutes. */
const RATE_WINDOW_SECONDS = 300;

/**
 * AWS's managed rule groups in order of evaluation, each with the rules that count instead of block: those that
 * inspect the body. A prompt is free text. It quotes SQL, HTML, paths and addresses and is longer than the 8 KB that
 * `SizeRestrictions_BODY` allows, so blocking would reject the product's own traffic. Metrics and labels show what
 * the rules would have blocked.
 */
const MANAGED_GROUPS: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesAmazonIpReputationList: [],
  AWSManagedRulesKnownBadInputsRuleSet: ['Log4JRCE_BODY', 'JavaDeserializationRCE_BODY', 'ReactJSRCE_BODY'],
  AWSManagedRulesCommonRuleSet: [
    'SizeRestrictions_BODY',
    'CrossSiteScripting_BODY',
    'GenericLFI_BODY',
    'GenericRFI_BODY',
    'EC2MetaDataSSRF_BODY',
  ],
  AWSManagedRulesSQLiRuleSet: ['SQLi_BODY', 'SQLiExtendedPatterns_BODY'],
};

/** A rule without its priority. */
export type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

/** Blocks a client address above the limit; requests to `exceptHost` do not count. */
export function addressRateLimit(limit: number, exceptHost?: string): Rule {
  return rule('rate-limit-by-address', {
    action: { block: {} },
    statement: {
      rateBasedStatement: {
        limit,
        evaluationWindowSec: RATE_WINDOW_SECONDS,
        aggregateKeyType: 'IP',
        scopeDownStatement:
          exceptHost === undefined ? undefined : { notStatement: { statement: hostIs(exceptHost) } },
      },
    },
  });
}

/**
 * Blocks a viewer of `host`, which is reached through CloudFront, above the limit. The sender's address would be
 * CloudFront's, shared by many viewers, so the first address of X-Forwarded-For counts instead. WAF does not apply
 * the rule to a request without the header; `unforwarded` blocks those.
 */
export function forwardedRateLimit(limit: number, host: string): Rule {
  return rule('rate-limit-by-forwarded-address', {
    action: { block: {} },
    statement: {
      rateBasedStatement: {
        limit,
        evaluationWindowSec: RATE_WINDOW_SECONDS,
        aggregateKeyType: 'FORWARDED_IP',
        forwardedIpConfig: { headerName: 'X-Forwarded-For', fallbackBehavior: 'MATCH' },
        scopeDownStatement: hostIs(host),
      },
    },
  });
}

/**
 * Blocks requests to `host`, which is reached through CloudFront, without X-Forwarded-For: CloudFront always sends
 * it. A client that bypasses CloudFront can forge the header; only an internal load balancer prevents that.
 */
export function unforwarded(host: string): Rule {
  const forwarded: CfnWebACL.StatementProperty = {
    sizeConstraintStatement: {
      fieldToMatch: { singleHeader: { Name: 'x-forwarded-for' } },
      comparisonOperator: 'GT',
      size: 0,
      textTransformations: [{ priority: 0, type: 'NONE' }],
    },
  };
  return rule('past-cloudfront', {
    action: { block: {} },
    statement: {
      andStatement: { statements: [hostIs(host), { notStatement: { statement: forwarded } }] },
    },
  });
}

/**
 * Allows requests with CloudFront's secret header, because CloudFront's web ACL has inspected them. Evaluated
 * first.
 */
export function inspectedAtEdge({
  headerName,
  headerValue,
}: Pick<OriginSecret, 'headerName' | 'headerValue'>): Rule {
  return rule('inspected-at-edge', {
    action: { allow: {} },
    statement: headerIs(headerName, headerValue, 'NONE'),
  });
}

/** Counts requests whose body is longer than WAF inspects, so that a metric shows them. */
export function uninspectedBody(inspectedBytes: number): Rule {
  return rule('body-over-inspection-limit', {
    action: { count: {} },
    statement: {
      sizeConstraintStatement: {
        fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
        comparisonOperator: 'GT',
        size: inspectedBytes,
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
  });
}

/** AWS's managed rule groups: IP reputation, known bad inputs, common rules, SQL injection. */
export function managedRules(): Rule[] {
  return Object.entries(MANAGED_GROUPS).map(([name, counted]) =>
    rule(name, {
      overrideAction: { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: 'AWS',
          name,
          // WAF refuses an empty list.
          ruleActionOverrides:
            counted.length > 0
              ? counted.map((ruleName) => ({ name: ruleName, actionToUse: { count: {} } }))
              : undefined,
        },
      },
    }),
  );
}

/** CloudWatch metrics and samples of an ACL or a rule. */
export function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

function rule(name: string, body: Pick<Rule, 'statement' | 'action' | 'overrideAction'>): Rule {
  return { name, ...body, visibilityConfig: visibility(name) };
}

function hostIs(host: string): CfnWebACL.StatementProperty {
  return headerIs('host', host, 'LOWERCASE');
}

function headerIs(
  name: string,
  value: string,
  transformation: 'LOWERCASE' | 'NONE',
): CfnWebACL.StatementProperty {
  return {
    byteMatchStatement: {
      // In CloudFormation the header is free-form JSON, whose key is spelled as in the WAF API.
      fieldToMatch: { singleHeader: { Name: name } },
      positionalConstraint: 'EXACTLY',
      searchString: value,
      textTransformations: [{ priority: 0, type: transformation }],
    },
  };
}
