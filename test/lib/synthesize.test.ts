import { CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { CfnSubnet, CfnVPC } from 'aws-cdk-lib/aws-ec2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { createPlatform } from '../../lib/platform';
import { synthesizeStrictly } from '../../lib/synthesize';
import { ValidationError } from '../../lib/validation-error';
import { testApp } from '../helpers/app';
import { EXISTING_CLUSTER, testConfig } from '../helpers/config';
import { OIDC } from '../helpers/oidc';

/** Synthesizes a stack that `build` fills. */
function synthesize(build: (stack: Stack) => void) {
  const app = testApp();
  const stack = new Stack(app, 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  build(stack);
  return synthesizeStrictly(app);
}

/** Something that CloudFormation only warns of. */
function hardCodedZone(stack: Stack): CfnSubnet {
  const vpc = new CfnVPC(stack, 'Vpc', { cidrBlock: '10.0.0.0/16' });
  new CfnOutput(stack, 'VpcId', { value: vpc.ref });
  Validations.of(vpc).acknowledge({ id: 'AwsSolutions-VPC7', reason: 'a test' });
  return new CfnSubnet(stack, 'Subnet', {
    vpcId: vpc.ref,
    cidrBlock: '10.0.0.0/24',
    availabilityZone: 'us-east-1a',
  });
}

describe('synthesizeStrictly', () => {
  beforeAll(() => {
    jest.spyOn(console, 'error').mockImplementation(() => {});
  });

  afterAll(() => {
    jest.restoreAllMocks();
  });

  test('fails on what AwsSolutions finds', () => {
    expect(() => synthesize((stack) => new Bucket(stack, 'Bucket'))).toThrow(
      expect.objectContaining({
        name: 'ValidationError',
        message: expect.stringMatching(
          /^validation: Test\/Bucket\/Resource: .* \(AwsSolutions AwsSolutions-S1\)/m,
        ),
      }),
    );
  });

  test('fails on a mere warning of CloudFormation, and names it', () => {
    expect(() => synthesize(hardCodedZone)).toThrow(ValidationError);
    expect(() => synthesize(hardCodedZone)).toThrow(
      /validation: Test\/Subnet: .*hardcoding availability zones 'us-east-1a' \(CloudFormation Validate W3010\)/,
    );
  });

  test('passes what is acknowledged with a reason, and counts it', () => {
    const { validation } = synthesize((stack) =>
      Validations.of(hardCodedZone(stack)).acknowledge({
        id: 'CloudFormation-Validate::W3010',
        reason: 'a test',
      }),
    );
    expect(validation.acknowledged).toBe(2);
  });
});

describe('the platform has no finding', () => {
  test.each([
    ['sandbox', {}],
    ['dev', {}],
    ['staging', {}],
    ['prod', {}],
    // Several at once where they have nothing to do with each other: each synthesis takes seconds.
    [
      'prod',
      {
        loadBalancer: { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-0123456789abcdef0' },
        database: { readReplicas: 1 },
        predictiveScaling: null,
      },
    ],
    [
      'prod',
      {
        database: { authentication: 'password', pooler: 'pgbouncer' },
        domain: { hostedZone: null },
        network: { interfaceEndpoints: ['kms', 'monitoring', 'scheduler'] },
        webAcl: { inspectCloudFrontTraffic: 'load-balancer' },
        loadBalancer: { algorithm: 'round_robin', stickinessSeconds: 0, slowStartSeconds: 60 },
        predictiveScaling: { tracing: true },
        alarms: { pageEmails: ['oncall@example.com'] },
        authentication: { oidc: OIDC },
      },
    ],
    [
      'dev',
      {
        region: 'eu-west-1',
        cluster: {
          publicAccessCidrs: ['203.0.113.0/24'],
          adminRoleArns: ['arn:aws:iam::111111111111:role/admin'],
        },
      },
    ],
    [
      'prod',
      {
        metrics: { scraperNamespace: 'monitoring' },
        cluster: {
          existing: EXISTING_CLUSTER,
        },
      },
    ],
  ] as const)('in %s with %j', (environment, overrides) => {
    const app = testApp();
    createPlatform(app, testConfig(overrides as Parameters<typeof testConfig>[0], environment));
    expect(synthesizeStrictly(app).assembly.stacks).toHaveLength(9);
  });
});
