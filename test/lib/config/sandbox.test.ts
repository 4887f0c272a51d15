import { ConfigError } from '../../../lib/config/problem';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { problems, testConfig } from '../../helpers/config';

describe('an environment without an account', () => {
  test('takes that of the credentials, in image and role too', () => {
    const { account, cluster, workload } = loadEnvironment('sandbox', {}, '444444444444');
    expect(account).toBe('444444444444');
    expect(workload.image.repository).toMatch(/^444444444444\.dkr\.ecr\./);
    expect(cluster.adminRoleArns).toEqual(['arn:aws:iam::444444444444:role/llm-cost-ops-sandbox-admin']);
  });

  test('is rendered without credentials, always the same', () => {
    expect(loadEnvironment('sandbox').account).toBe('000000000000');
    expect(loadEnvironment('sandbox')).toEqual(testConfig({}, 'sandbox'));
  });

  test('refuses an account that is none', () => {
    expect(() => loadEnvironment('sandbox', {}, 'mine')).toThrow(ConfigError);
    expect(() => loadEnvironment('sandbox', {}, 'mine')).toThrow(
      'sandbox.account must be an AWS account id of 12 digits, got "mine"',
    );
  });

  test('is the only one that follows the credentials', () => {
    expect(loadEnvironment('dev', {}, '444444444444').account).toBe('111111111111');
  });
});

describe('without a domain', () => {
  test('rules of the load balancer tell the servers apart by path alone', () => {
    const { routingRules } = testConfig({}, 'sandbox').loadBalancer;
    expect(routingRules.map(({ hosts }) => hosts)).toEqual([[], [], []]);
    expect(routingRules.map(({ paths, target }) => [target, paths.at(-1)])).toEqual([
      ['gateway', '/api/v1/messages*'],
      ['api', '/api/v1/*'],
      ['admin', '/api/admin/*'],
    ]);
  });

  test.each([
    [
      'a public load balancer',
      { loadBalancer: { exposure: 'public', cloudFrontPrefixListId: null } },
      /^sandbox\.domain must be given with loadBalancer\.exposure 'public'/,
    ],
    [
      'inspection at the load balancer',
      { webAcl: { inspectCloudFrontTraffic: 'both' } },
      /^sandbox\.webAcl\.inspectCloudFrontTraffic must be 'edge' where domain is null/,
    ],
    [
      'NGINX',
      { nginx: { enabled: true, tlsSecretName: 'api-tls' } },
      /^sandbox\.nginx\.enabled must be false where domain is null/,
    ],
  ] as const)('%s is refused', (_, overrides, message) => {
    expect(problems(overrides, 'sandbox')).toEqual([expect.stringMatching(message)]);
  });

  test('no rule of the load balancer names a host', () => {
    const routingRules = [
      { priority: 3, paths: ['/api/v1/*'], hosts: [], target: 'gateway' as const },
      { priority: 2, paths: ['/x'], hosts: ['admin.example.com'], target: 'admin' as const },
    ];
    expect(problems({ loadBalancer: { routingRules } }, 'sandbox')).toEqual([
      expect.stringMatching(/^sandbox\.loadBalancer\.routingRules\.1\.hosts must be empty where domain/),
    ]);
  });

  test('production is refused', () => {
    expect(problems({ domain: null as never, loadBalancer: { routingRules: undefined } })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^prod\.domain must be given \(CloudFront allows TLS 1\.0/),
      ]),
    );
  });
});
