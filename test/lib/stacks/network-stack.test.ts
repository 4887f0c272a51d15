import { Match, type Template } from 'aws-cdk-lib/assertions';
import { platformTemplates } from '../../helpers/templates';

describe('NetworkStack', () => {
  let prod: Template;
  let dev: Template;

  beforeAll(() => {
    prod = platformTemplates().Network;
    dev = platformTemplates({}, 'dev').Network;
  });

  test('has three tiers over the three configured zones', () => {
    const subnets = Object.values(prod.findResources('AWS::EC2::Subnet')).map(({ Properties }) => Properties);
    const byTier = (tier: string) =>
      subnets
        .filter(({ Tags }) => Tags.some((tag: { Value: string }) => tag.Value === tier))
        .map(({ AvailabilityZone, CidrBlock }) => [AvailabilityZone, CidrBlock]);
    expect(byTier('private')).toEqual([
      ['us-east-1a', '10.0.0.0/18'],
      ['us-east-1b', '10.0.64.0/18'],
      ['us-east-1c', '10.0.128.0/18'],
    ]);
    expect(byTier('public').map(([zone]) => zone)).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
    expect(byTier('isolated').map(([zone]) => zone)).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
  });

  test('gives no instance a public address by itself', () => {
    prod.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  test('leaves the isolated tier without a route out', () => {
    const routes = Object.keys(prod.findResources('AWS::EC2::Route'));
    expect(routes.filter((id) => id.includes('isolated'))).toEqual([]);
    expect(routes.filter((id) => id.includes('private'))).toHaveLength(3);
  });

  test.each([
    ['prod', 3],
    ['dev', 1],
  ])('has as many NAT gateways as %s asks for', (environment, count) => {
    (environment === 'prod' ? prod : dev).resourceCountIs('AWS::EC2::NatGateway', count);
  });

  test('reaches S3 through a gateway and the configured services through interface endpoints', () => {
    prod.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      ServiceName: Match.objectLike({ 'Fn::Join': ['', ['com.amazonaws.', Match.anyValue(), '.s3']] }),
    });
    const interfaces = Object.values(
      prod.findResources('AWS::EC2::VPCEndpoint', { Properties: { VpcEndpointType: 'Interface' } }),
    );
    expect(interfaces.map(({ Properties }) => Properties.ServiceName).sort()).toEqual(
      ['ecr.api', 'ecr.dkr', 'eks-auth', 'logs', 'monitoring', 'secretsmanager', 'sts'].map(
        (service) => `com.amazonaws.us-east-1.${service}`,
      ),
    );
    dev.resourcePropertiesCountIs('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface' }, 0);
  });

  test('lets only the VPC at the interface endpoints', () => {
    prod.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'AWS services reached from inside the VPC',
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443 })],
    });
  });

  test('logs all flows, encrypted, for as long as configured', () => {
    prod.hasResourceProperties('AWS::EC2::FlowLog', {
      TrafficType: 'ALL',
      LogDestinationType: 'cloud-watch-logs',
    });
    prod.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        LogGroupName: '/llm-cost-ops/prod/vpc-flow-logs',
        RetentionInDays: 90,
        KmsKeyId: Match.anyValue(),
      },
    });
    dev.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 7 } });
  });

  test('rotates its keys, and keeps them where data is kept', () => {
    prod.resourceCountIs('AWS::KMS::Key', 2);
    prod.allResources('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { EnableKeyRotation: true },
    });
    dev.allResources('AWS::KMS::Key', { DeletionPolicy: 'Delete', Properties: { EnableKeyRotation: true } });
  });

  test("lets CloudWatch Logs use the logs key for this account's log groups only", () => {
    prod.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Sid: 'CloudWatchLogs',
            Principal: { Service: 'logs.us-east-1.amazonaws.com' },
            Condition: Match.objectLike({ ArnLike: Match.anyValue() }),
          }),
        ]),
      },
    });
  });
});
