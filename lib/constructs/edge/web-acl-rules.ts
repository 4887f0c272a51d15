import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';

/** The window of the rate limits; WAF counts over 1, 2, 5 or 10 minutes. */
const RATE_WINDOW_SECONDS = 300;

/**
 * AWS's rule groups in the order they are asked, each with those of its rules that only count: the ones that read
 * the body. A prompt is free text. It quotes SQL, HTML, paths and addresses and is longer than the 8 KB that WAF
 * lets pass, so blocking would refuse the product's own traffic; metrics and labels show what it would have done.
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

/** Rules without their place in the order. */
export type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

/** Blocks a client address above the limit; requests of `exceptHost` do not count. */
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
 * Blocks requests to `host`, which is reached through CloudFront, that have no X-Forwarded-For: CloudFront always
 * sends it. Who goes past CloudFront and forges the header is stopped by an internal load balancer alone.
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

/** Counts requests whose body is longer than WAF inspects, so that nobody takes them for inspected. */
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

/** AWS's managed rules: addresses of bad repute, known exploits, the common rules, SQL injection. */
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
  return {
    byteMatchStatement: {
      // CloudFormation has the header as free JSON: its key is written as the API has it.
      fieldToMatch: { singleHeader: { Name: 'host' } },
      positionalConstraint: 'EXACTLY',
      searchString: host,
      textTransformations: [{ priority: 0, type: 'LOWERCASE' }],
    },
  };
}
