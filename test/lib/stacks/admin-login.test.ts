import { OIDC } from '../../helpers/oidc';
import { onlyResource, platformTemplates } from '../../helpers/templates';

const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule';

describe('the log-in at the load balancer', () => {
  const authentication = { oidc: { ...OIDC, sessionSeconds: 3600 } };
  let before: ReturnType<typeof platformTemplates>;
  let after: ReturnType<typeof platformTemplates>;

  beforeAll(() => {
    before = platformTemplates();
    after = platformTemplates({ authentication });
  });

  /** Rules of the admin host in the order in which the listener evaluates them. */
  const adminRules = (templates: typeof after) =>
    Object.values(templates.Ingress.findResources(RULE))
      .map(({ Properties }) => Properties)
      .filter(({ Conditions }) => JSON.stringify(Conditions).includes('admin.example.com'))
      .sort((one, other) => one.Priority - other.Priority)
      .map(({ Actions, Conditions, Priority }) => ({ Actions, Conditions, Priority }));

  test('comes before everything on the admin host: API paths get 401, pages a redirect', () => {
    const rule = (priority: number, paths: readonly string[], reaction: string) => ({
      Priority: priority,
      Conditions: [
        ...(paths.length > 0 ? [{ Field: 'path-pattern', PathPatternConfig: { Values: paths } }] : []),
        { Field: 'host-header', HostHeaderConfig: { Values: ['admin.example.com'] } },
      ],
      Actions: [
        {
          Order: 1,
          Type: 'authenticate-oidc',
          AuthenticateOidcConfig: {
            AuthorizationEndpoint: 'https://id.example.com/authorize',
            TokenEndpoint: 'https://id.example.com/token',
            UserInfoEndpoint: 'https://id.example.com/userinfo',
            Issuer: 'https://id.example.com',
            ClientId: 'llm-cost-ops',
            ClientSecret: `{{resolve:secretsmanager:${OIDC.clientSecretArn}:SecretString:::}}`,
            Scope: 'openid email',
            SessionTimeout: 3600,
            OnUnauthenticatedRequest: reaction,
          },
        },
        { Order: 2, Type: 'forward', TargetGroupArn: { Ref: expect.stringMatching(/^AdminTargetGroup/) } },
      ],
    });
    expect(adminRules(after)).toEqual([rule(12, ['/api/*'], 'deny'), rule(14, [], 'authenticate')]);
    expect(adminRules(before).map(({ Actions }) => Actions[0].Type)).toEqual(['forward']);
  });

  test('keeps all other rules with their priorities', () => {
    const others = (templates: typeof after) =>
      Object.entries(templates.Ingress.findResources(RULE)).filter(
        ([, { Properties }]) => !JSON.stringify(Properties.Conditions).includes('admin.example.com'),
      );
    expect(others(after)).toEqual(others(before));
    expect(others(after)).toHaveLength(4);
  });

  test('opens the way to the provider, whose addresses nobody can name', () => {
    const egress = (templates: typeof after) =>
      onlyResource(templates.Ingress, 'AWS::EC2::SecurityGroup')['SecurityGroupEgress'];
    expect(egress(before)).toBeUndefined();
    expect(egress(after)).toEqual([
      {
        ...{ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
        Description: 'To the identity provider: its addresses change',
      },
    ]);
  });

  test('gives out the load balancer, whose signature the admin servers check', () => {
    const names = (templates: typeof after) => Object.keys(templates.Ingress.findOutputs('*'));
    expect(names(after)).toContain('LoadBalancerArn');
    expect(names(before)).not.toContain('LoadBalancerArn');
  });

  test('lets the API alone read the secret of the client', () => {
    const readers = (templates: typeof after) =>
      Object.values(templates.Cluster.findResources('AWS::IAM::Policy'))
        .filter(({ Properties }) => JSON.stringify(Properties).includes(OIDC.clientSecretArn))
        .map(({ Properties }) => JSON.stringify(Properties.Roles));
    expect(readers(before)).toEqual([]);
    expect(readers(after)).toEqual([expect.stringContaining('ApiIdentity')]);
  });
});
