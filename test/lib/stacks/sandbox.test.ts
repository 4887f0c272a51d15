import { Match, type Template } from 'aws-cdk-lib/assertions';
import { onlyResource, platformTemplates } from '../../helpers/templates';

const ELB = 'AWS::ElasticLoadBalancingV2';

describe('the sandbox', () => {
  const { Edge, Network, Ingress, Cdn, Cluster, Observability, PredictiveScaling } = platformTemplates(
    {},
    'sandbox',
  );

  test('needs no certificate and no hosted zone', () => {
    for (const template of [Edge, Ingress, Cdn]) {
      template.resourceCountIs('AWS::CertificateManager::Certificate', 0);
      template.resourceCountIs('AWS::Route53::RecordSet', 0);
    }
    expect(JSON.stringify([Edge, Ingress, Cdn])).not.toContain('example.com');
  });

  test('serves CloudFront’s own name with its certificate, inspected at the edge', () => {
    const distribution = onlyResource(Cdn, 'AWS::CloudFront::Distribution')['DistributionConfig'] as Record<
      string,
      unknown
    >;
    expect(distribution['Aliases']).toBeUndefined();
    expect(distribution['ViewerCertificate']).toBeUndefined();
    expect(distribution['WebACLId']).toBeDefined();
    expect(onlyResource(Edge, 'AWS::WAFv2::WebACL')['Scope']).toBe('CLOUDFRONT');
  });

  test('reaches an internal load balancer by HTTP through a VPC origin', () => {
    expect(onlyResource(Cdn, 'AWS::CloudFront::VpcOrigin')['VpcOriginEndpointConfig']).toMatchObject({
      OriginProtocolPolicy: 'http-only',
    });
    Ingress.hasResourceProperties(`${ELB}::LoadBalancer`, { Scheme: 'internal' });
    Ingress.resourceCountIs(`${ELB}::Listener`, 1);
    Ingress.hasResourceProperties(`${ELB}::Listener`, {
      Port: 80,
      Protocol: 'HTTP',
      Certificates: Match.absent(),
      SslPolicy: Match.absent(),
      DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: Match.stringLikeRegexp('^ApiTarget') } }],
    });
  });

  test('lets only CloudFront connect to the load balancer', () => {
    const prefixLists = Ingress.findResources('AWS::EC2::SecurityGroupIngress');
    expect(Object.values(prefixLists).map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({ SourcePrefixListId: 'pl-3b927c52', FromPort: 80, ToPort: 80 }),
    ]);
    Ingress.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
  });

  test('sends admin routes to the admin servers on the same host', () => {
    Ingress.hasResourceProperties(`${ELB}::ListenerRule`, {
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/api/admin/*'] } }],
      Actions: [{ Type: 'forward', TargetGroupArn: { Ref: Match.stringLikeRegexp('^AdminTarget') } }],
    });
  });

  test('creates the role that administers the cluster, before its access entry', () => {
    expect(onlyRole(Cluster.findResources('AWS::IAM::Role'))).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Principal: { AWS: expect.anything() } }],
      },
    });
    Cluster.hasResourceProperties('AWS::EKS::AccessEntry', {
      PrincipalArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('AdminRole'), 'Arn'] },
    });
  });

  test('has one NAT gateway, no interface endpoint, no alarm, no dashboard, no scaler', () => {
    Network.resourceCountIs('AWS::EC2::NatGateway', 1);
    Network.allResourcesProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
    Observability.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    Observability.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    Observability.resourceCountIs('AWS::Budgets::Budget', 1);
    PredictiveScaling.resourceCountIs('AWS::Lambda::Function', 0);
  });
});

/** The one role with a fixed name. */
function onlyRole(roles: ReturnType<Template['findResources']>): Record<string, unknown> {
  const named = Object.values(roles)
    .map(({ Properties }) => Properties as Record<string, unknown>)
    .filter(({ RoleName }) => RoleName !== undefined);
  expect(named.map(({ RoleName }) => RoleName)).toEqual(['llm-cost-ops-sandbox-admin']);
  return named[0] ?? {};
}
