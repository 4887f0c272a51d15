import { hasAdminLogin } from '../../../lib/config/authentication/admin-login';
import { problems, testConfig } from '../../helpers/config';
import { OIDC } from '../../helpers/oidc';

const INSIDE = { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-3b927c52' } as const;

test('nobody logs in at a provider by default', () => {
  expect(testConfig().authentication).toEqual({ oidc: null });
  expect(hasAdminLogin(testConfig())).toBe(false);
});

test('a provider has defaults, also in each rule of rights', () => {
  const config = testConfig({ authentication: { oidc: OIDC } });
  expect(config.authentication.oidc).toEqual({
    ...OIDC,
    ...{ clientSecretKeyArn: null, scope: 'openid email', sessionSeconds: 28_800, groupsClaim: 'groups' },
    people: [
      { claim: 'group', value: 'finops', roles: ['read'], project: null },
      { claim: 'email', value: 'ann@example.com', roles: ['read', 'admin'], project: null },
    ],
  });
  expect(hasAdminLogin(config)).toBe(true);
});

test.each<[string, object, readonly string[]]>([
  ['as it is', {}, []],
  [
    'without HTTPS',
    { tokenEndpoint: 'http://id.example.com/token' },
    ['authentication.oidc.tokenEndpoint must be an https address'],
  ],
  [
    'on another port',
    { issuer: 'https://id.example.com:8443' },
    ['authentication.oidc.issuer must be an https address without a port'],
  ],
  [
    'for more than 12 hours',
    { sessionSeconds: 43_201 },
    ['authentication.oidc.sessionSeconds must be a whole number between 300 and 43200, got 43201'],
  ],
  [
    'without openid',
    { scope: 'email' },
    ['authentication.oidc.scope must be scopes separated by spaces, openid among them'],
  ],
  [
    'with the short ARN of the secret',
    { clientSecretArn: OIDC.clientSecretArn.slice(0, -7) },
    ['authentication.oidc.clientSecretArn must be the complete ARN'],
  ],
  [
    'with a secret elsewhere',
    { clientSecretArn: OIDC.clientSecretArn.replace('us-east-1', 'eu-west-1') },
    ['authentication.oidc.clientSecretArn must be a secret in us-east-1'],
  ],
  ['without rules', { people: [] }, ['authentication.oidc.people must be at least one rule']],
  [
    'with a role of programs',
    { people: [{ claim: 'group', value: 'x', roles: ['gateway'] }] },
    ['authentication.oidc.people.0.roles.0 must be one of read, admin'],
  ],
  ['with a knob that is none', { clientSecret: 'x' }, ['authentication.oidc.clientSecret is not a knob']],
])('a provider %s', (_, changes, expected) => {
  const found = problems({ authentication: { oidc: { ...OIDC, ...changes } } });
  expect(found).toHaveLength(expected.length);
  expected.forEach((text, index) => {
    expect(found[index]).toContain(`prod.${text}`);
  });
});

test('a provider needs hosts: without them there is no HTTPS listener', () => {
  const authentication = { oidc: OIDC };
  expect(problems({ authentication, domain: null, loadBalancer: INSIDE }, 'dev')).toEqual([
    expect.stringContaining('dev.authentication.oidc must be null where domain is null'),
  ]);
});

test('a load balancer that only CloudFront reaches asks nobody: it never gets requests of the admin host', () => {
  expect(hasAdminLogin(testConfig({ authentication: { oidc: OIDC }, loadBalancer: INSIDE }))).toBe(false);
});

test('no rule may lead to the admin host without a log-in', () => {
  const { routingRules } = testConfig().loadBalancer;
  const added = { priority: 14, paths: ['/x'], hosts: [], target: 'api' } as const;
  const loadBalancer = { routingRules: [...routingRules, added] };
  expect(problems({ loadBalancer })).toEqual([]);
  expect(problems({ loadBalancer, authentication: { oidc: OIDC } })).toEqual([
    expect.stringContaining(
      'prod.loadBalancer.routingRules.5.hosts must not take requests of admin.example.com',
    ),
  ]);
});
