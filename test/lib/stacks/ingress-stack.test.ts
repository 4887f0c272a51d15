import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { HostCertificate } from '../../../lib/constructs/edge/host-certificate';
import { WebAcl } from '../../../lib/constructs/edge/web-acl';
import type { LoadBalancer } from '../../../lib/constructs/load-balancer/load-balancer';
import { PodTargetGroup } from '../../../lib/constructs/load-balancer/pod-target-group';
import { createPlatform } from '../../../lib/platform';
import type { IngressStack } from '../../../lib/stacks/ingress-stack';
import { testApp } from '../../helpers/app';
import { testConfig } from '../../helpers/config';
import { onlyResource, platformTemplates } from '../../helpers/templates';

const ELB = 'AWS::ElasticLoadBalancingV2';
const CLOUDFRONT_ONLY = {
  loadBalancer: { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-3b927c52' },
} as const;

interface Resource {
  readonly Properties: Record<string, unknown>;
}

function propertiesOf(template: Template, type: string): Record<string, unknown>[] {
  return Object.values(template.findResources(type)).map((resource) => (resource as Resource).Properties);
}

/** Key-value attributes of a load balancer or a target group. */
function attributesOf(list: unknown): Record<string, unknown> {
  return Object.fromEntries(
    (list as { Key: string; Value: unknown }[]).map(({ Key, Value }) => [Key, Value]),
  );
}

function targetGroup(template: Template, name: string): Record<string, unknown> {
  const group = propertiesOf(template, `${ELB}::TargetGroup`).find(({ Name }) => Name === name);
  if (group === undefined) throw new Error(`no target group ${name}`);
  return group;
}

describe('IngressStack', () => {
  let prod: Template;
  let dev: Template;
  let internal: Template;

  beforeAll(() => {
    prod = platformTemplates().Ingress;
    dev = platformTemplates({}, 'dev').Ingress;
    internal = platformTemplates(CLOUDFRONT_ONLY).Ingress;
  });

  test('makes an internet-facing load balancer under its fixed name', () => {
    expect(onlyResource(prod, `${ELB}::LoadBalancer`)).toMatchObject({
      Name: 'llm-cost-ops-alb',
      Scheme: 'internet-facing',
      Type: 'application',
      Subnets: Array.from({ length: 3 }, () => ({
        'Fn::GetStackOutput': expect.objectContaining({
          OutputName: expect.stringContaining('publicSubnet'),
        }),
      })),
    });
  });

  test('hardens the load balancer and logs requests and connections', () => {
    const { LoadBalancerAttributes } = onlyResource(prod, `${ELB}::LoadBalancer`);
    const bucket = { Ref: expect.stringMatching(/^Logs/) };
    expect(attributesOf(LoadBalancerAttributes)).toEqual({
      'deletion_protection.enabled': 'true',
      'routing.http2.enabled': 'true',
      'idle_timeout.timeout_seconds': '610',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'routing.http.desync_mitigation_mode': 'defensive',
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.bucket': bucket,
      'access_logs.s3.prefix': 'access',
      'connection_logs.s3.enabled': 'true',
      'connection_logs.s3.bucket': bucket,
      'connection_logs.s3.prefix': 'connection',
    });
    expect(attributesOf(onlyResource(dev, `${ELB}::LoadBalancer`)['LoadBalancerAttributes'])).toMatchObject({
      'deletion_protection.enabled': 'false',
    });
  });

  test('listens on 443 with a post-quantum policy and sends what no rule takes to the API', () => {
    prod.hasResourceProperties(`${ELB}::Listener`, {
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
      Certificates: [{ CertificateArn: testConfig().domain?.certificateArn }],
      DefaultActions: [
        { Type: 'forward', TargetGroupArn: { Ref: Match.stringLikeRegexp('^ApiTargetGroup') } },
      ],
    });
  });

  test('redirects 80 to 443 for good', () => {
    prod.hasResourceProperties(`${ELB}::Listener`, {
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
      ],
    });
  });

  test.each(['llm-api-servers', 'admin-servers'])(
    "gives %s the seed's health check and attributes",
    (name) => {
      const group = targetGroup(prod, name);
      expect(group).toMatchObject({
        Port: 8080,
        Protocol: 'HTTP',
        TargetType: 'ip',
        HealthCheckEnabled: true,
        HealthCheckPath: '/health',
        HealthCheckPort: '8080',
        HealthCheckProtocol: 'HTTP',
        HealthCheckIntervalSeconds: 30,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 3,
        Matcher: { HttpCode: '200-299' },
      });
      expect(attributesOf(group['TargetGroupAttributes'])).toEqual({
        'load_balancing.algorithm.type': 'least_outstanding_requests',
        'stickiness.enabled': 'true',
        'stickiness.type': 'lb_cookie',
        'stickiness.lb_cookie.duration_seconds': '3600',
        'deregistration_delay.timeout_seconds': '30',
      });
    },
  );

  test('lets EKS Auto Mode, and it alone, register targets by tag', () => {
    const tag = { Key: 'eks:eks-cluster-name', Value: 'llm-cost-ops-prod' };
    expect(targetGroup(prod, 'llm-api-servers')['Tags']).toContainEqual(tag);
    expect(targetGroup(prod, 'admin-servers')['Tags']).toContainEqual(tag);
  });

  test('lets calls of the gateway go on for as long as they may, without a cookie that ties a client to a pod', () => {
    const attributes = attributesOf(targetGroup(prod, 'llm-gateway')['TargetGroupAttributes']);
    expect(attributes).toMatchObject({
      'deregistration_delay.timeout_seconds': '300',
      'stickiness.enabled': 'false',
    });
    expect(attributesOf(targetGroup(prod, 'llm-api-servers')['TargetGroupAttributes'])).toMatchObject({
      'deregistration_delay.timeout_seconds': '30',
      'stickiness.enabled': 'true',
    });
  });

  test('routes the gateway and API paths of the API hosts, the admin host, and admin paths of the app host', () => {
    const rules = propertiesOf(prod, `${ELB}::ListenerRule`).map(({ Priority, Conditions, Actions }) => ({
      Priority,
      Conditions,
      Actions,
    }));
    const gateway = (priority: number, paths: readonly string[]) => ({
      Priority: priority,
      Conditions: [
        { Field: 'path-pattern', PathPatternConfig: { Values: paths } },
        { Field: 'host-header', HostHeaderConfig: { Values: ['api.example.com', 'app.example.com'] } },
      ],
      Actions: [{ Type: 'forward', TargetGroupArn: { Ref: expect.stringMatching(/^GatewayTargetGroup/) } }],
    });
    expect(rules).toEqual([
      gateway(1, ['/api/v1/chat/completions', '/api/v1/responses', '/api/v1/embeddings']),
      gateway(2, ['/api/v1/models*', '/api/v1/messages*']),
      {
        Priority: 11,
        Conditions: [
          { Field: 'path-pattern', PathPatternConfig: { Values: ['/api/v1/*'] } },
          { Field: 'host-header', HostHeaderConfig: { Values: ['api.example.com', 'app.example.com'] } },
        ],
        Actions: [{ Type: 'forward', TargetGroupArn: { Ref: expect.stringMatching(/^ApiTargetGroup/) } }],
      },
      {
        Priority: 12,
        Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: ['admin.example.com'] } }],
        Actions: [{ Type: 'forward', TargetGroupArn: { Ref: expect.stringMatching(/^AdminTargetGroup/) } }],
      },
      {
        Priority: 13,
        Conditions: [
          { Field: 'path-pattern', PathPatternConfig: { Values: ['/api/admin/*'] } },
          { Field: 'host-header', HostHeaderConfig: { Values: ['app.example.com'] } },
        ],
        Actions: [{ Type: 'forward', TargetGroupArn: { Ref: expect.stringMatching(/^AdminTargetGroup/) } }],
      },
    ]);
  });

  test('opens 443 and 80 to everybody, and lets out nothing but requests to pods', () => {
    const { SecurityGroupIngress, SecurityGroupEgress } = onlyResource(prod, 'AWS::EC2::SecurityGroup');
    const everybody = (port: number) =>
      expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: port, ToPort: port });
    expect(SecurityGroupIngress).toEqual([everybody(443), everybody(80)]);
    // The rule to the pods is in the Cluster stack, which knows them.
    expect(SecurityGroupEgress).toBeUndefined();
  });

  test('keeps logs in a private bucket without KMS for as long as configured', () => {
    expect(onlyResource(prod, 'AWS::S3::Bucket')).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      LifecycleConfiguration: { Rules: [expect.objectContaining({ ExpirationInDays: 90 })] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    prod.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    prod.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
    dev.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    dev.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });

  test('names the API and admin hosts in the hosted zone', () => {
    const names = propertiesOf(prod, 'AWS::Route53::RecordSet').map(({ Name, Type }) => `${Name} ${Type}`);
    expect(names).toEqual(['api.example.com. A', 'admin.example.com. A']);
  });

  test('makes a certificate of all three hosts where none is given', () => {
    prod.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    expect(onlyResource(dev, 'AWS::CertificateManager::Certificate')).toMatchObject({
      DomainName: 'api.dev.example.com',
      SubjectAlternativeNames: ['admin.dev.example.com', 'app.dev.example.com'],
      ValidationMethod: 'DNS',
      DomainValidationOptions: Array.from({ length: 3 }, () =>
        expect.objectContaining({ HostedZoneId: 'Z0DEV00000000EXAMPLE' }),
      ),
    });
  });

  test('puts the load balancer under the web ACL', () => {
    expect(onlyResource(prod, 'AWS::WAFv2::WebACLAssociation')).toEqual({
      ResourceArn: { Ref: expect.stringMatching(/^LoadBalancerAlb/) },
      WebACLArn: { 'Fn::GetAtt': [expect.stringMatching(/^WebAcl/), 'Arn'] },
    });
  });

  test('gives out the names that manifests and people need', () => {
    expect(Object.keys(prod.findOutputs('*'))).toEqual(
      expect.arrayContaining(['ApiTargetGroupArn', 'AdminTargetGroupArn', 'LoadBalancerDnsName']),
    );
  });

  describe("with exposure 'cloudfront-only'", () => {
    test('is internal, in private subnets', () => {
      expect(onlyResource(internal, `${ELB}::LoadBalancer`)).toMatchObject({
        Scheme: 'internal',
        Subnets: Array.from({ length: 3 }, () => ({
          'Fn::GetStackOutput': expect.objectContaining({
            OutputName: expect.stringContaining('privateSubnet'),
          }),
        })),
      });
    });

    test('admits CloudFront on 443 and nobody else', () => {
      expect(onlyResource(internal, 'AWS::EC2::SecurityGroup')).not.toHaveProperty('SecurityGroupIngress');
      expect(onlyResource(internal, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({
        SourcePrefixListId: 'pl-3b927c52',
        FromPort: 443,
        ToPort: 443,
      });
      expect(JSON.stringify(internal.toJSON())).not.toContain('0.0.0.0/0');
    });

    test('has one listener and no public names', () => {
      expect(onlyResource(internal, `${ELB}::Listener`)).toMatchObject({ Port: 443, Protocol: 'HTTPS' });
      internal.resourceCountIs('AWS::Route53::RecordSet', 0);
    });
  });
});

describe('PodTargetGroup', () => {
  function groupWith(options: { stickiness?: Duration; slowStart?: Duration; autoMode?: boolean }) {
    const stack = new Stack(testApp(), 'Test');
    new PodTargetGroup(stack, 'Group', {
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0123456789abcdef0', availabilityZones: ['a'] }),
      targetGroupName: 'group',
      port: 8080,
      healthCheck: {
        path: '/health',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(2),
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        matcher: '200',
      },
      algorithm: 'round_robin',
      stickiness: options.stickiness ?? Duration.seconds(0),
      slowStart: options.slowStart ?? Duration.seconds(0),
      deregistrationDelay: Duration.seconds(30),
      cluster: {
        name: 'theirs',
        loadBalancerController: options.autoMode ? 'eks-auto-mode' : 'aws-load-balancer-controller',
      },
    });
    return onlyResource(Template.fromStack(stack), `${ELB}::TargetGroup`);
  }

  test('leaves out stickiness and slow start of zero seconds', () => {
    expect(attributesOf(groupWith({})['TargetGroupAttributes'])).toEqual({
      'deregistration_delay.timeout_seconds': '30',
      'load_balancing.algorithm.type': 'round_robin',
      'stickiness.enabled': 'false',
    });
  });

  test('ramps new targets up', () => {
    const group = groupWith({ slowStart: Duration.seconds(60) });
    expect(attributesOf(group['TargetGroupAttributes'])).toMatchObject({
      'slow_start.duration_seconds': '60',
    });
  });

  test('carries the Auto Mode tag only for Auto Mode', () => {
    expect(groupWith({ autoMode: true })['Tags']).toEqual([{ Key: 'eks:eks-cluster-name', Value: 'theirs' }]);
    expect(groupWith({ autoMode: false })).not.toHaveProperty('Tags');
  });
});

describe('HostCertificate', () => {
  test('fails without a zone to validate in', () => {
    const make = () =>
      new HostCertificate(new Stack(testApp(), 'Test'), 'Certificate', {
        certificateArn: null,
        hosts: ['app.example.com'],
        hostedZone: null,
      });
    expect(make).toThrow(
      "'hostedZone' must be given to create a certificate for app.example.com (or give 'certificateArn'), got null",
    );
  });
});

describe('LoadBalancer metrics', () => {
  let stack: IngressStack;
  let loadBalancer: LoadBalancer;

  beforeAll(() => {
    stack = createPlatform(testApp(), testConfig()).Ingress as IngressStack;
    loadBalancer = stack.loadBalancer;
  });

  test.each([
    ['RequestCount', () => loadBalancer.metricRequestCount(), 'Sum', ['LoadBalancer']],
    [
      'TargetResponseTime',
      () => loadBalancer.metricTargetResponseTime(99),
      'p99',
      ['LoadBalancer', 'TargetGroup'],
    ],
    [
      'HTTPCode_Target_5XX_Count',
      () => loadBalancer.metricTarget5xx(),
      'Sum',
      ['LoadBalancer', 'TargetGroup'],
    ],
    ['HTTPCode_ELB_5XX_Count', () => loadBalancer.metricLoadBalancer5xx(), 'Sum', ['LoadBalancer']],
    ['HealthyHostCount', () => loadBalancer.metricHealthyHosts(), 'Average', ['LoadBalancer', 'TargetGroup']],
    [
      'UnHealthyHostCount',
      () => loadBalancer.metricUnhealthyHosts(),
      'Average',
      ['LoadBalancer', 'TargetGroup'],
    ],
  ])('reads %s', (name, metric, statistic, dimensions) => {
    const { metricName, statistic: actual, dimensions: found = {}, namespace } = metric();
    expect({ namespace, metricName, statistic: actual, dimensions: Object.keys(found).sort() }).toEqual({
      namespace: 'AWS/ApplicationELB',
      metricName: name,
      statistic,
      dimensions,
    });
  });
});

describe('WebAcl', () => {
  interface Rule {
    readonly Name: string;
    readonly Priority: number;
    readonly Action?: unknown;
    readonly OverrideAction?: unknown;
    readonly Statement: Record<string, Record<string, unknown>>;
    readonly VisibilityConfig: unknown;
  }

  function aclWith(props: Partial<ConstructorParameters<typeof WebAcl>[2]> = {}) {
    const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
    const acl = new WebAcl(stack, 'Acl', {
      name: 'test',
      scope: 'REGIONAL',
      rateLimits: { address: 500, key: 7000, program: 9000 },
      logRetentionDays: 30,
      retain: true,
      ...props,
    });
    const template = Template.fromStack(stack);
    const properties = onlyResource(template, 'AWS::WAFv2::WebACL');
    const rules = properties['Rules'] as readonly Rule[];
    const ruleOf = (name: string) => rules.find(({ Name }) => Name === name);
    return { acl, template, properties, rules, ruleOf };
  }

  test('allows by default, with rules in a fixed order and each of them measured', () => {
    const { properties, rules } = aclWith({ proxiedHost: 'app.example.com' });
    expect(properties).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
    expect(rules.map(({ Name, Priority }) => [Priority, Name])).toEqual([
      [0, 'rate-limit-by-authorization'],
      [1, 'rate-limit-by-x-api-key'],
      [2, 'rate-limit-by-address'],
      [3, 'program-rate-limit-by-address'],
      [4, 'past-cloudfront'],
      [5, 'rate-limit-by-forwarded-address'],
      [6, 'program-rate-limit-by-forwarded-address'],
      [7, 'body-over-inspection-limit'],
      [8, 'AWSManagedRulesAmazonIpReputationList'],
      [9, 'AWSManagedRulesKnownBadInputsRuleSet'],
      [10, 'AWSManagedRulesCommonRuleSet'],
      [11, 'AWSManagedRulesSQLiRuleSet'],
    ]);
    for (const { Name, VisibilityConfig } of rules) {
      expect(VisibilityConfig).toEqual({
        MetricName: Name,
        CloudWatchMetricsEnabled: true,
        SampledRequestsEnabled: true,
      });
    }
  });

  const hasHeader = (Name: string) => ({
    SizeConstraintStatement: expect.objectContaining({
      FieldToMatch: { SingleHeader: { Name } },
      ComparisonOperator: 'GT',
      Size: 0,
    }),
  });
  const onProgramPaths = {
    RegexMatchStatement: expect.objectContaining({ FieldToMatch: { UriPath: {} } }),
  };
  const isProgram = {
    AndStatement: {
      Statements: [
        onProgramPaths,
        { OrStatement: { Statements: [hasHeader('authorization'), hasHeader('x-api-key')] } },
      ],
    },
  };
  const tooMany = {
    Block: {
      CustomResponse: {
        ResponseCode: 429,
        CustomResponseBodyKey: 'rate-limited',
        ResponseHeaders: [{ Name: 'retry-after', Value: '60' }],
      },
    },
  };

  test('blocks an address above the limit, of programs and of others each', () => {
    const { ruleOf } = aclWith();
    expect(ruleOf('rate-limit-by-address')).toMatchObject({
      Action: tooMany,
      Statement: {
        RateBasedStatement: {
          Limit: 500,
          EvaluationWindowSec: 300,
          AggregateKeyType: 'IP',
          ScopeDownStatement: { NotStatement: { Statement: isProgram } },
        },
      },
    });
    expect(ruleOf('program-rate-limit-by-address')).toMatchObject({
      Action: tooMany,
      Statement: {
        RateBasedStatement: { Limit: 9000, AggregateKeyType: 'IP', ScopeDownStatement: isProgram },
      },
    });
    expect(ruleOf('rate-limit-by-forwarded-address')).toBeUndefined();
  });

  test.each(['authorization', 'x-api-key'])(
    'blocks a key in %s above its limit on the routes of programs',
    (name) => {
      expect(aclWith().ruleOf(`rate-limit-by-${name}`)).toMatchObject({
        Action: tooMany,
        Statement: {
          RateBasedStatement: {
            Limit: 7000,
            AggregateKeyType: 'CUSTOM_KEYS',
            CustomKeys: [{ Header: { Name: name, TextTransformations: [{ Priority: 0, Type: 'NONE' }] } }],
            ScopeDownStatement: onProgramPaths,
          },
        },
      });
    },
  );

  test.each([
    ['/api/v1/chat/completions', true],
    ['/api/v1/messages', true],
    ['/api/v1/messages/count_tokens', true],
    ['/api/v1/models/gpt-5', true],
    ['/api/v1/requests', true],
    ['/api/v1/otlp/v1/traces', true],
    ['/api/v1/costs', false],
    ['/api/v1/keys', false],
    ['/index.html', false],
    ['/x/api/v1/messages', false],
  ])('takes %s for a route of programs: %s', (path, expected) => {
    const { Statement } = aclWith().ruleOf('rate-limit-by-authorization') as Rule;
    const scope = Statement['RateBasedStatement']?.['ScopeDownStatement'] as {
      RegexMatchStatement: { RegexString: string };
    };
    expect(new RegExp(scope.RegexMatchStatement.RegexString).test(path)).toBe(expected);
  });

  test('refuses in JSON that clients of OpenAI and of Anthropic read, and that is problem details', () => {
    const bodies = aclWith().properties['CustomResponseBodies'] as Record<
      string,
      { ContentType: string; Content: string }
    >;
    expect(Object.keys(bodies)).toEqual(['rate-limited', 'forbidden']);
    for (const [status, name, type] of [
      [429, 'rate-limited', 'rate_limit_error'],
      [403, 'forbidden', 'permission_error'],
    ] as const) {
      expect(bodies[name]?.ContentType).toBe('APPLICATION_JSON');
      expect(JSON.parse(String(bodies[name]?.Content))).toMatchObject({
        type: 'error',
        status,
        detail: expect.any(String),
        error: { type, message: expect.any(String) },
      });
    }
  });

  test('blocks requests to a host behind CloudFront that did not come through it', () => {
    const { ruleOf } = aclWith({ proxiedHost: 'app.example.com' });
    expect(ruleOf('past-cloudfront')).toMatchObject({
      Action: { Block: { CustomResponse: { ResponseCode: 403, CustomResponseBodyKey: 'forbidden' } } },
      Statement: {
        AndStatement: {
          Statements: [
            { ByteMatchStatement: { SearchString: 'app.example.com', PositionalConstraint: 'EXACTLY' } },
            {
              NotStatement: {
                Statement: {
                  SizeConstraintStatement: {
                    FieldToMatch: { SingleHeader: { Name: 'x-forwarded-for' } },
                    ComparisonOperator: 'GT',
                    Size: 0,
                  },
                },
              },
            },
          ],
        },
      },
    });
    expect(aclWith().ruleOf('past-cloudfront')).toBeUndefined();
  });

  test('limits a host behind CloudFront by the forwarded address, for its senders are shared', () => {
    const { ruleOf } = aclWith({ proxiedHost: 'app.example.com' });
    const host = {
      ByteMatchStatement: expect.objectContaining({
        FieldToMatch: { SingleHeader: { Name: 'host' } },
        PositionalConstraint: 'EXACTLY',
        SearchString: 'app.example.com',
      }),
    };
    expect(ruleOf('rate-limit-by-address')?.Statement['RateBasedStatement']).toMatchObject({
      ScopeDownStatement: {
        AndStatement: {
          Statements: [{ NotStatement: { Statement: isProgram } }, { NotStatement: { Statement: host } }],
        },
      },
    });
    expect(ruleOf('program-rate-limit-by-forwarded-address')).toMatchObject({
      Statement: {
        RateBasedStatement: {
          Limit: 9000,
          AggregateKeyType: 'FORWARDED_IP',
          ScopeDownStatement: { AndStatement: { Statements: [host, isProgram] } },
        },
      },
    });
    expect(ruleOf('rate-limit-by-forwarded-address')).toMatchObject({
      Action: tooMany,
      Statement: {
        RateBasedStatement: {
          Limit: 500,
          AggregateKeyType: 'FORWARDED_IP',
          ForwardedIPConfig: { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'MATCH' },
          ScopeDownStatement: {
            AndStatement: { Statements: [host, { NotStatement: { Statement: isProgram } }] },
          },
        },
      },
    });
  });

  test.each([
    ['REGIONAL', 8192],
    ['CLOUDFRONT', 16384],
  ] as const)('counts, and does not block, bodies longer than WAF reads in scope %s', (scope, bytes) => {
    const { ruleOf } = aclWith({ scope });
    expect(ruleOf('body-over-inspection-limit')).toMatchObject({
      Action: { Count: {} },
      Statement: {
        SizeConstraintStatement: {
          ComparisonOperator: 'GT',
          Size: bytes,
          FieldToMatch: { Body: { OversizeHandling: 'MATCH' } },
        },
      },
    });
  });

  test('counts the managed rules that read bodies or queries and enforces the others', () => {
    const { rules } = aclWith();
    const counted = rules
      .filter(({ OverrideAction }) => OverrideAction !== undefined)
      .map(({ Statement, OverrideAction }) => {
        const group = Statement['ManagedRuleGroupStatement'] as {
          Name: string;
          RuleActionOverrides?: { Name: string; ActionToUse: unknown }[];
        };
        expect(OverrideAction).toEqual({ None: {} });
        for (const { ActionToUse } of group.RuleActionOverrides ?? [])
          expect(ActionToUse).toEqual({ Count: {} });
        return [group.Name, group.RuleActionOverrides?.map(({ Name }) => Name)];
      });
    expect(counted).toEqual([
      ['AWSManagedRulesAmazonIpReputationList', undefined],
      [
        'AWSManagedRulesKnownBadInputsRuleSet',
        ['Log4JRCE_BODY', 'JavaDeserializationRCE_BODY', 'ReactJSRCE_BODY'],
      ],
      [
        'AWSManagedRulesCommonRuleSet',
        [
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
      ],
      [
        'AWSManagedRulesSQLiRuleSet',
        [
          'SQLi_BODY',
          'SQLiExtendedPatterns_BODY',
          'SQLi_QUERYARGUMENTS',
          'SQLiExtendedPatterns_QUERYARGUMENTS',
        ],
      ],
    ]);
  });

  test('logs what it blocked without credentials, which samples do not show either', () => {
    const { properties, template } = aclWith();
    expect(onlyResource(template, 'AWS::Logs::LogGroup')).toMatchObject({
      LogGroupName: 'aws-waf-logs-test',
      RetentionInDays: 30,
    });
    expect(onlyResource(template, 'AWS::WAFv2::LoggingConfiguration')).toMatchObject({
      LogDestinationConfigs: [
        { 'Fn::Join': ['', [expect.stringMatching(/:log-group:$/), { Ref: expect.stringMatching(/Log/) }]] },
      ],
      LoggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [{ Behavior: 'KEEP', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] }],
      },
      RedactedFields: ['authorization', 'cookie', 'x-api-key'].map((Name) => ({ SingleHeader: { Name } })),
    });
    expect(properties['DataProtectionConfig']).toEqual({
      DataProtections: [
        {
          Action: 'SUBSTITUTION',
          Field: { FieldType: 'SINGLE_HEADER', FieldKeys: ['authorization', 'cookie', 'x-api-key'] },
        },
      ],
    });
  });

  test('measures blocked requests, with the region only where CloudWatch has it', () => {
    expect(aclWith().acl.metricBlockedRequests()).toMatchObject({
      namespace: 'AWS/WAFV2',
      metricName: 'BlockedRequests',
      statistic: 'Sum',
      dimensions: { WebACL: 'test', Rule: 'ALL', Region: 'us-east-1' },
    });
    expect(aclWith({ scope: 'CLOUDFRONT' }).acl.metricBlockedRequests().dimensions).toEqual({
      WebACL: 'test',
      Rule: 'ALL',
    });
  });
});
