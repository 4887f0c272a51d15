import { renderManifests } from '../../k8s/manifests';
import { parseStackOutputs } from '../../k8s/stack-outputs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ADMIN_NAME, API_NAME } from '../../lib/config/names';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { readConfig, SERVICE_VARIABLES } from '../../service/config';
import { testConfig } from '../helpers/config';
import { type AnyDocument, documentOf, outputsFile } from '../helpers/manifests';
import { OIDC } from '../helpers/oidc';

/** Configurations that together render every variable. */
const CONFIGURATIONS: readonly (readonly [string, ResolvedConfig])[] = [
  ['dev', loadEnvironment('dev')],
  ['staging', loadEnvironment('staging')],
  ['prod', loadEnvironment('prod')],
  ['prod with read replicas', testConfig({ database: { readReplicas: 2 } })],
  ['prod with an identity provider', testConfig({ authentication: { oidc: OIDC } })],
  ['prod with PgBouncer', testConfig({ database: { pooler: 'pgbouncer' } })],
];

/** Variables of a pod that the manifests do not render: Kubernetes sets the name of the pod, pods listen on all
 * addresses, keys in a file are for laptops, receivers of webhooks in the own network are an
 * exception, and so are places where load balancers have their keys elsewhere. */
const NOT_RENDERED = [
  'HOSTNAME',
  'SERVER_HOST',
  'GATEWAY_SECRET_FILE',
  'BUDGET_WEBHOOK_HOSTS',
  'OIDC_CLIENT_SECRET_FILE',
  'OIDC_LOAD_BALANCER_KEYS_URL',
];

/** Variables that Node reads itself. */
const OF_NODE = ['NODE_OPTIONS'];

/** Environment variables of a Deployment's container, as the kubelet composes them. */
function environmentOf(config: ResolvedConfig, deployment: string): Record<string, string> {
  const { manifests } = renderManifests(config, parseStackOutputs(outputsFile(config.environment), config));
  const [container] = documentOf(manifests, 'Deployment', deployment).spec.template.spec.containers;
  const configMaps = container.envFrom.map(
    ({ configMapRef }: AnyDocument) => documentOf(manifests, 'ConfigMap', configMapRef.name).data,
  );
  const own = container.env.map(({ name, value }: AnyDocument) => [name, value]);
  return Object.assign({}, ...configMaps, Object.fromEntries(own));
}

describe.each(CONFIGURATIONS)('the settings of %s', (_, config) => {
  it.each([API_NAME, ADMIN_NAME])('are valid for %s', (deployment) => {
    expect(() => readConfig(environmentOf(config, deployment))).not.toThrow();
  });

  it.each([API_NAME, ADMIN_NAME])('hold nothing that %s does not read', (deployment) => {
    const read: readonly string[] = [...SERVICE_VARIABLES, ...OF_NODE];
    expect(Object.keys(environmentOf(config, deployment)).filter((name) => !read.includes(name))).toEqual([]);
  });
});

test('every variable that the service reads is rendered by some configuration', () => {
  const rendered = new Set(
    CONFIGURATIONS.flatMap(([, config]) =>
      [API_NAME, ADMIN_NAME].flatMap((deployment) => Object.keys(environmentOf(config, deployment))),
    ),
  );
  expect(SERVICE_VARIABLES.filter((name) => !rendered.has(name))).toEqual(NOT_RENDERED);
});

test('API and admin servers know the identity provider, and the admin servers the load balancer that logs people in', () => {
  const config = testConfig({ authentication: { oidc: OIDC } });
  const [api, admin] = [
    readConfig(environmentOf(config, API_NAME)),
    readConfig(environmentOf(config, ADMIN_NAME)),
  ];
  expect(api.oidc).toMatchObject({
    ...{ issuer: 'https://id.example.com', externalUrl: 'https://app.example.com', loadBalancerArn: null },
    rules: [
      { claim: 'group', value: 'finops', roles: ['read'], projectId: null },
      { claim: 'email', value: 'ann@example.com', roles: ['read', 'admin'], projectId: null },
    ],
  });
  expect(admin.oidc).toMatchObject({
    loadBalancerArn: expect.stringContaining('loadbalancer/app/llm-cost-ops-alb'),
    loadBalancerKeysUrl: 'https://public-keys.auth.elb.us-east-1.amazonaws.com',
  });
  expect(readConfig(environmentOf(loadEnvironment('prod'), ADMIN_NAME)).oidc).toBeNull();
});

test('the admin servers alone know the secret of the first key', () => {
  const config = loadEnvironment('prod');
  expect(environmentOf(config, ADMIN_NAME)).toHaveProperty('FIRST_ADMIN_KEY_SECRET_ARN');
  expect(environmentOf(config, API_NAME)).not.toHaveProperty('FIRST_ADMIN_KEY_SECRET_ARN');
});
