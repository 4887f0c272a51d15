import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { GATEWAY_PATH_PATTERNS, INGEST_PATH_PATTERNS } from '../../../service/contract';
import type { OriginSecret } from './origin-secret';
import { refusal } from './refusals';

/** The window of the rate limits; WAF counts over 1, 2, 5 or 10 minutes. */
const RATE_WINDOW_SECONDS = 300;

/** Headers that an API key comes in. */
const KEY_HEADERS = ['authorization', 'x-api-key'];

/** Regular expression of the routes that programs call: gateway, ingest and traces. */
const PROGRAM_PATHS = `^(${[...GATEWAY_PATH_PATTERNS, ...INGEST_PATH_PATTERNS]
  .map((pattern) => pattern.replaceAll('*', '.*'))
  .join('|')})$`;

const UNCHANGED = [{ priority: 0, type: 'NONE' }];

/**
 * AWS's managed rule groups in order of evaluation, each with the rules that count instead of block: those that
 * inspect the body or the query. A prompt is free text, and people search for its words. It quotes SQL, HTML, paths and
 * addresses and is longer than the 8 KB that `SizeRestrictions_BODY` allows, so blocking would reject the product's own
 * traffic. Programs without a User-Agent are callers like any other. Metrics and labels show what the rules would have
 * blocked.
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
    'NoUserAgent_HEADER',
    'CrossSiteScripting_QUERYARGUMENTS',
    'GenericLFI_QUERYARGUMENTS',
    'GenericRFI_QUERYARGUMENTS',
    'EC2MetaDataSSRF_QUERYARGUMENTS',
  ],
  AWSManagedRulesSQLiRuleSet: [
    'SQLi_BODY',
    'SQLiExtendedPatterns_BODY',
    'SQLi_QUERYARGUMENTS',
    'SQLiExtendedPatterns_QUERYARGUMENTS',
  ],
};

/** A rule without its priority. */
export type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

/** Requests in 5 minutes above which WAF blocks. */
export interface RateLimits {
  /** Of one address, without those of programs. */
  readonly address: number;
  /** Of programs with one key. */
  readonly key: number;
  /** Of programs from one address. */
  readonly program: number;
}

/**
 * Blocks a key above the limit on the routes of programs. A key is in one of two headers; WAF does not count requests
 * without the header.
 */
export function keyRateLimits(limit: number): Rule[] {
  return KEY_HEADERS.map((header) =>
    rateLimit(`rate-limit-by-${header}`, {
      limit,
      aggregateKeyType: 'CUSTOM_KEYS',
      customKeys: [{ header: { name: header, textTransformations: UNCHANGED } }],
      scopeDownStatement: onProgramPaths(),
    }),
  );
}

/**
 * Blocks a client address above its limit; programs have another. Requests to `exceptHost` do not count.
 */
export function addressRateLimits(limits: RateLimits, exceptHost?: string): Rule[] {
  const direct = exceptHost === undefined ? [] : [not(hostIs(exceptHost))];
  return [
    rateLimit('rate-limit-by-address', {
      limit: limits.address,
      aggregateKeyType: 'IP',
      scopeDownStatement: allOf(not(isProgram()), ...direct),
    }),
    rateLimit('program-rate-limit-by-address', {
      limit: limits.program,
      aggregateKeyType: 'IP',
      scopeDownStatement: allOf(isProgram(), ...direct),
    }),
  ];
}

/**
 * Blocks a viewer of `host`, which is reached through CloudFront, above its limit. The sender's address would be
 * CloudFront's, shared by many viewers, so the first address of X-Forwarded-For counts instead. WAF does not apply
 * the rules to a request without the header; `unforwarded` blocks those.
 */
export function forwardedRateLimits(limits: RateLimits, host: string): Rule[] {
  const forwarded = {
    aggregateKeyType: 'FORWARDED_IP',
    forwardedIpConfig: { headerName: 'X-Forwarded-For', fallbackBehavior: 'MATCH' },
  };
  return [
    rateLimit('rate-limit-by-forwarded-address', {
      ...forwarded,
      limit: limits.address,
      scopeDownStatement: allOf(hostIs(host), not(isProgram())),
    }),
    rateLimit('program-rate-limit-by-forwarded-address', {
      ...forwarded,
      limit: limits.program,
      scopeDownStatement: allOf(hostIs(host), isProgram()),
    }),
  ];
}

/**
 * Blocks requests to `host`, which is reached through CloudFront, without X-Forwarded-For: CloudFront always sends
 * it. A client that bypasses CloudFront can forge the header; only an internal load balancer prevents that.
 */
export function unforwarded(host: string): Rule {
  return rule('past-cloudfront', {
    action: refusal('forbidden'),
    statement: allOf(hostIs(host), not(hasHeader('x-forwarded-for'))),
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

/** A request of a program: one with a key, on the routes of gateway, ingest and traces. */
function isProgram(): CfnWebACL.StatementProperty {
  return allOf(onProgramPaths(), { orStatement: { statements: KEY_HEADERS.map(hasHeader) } });
}

function onProgramPaths(): CfnWebACL.StatementProperty {
  return {
    regexMatchStatement: {
      fieldToMatch: { uriPath: {} },
      regexString: PROGRAM_PATHS,
      textTransformations: UNCHANGED,
    },
  };
}

function hasHeader(name: string): CfnWebACL.StatementProperty {
  return {
    sizeConstraintStatement: {
      fieldToMatch: { singleHeader: { Name: name } },
      comparisonOperator: 'GT',
      size: 0,
      textTransformations: UNCHANGED,
    },
  };
}

function rateLimit(
  name: string,
  statement: Omit<CfnWebACL.RateBasedStatementProperty, 'evaluationWindowSec'>,
): Rule {
  return rule(name, {
    action: refusal('rate-limited'),
    statement: { rateBasedStatement: { ...statement, evaluationWindowSec: RATE_WINDOW_SECONDS } },
  });
}

/** WAF refuses an AND of one statement. */
function allOf(
  first: CfnWebACL.StatementProperty,
  ...others: CfnWebACL.StatementProperty[]
): CfnWebACL.StatementProperty {
  return others.length === 0 ? first : { andStatement: { statements: [first, ...others] } };
}

function not(statement: CfnWebACL.StatementProperty): CfnWebACL.StatementProperty {
  return { notStatement: { statement } };
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
