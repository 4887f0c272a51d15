import { renderManifests } from '../../k8s/manifests';
import { parseStackOutputs } from '../../k8s/stack-outputs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ADMIN_NAME, API_NAME } from '../../lib/config/names';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { readConfig, SERVICE_VARIABLES } from '../../service/config';
import { testConfig } from '../helpers/config';
import { type AnyDocument, documentOf, outputsFile } from '../helpers/manifests';

/** Configurations that together render every variable. */
const CONFIGURATIONS: readonly (readonly [string, ResolvedConfig])[] = [
  ['dev', loadEnvironment('dev')],
  ['staging', loadEnvironment('staging')],
  ['prod', loadEnvironment('prod')],
  ['prod with read replicas', testConfig({ database: { readReplicas: 2 } })],
  ['prod with PgBouncer', testConfig({ database: { pooler: 'pgbouncer' } })],
];

/** Variables of a pod that the manifests do not render: Kubernetes sets the name of the pod, pods listen on all
 * addresses, keys in a file are for laptops, and receivers of webhooks in the own network are an exception. */
const NOT_RENDERED = ['HOSTNAME', 'SERVER_HOST', 'GATEWAY_SECRET_FILE', 'BUDGET_WEBHOOK_HOSTS'];

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

test('the admin servers alone know the secret of the first key', () => {
  const config = loadEnvironment('prod');
  expect(environmentOf(config, ADMIN_NAME)).toHaveProperty('FIRST_ADMIN_KEY_SECRET_ARN');
  expect(environmentOf(config, API_NAME)).not.toHaveProperty('FIRST_ADMIN_KEY_SECRET_ARN');
});
