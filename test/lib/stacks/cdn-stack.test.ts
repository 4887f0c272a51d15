import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import type { CdnStack } from '../../../lib/stacks/cdn-stack';
import { testConfig } from '../../helpers/config';
import { onlyResource, platformStacks } from '../../helpers/templates';

const DISTRIBUTION = 'AWS::CloudFront::Distribution';
const ALL_METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
/** Ids of CloudFront's managed policies. */
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER = '216adef6-5c7f-47e4-b989-5492eafa07d3';

interface Origin {
  readonly DomainName: unknown;
  readonly CustomOriginConfig?: unknown;
  readonly VpcOriginConfig?: unknown;
}

interface Platform {
  readonly stack: CdnStack;
  readonly cdn: Template;
  readonly edge: Template;
  readonly origin: Origin | undefined;
  readonly distribution: Record<string, unknown>;
}

function platform(...config: Parameters<typeof testConfig>): Platform {
  const { Edge, Cdn } = platformStacks(...config);
  const cdn = Template.fromStack(Cdn);
  const distribution = onlyResource(cdn, DISTRIBUTION)['DistributionConfig'] as Record<string, unknown>;
  return {
    stack: Cdn as CdnStack,
    cdn,
    edge: Template.fromStack(Edge),
    distribution,
    origin: (distribution['Origins'] as Origin[])[1],
  };
}

describe('CdnStack', () => {
  let prod: Platform;
  let dev: Platform;

  beforeAll(() => {
    prod = platform();
    dev = platform({}, 'dev');
  });

  test('keeps no error answer, for the key of the cache has no credentials, and leaves its content alone', () => {
    const errors = prod.distribution['CustomErrorResponses'] as readonly Record<string, number>[];
    expect(errors.map(({ ErrorCode }) => ErrorCode)).toEqual([
      400, 403, 404, 405, 414, 500, 501, 502, 503, 504,
    ]);
    for (const error of errors) {
      expect(Object.keys(error).sort()).toEqual(['ErrorCachingMinTTL', 'ErrorCode']);
      expect(error['ErrorCachingMinTTL']).toBe(0);
    }
  });

  test('serves the app host over HTTP/2 and 3, IPv6 and current TLS, under the web ACL', () => {
    expect(prod.distribution).toMatchObject({
      Aliases: ['app.example.com'],
      Enabled: true,
      HttpVersion: 'http2and3',
      IPV6Enabled: true,
      DefaultRootObject: 'index.html',
      PriceClass: 'PriceClass_All',
      WebACLId: {
        'Fn::GetStackOutput': expect.objectContaining({ StackName: 'llm-cost-ops-prod-edge' }),
      },
      ViewerCertificate: {
        AcmCertificateArn: testConfig().domain?.cdnCertificateArn,
        MinimumProtocolVersion: 'TLSv1.2_2025',
        SslSupportMethod: 'sni-only',
      },
    });
    expect(dev.distribution).toMatchObject({ PriceClass: 'PriceClass_100' });
  });

  test('caches and compresses static files', () => {
    expect(prod.distribution['DefaultCacheBehavior']).toMatchObject({
      CachePolicyId: CACHING_OPTIMIZED,
      Compress: true,
      ViewerProtocolPolicy: 'redirect-to-https',
      FunctionAssociations: [{ EventType: 'viewer-request', FunctionARN: expect.anything() }],
    });
  });

  test('passes streams, then the rest of the API, through untouched', () => {
    const behavior = (pattern: string) =>
      expect.objectContaining({
        PathPattern: pattern,
        AllowedMethods: ALL_METHODS,
        CachePolicyId: CACHING_DISABLED,
        OriginRequestPolicyId: ALL_VIEWER,
        Compress: false,
        ViewerProtocolPolicy: 'https-only',
      });
    expect(prod.distribution['CacheBehaviors']).toEqual([behavior('/api/stream*'), behavior('/api/*')]);
  });

  test('reaches a public load balancer by its name over TLS 1.2', () => {
    expect(prod.origin).toMatchObject({
      DomainName: 'api.example.com',
      CustomOriginConfig: {
        OriginProtocolPolicy: 'https-only',
        OriginSSLProtocols: ['TLSv1.2'],
        OriginReadTimeout: 60,
        OriginKeepaliveTimeout: 50,
      },
    });
  });

  test("reaches a 'cloudfront-only' load balancer through a VPC origin, with the configured read timeout", () => {
    const internal = platform({
      loadBalancer: { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-3b927c52' },
      cdn: { readTimeoutSeconds: 120 },
    });
    expect(internal.origin).toMatchObject({
      DomainName: 'api.example.com',
      VpcOriginConfig: { OriginReadTimeout: 120, OriginKeepaliveTimeout: 50 },
    });
    expect(onlyResource(internal.cdn, 'AWS::CloudFront::VpcOrigin')).toMatchObject({
      VpcOriginEndpointConfig: {
        Arn: { 'Fn::GetStackOutput': expect.objectContaining({ StackName: 'llm-cost-ops-prod-ingress' }) },
        OriginProtocolPolicy: 'https-only',
        OriginSSLProtocols: ['TLSv1.2'],
      },
    });
  });

  test('keeps the files private, encrypted and versioned, read by this distribution alone', () => {
    prod.cdn.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LoggingConfiguration: { LogFilePrefix: 'static-bucket/' },
      },
    });
    prod.cdn.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: { OriginAccessControlOriginType: 's3', SigningBehavior: 'always' },
    });
    const statements = Object.values(prod.cdn.findResources('AWS::S3::BucketPolicy')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: 's3:GetObject',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Condition: { StringEquals: { 'AWS:SourceArn': expect.anything() } },
      }),
    );
    expect(statements.filter(({ Effect, Principal }) => Effect === 'Allow' && Principal.AWS === '*')).toEqual(
      [],
    );
  });

  test('empties and deletes its buckets only where data is not kept', () => {
    prod.cdn.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
    dev.cdn.resourceCountIs('Custom::S3AutoDeleteObjects', 2);
  });

  test('logs to a bucket that takes the ACL CloudFront writes with', () => {
    expect(prod.distribution['Logging']).toMatchObject({ Prefix: 'cloudfront/' });
    prod.cdn.hasResourceProperties('AWS::S3::Bucket', {
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 90, Status: 'Enabled' }] },
    });
  });

  test('adds security headers: all of them to pages, those of the transport to the API', () => {
    const policies = Object.values(prod.cdn.findResources('AWS::CloudFront::ResponseHeadersPolicy')).map(
      ({ Properties }) => Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig,
    );
    const transport = {
      StrictTransportSecurity: {
        AccessControlMaxAgeSec: 31_536_000,
        IncludeSubdomains: true,
        Override: true,
      },
      ContentTypeOptions: { Override: true },
    };
    expect(policies).toEqual([
      {
        ...transport,
        FrameOptions: { FrameOption: 'DENY', Override: true },
        ReferrerPolicy: { ReferrerPolicy: 'strict-origin-when-cross-origin', Override: true },
        ContentSecurityPolicy: {
          ContentSecurityPolicy: expect.stringContaining("default-src 'self'"),
          Override: true,
        },
      },
      transport,
    ]);
  });

  test('names the app host over IPv4 and IPv6, or not at all without a zone', () => {
    const names = ({ cdn }: Platform) =>
      Object.values(cdn.findResources('AWS::Route53::RecordSet')).map(
        ({ Properties: { Name, Type } }) => `${Name} ${Type}`,
      );
    expect(names(prod)).toEqual(['app.example.com. A', 'app.example.com. AAAA']);
    expect(names(platform({ domain: { hostedZone: null } }))).toEqual([]);
  });

  test('gives out what a deployment of the web application needs', () => {
    expect(Object.keys(prod.cdn.findOutputs('*'))).toEqual(
      expect.arrayContaining(['DistributionDomainName', 'DistributionId', 'StaticBucketName']),
    );
  });

  test('measures requests and errors where CloudFront does', () => {
    expect(prod.stack.cdn.metricRequests()).toMatchObject({
      namespace: 'AWS/CloudFront',
      metricName: 'Requests',
    });
    expect(prod.stack.cdn.metric5xxErrorRate()).toMatchObject({ metricName: '5xxErrorRate' });
  });
});

describe('SpaFallback', () => {
  const code = readFileSync(
    resolve(__dirname, '../../../lib/constructs/cdn/functions/spa-fallback.js'),
    'utf8',
  );
  const handler = new Function(`${code}; return handler;`)() as (event: { request: { uri: string } }) => {
    uri: string;
  };

  test.each([
    ['/', '/index.html'],
    ['/costs', '/index.html'],
    ['/costs/2026/11', '/index.html'],
    ['/costs/', '/index.html'],
    ['/models/gpt-4.1', '/index.html'],
    ['/v1.2/report', '/index.html'],
    ['/index.html', '/index.html'],
    ['/assets/app.4f2a.js', '/assets/app.4f2a.js'],
    ['/favicon.ico', '/favicon.ico'],
    ['/fonts/Inter.WOFF2', '/fonts/Inter.WOFF2'],
    ['/.well-known/security.txt', '/.well-known/security.txt'],
  ])('turns %s into %s', (uri, expected) => {
    expect(handler({ request: { uri } }).uri).toBe(expected);
  });

  test('is the code that is deployed, named by stack', () => {
    expect(onlyResource(platform().cdn, 'AWS::CloudFront::Function')).toMatchObject({
      Name: 'llm-cost-ops-prod-cdn-spa-fallback',
      FunctionCode: code,
      FunctionConfig: { Runtime: 'cloudfront-js-2.0' },
    });
  });
});

describe('EdgeStack', () => {
  let europe: Platform;

  beforeAll(() => {
    europe = platform({ region: 'eu-west-1' }, 'dev');
  });

  test('makes the certificate of the app host, validated in the hosted zone', () => {
    expect(onlyResource(europe.edge, 'AWS::CertificateManager::Certificate')).toMatchObject({
      DomainName: 'app.dev.example.com',
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ DomainName: 'app.dev.example.com', HostedZoneId: 'Z0DEV00000000EXAMPLE' }],
    });
  });

  test('limits every address, for at the edge the sender is the client', () => {
    const { Scope, Rules } = onlyResource(europe.edge, 'AWS::WAFv2::WebACL') as {
      Scope: string;
      Rules: { Name: string; Statement: unknown }[];
    };
    expect(Scope).toBe('CLOUDFRONT');
    expect(Rules.find(({ Name }) => Name === 'rate-limit-by-address')).toMatchObject({
      Statement: { RateBasedStatement: { Limit: 2_000, AggregateKeyType: 'IP' } },
    });
    expect(Rules.map(({ Name }) => Name)).not.toContain('rate-limit-by-forwarded-address');
  });

  test('hands certificate and ACL to a distribution in another region without exports or custom resources', () => {
    const fromEdge = (name: string) => ({
      'Fn::GetStackOutput': {
        StackName: 'llm-cost-ops-dev-edge',
        Region: 'us-east-1',
        OutputName: expect.stringContaining(name),
      },
    });
    expect(europe.stack.region).toBe('eu-west-1');
    expect(europe.distribution).toMatchObject({
      WebACLId: fromEdge('WebAcl'),
      ViewerCertificate: { AcmCertificateArn: fromEdge('Certificate') },
    });
    expect(Object.values(europe.edge.findOutputs('*')).filter(({ Export }) => Export !== undefined)).toEqual(
      [],
    );
    europe.edge.resourceCountIs('Custom::CrossRegionExportWriter', 0);
    europe.cdn.resourceCountIs('Custom::CrossRegionExportReader', 0);
  });
});
