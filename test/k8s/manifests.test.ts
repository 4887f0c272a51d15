import { parse } from 'yaml';
import type { Manifest } from '../../k8s/manifest';
import { renderManifests, toYaml } from '../../k8s/manifests';
import { parseStackOutputs } from '../../k8s/stack-outputs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { testConfig } from '../helpers/config';
import { documentOf, findings, outputsFile } from '../helpers/manifests';

// The YAML as it is written, not as a quoted string.
expect.addSnapshotSerializer({ test: (value) => typeof value === 'string', print: (value) => String(value) });

/** The text without hashes, and without scripts, certificates and schemas, which tests of their own compare. */
const textOf = (manifest: Manifest) =>
  toYaml(manifest)
    .replace(/(checksum\/config:) [0-9a-f]+/, '$1 <hash>')
    .replace(/^( +\S+\.(?:mjs|sh|pem|ts)): \|\n(?: {4}.*\n|\n)+/gm, '$1: <text>\n')
    .replace(/^( +)openAPIV3Schema:\n(?:\1 +.*\n)+/gm, '$1openAPIV3Schema: <schema>\n');

/** Lines that only one of two texts has, as a diff shows them. */
function difference(before: string, after: string): string {
  const only = (sign: string, text: string, other: string) => {
    const rest = other.split('\n');
    return text.split('\n').flatMap((line) => {
      const index = rest.indexOf(line);
      if (index < 0) return [`${sign} ${line}`];
      rest.splice(index, 1);
      return [];
    });
  };
  return [...only('-', before, after), ...only('+', after, before)].join('\n');
}

function render(config: ResolvedConfig): readonly Manifest[] {
  const outputs = parseStackOutputs(outputsFile(config.environment), config);
  return renderManifests(config, outputs).manifests;
}

/** Files by name, without what only names the environment. */
function comparable(manifests: readonly Manifest[], environment: string): Map<string, string> {
  return new Map(
    manifests.map((manifest) => [
      manifest.fileName.replace(environment, 'ENV'),
      textOf(manifest)
        .replace(`llm-cost-ops/environment: ${environment}`, 'llm-cost-ops/environment: ENV')
        .replace(/ *argocd\.argoproj\.io\/sync-wave: .*\n/, '')
        .replace(/ *annotations:\n(?! {4})/, ''),
    ]),
  );
}

const prod = comparable(render(loadEnvironment('prod')), 'prod');

describe('manifests of prod', () => {
  const manifests = render(loadEnvironment('prod'));

  it.each(manifests.map((manifest) => [manifest.fileName, manifest] as const))(
    'render %s as reviewed',
    (_, manifest) => expect(textOf(manifest)).toMatchSnapshot(),
  );

  it('have no finding', () => expect(findings(manifests)).toEqual([]));
});

// Only what differs from prod is worth a reviewer's time.
describe.each<[name: string, config: ResolvedConfig]>([
  ['dev', loadEnvironment('dev')],
  ['staging', loadEnvironment('staging')],
  ['prod with NGINX', testConfig({ nginx: { enabled: true, tlsSecretName: 'api-tls' } })],
  ['prod with PgBouncer', testConfig({ database: { pooler: 'pgbouncer' } })],
  ['prod with KEDA', testConfig({ autoscaling: { driver: 'keda' } })],
  [
    'prod with a provider of its own',
    testConfig({ metrics: { provider: 'existing', scraperNamespace: 'monitoring' } }),
  ],
])('manifests of %s', (_, config) => {
  const manifests = render(config);
  const own = comparable(manifests, config.environment);
  const different = [...own].filter(([file, text]) => prod.get(file) !== text);

  it.each(different)('render %s as reviewed', (file, text) => {
    const before = prod.get(file);
    expect(before === undefined ? text : difference(before, text)).toMatchSnapshot();
  });

  it('leave out what is prod alone', () => {
    expect([...prod.keys()].filter((file) => !own.has(file)).join('\n')).toMatchSnapshot();
  });

  it('have no finding', () => expect(findings(manifests)).toEqual([]));
});

describe('renderManifests', () => {
  const config = testConfig();
  const outputs = parseStackOutputs(outputsFile(), config);

  it('gives the same text every time', () => {
    const text = () => renderManifests(config, outputs).manifests.map(toYaml);
    expect(text()).toEqual(text());
  });

  it('names files by kind and name, in the order of applying them, and lists them in the kustomization', () => {
    const { manifests } = renderManifests(config, outputs);
    const files = manifests.map(({ fileName }) => fileName);
    const kinds = files.slice(0, -2).map((file) => file.split('.')[0]);
    expect(files.slice(-2)).toEqual(['kustomization.yaml', 'argocd/application.llm-cost-ops-prod.yaml']);
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
      'namespace',
      'priorityclass',
      'customresourcedefinition',
      'limitrange',
      'resourcequota',
      'networkpolicy',
      'serviceaccount',
      'role',
      'clusterrole',
      'rolebinding',
      'clusterrolebinding',
      'configmap',
      'service',
      'targetgroupbinding',
      'poddisruptionbudget',
      'deployment',
      'apiservice',
      'cronjob',
      'horizontalpodautoscaler',
      'verticalpodautoscaler',
    ]);
    expect(documentOf(manifests, 'Kustomization').resources).toEqual(files.slice(0, -2));
  });

  it('has no warning once the stacks are deployed', () => {
    expect(renderManifests(config, outputs).warnings).toEqual([]);
  });

  it('leaves the endpoints out without outputs, with a warning, and still passes its own checks', () => {
    const { manifests, warnings } = renderManifests(config);
    expect(manifests.map(({ fileName }) => fileName)).not.toContain(
      'configmap.llm-cost-ops-api-endpoints.yaml',
    );
    expect(warnings).toContainEqual(expect.stringMatching(/^endpoints ConfigMap left out: .*--outputs/));
    expect(documentOf(manifests, 'Deployment').spec.template.spec.containers[0].envFrom).toEqual([
      { configMapRef: { name: 'llm-cost-ops-api-settings' } },
      { configMapRef: { name: 'llm-cost-ops-api-endpoints' } },
    ]);
    expect(findings(manifests)).toEqual([]);
  });

  it.each([
    [
      'another content than',
      'amd64-other',
      [expect.stringMatching(/image pending, .* has built amd64-other/)],
    ],
    ['the content that', 'pending', []],
    ['what may be the content that', undefined, []],
  ])('tells whether it names %s the stacks have built', (_, ImageTag, expected) => {
    const dev = testConfig({}, 'dev');
    const file = { ...outputsFile('dev'), 'llm-cost-ops-dev-cluster': ImageTag ? { ImageTag } : {} };
    expect(renderManifests(dev, parseStackOutputs(file, dev)).warnings).toEqual(expected);
  });

  it("warns of what PgBouncer waits for, and of Secrets that are somebody else's to make", () => {
    const variant = testConfig({
      nginx: { enabled: true, tlsSecretName: 'api-tls' },
      database: { pooler: 'pgbouncer', pgbouncer: { tlsSecretName: 'pooler-tls' } },
    });
    const without = renderManifests(variant);
    expect(without.warnings).toContainEqual(expect.stringMatching(/^PgBouncer's configuration left out/));
    expect(findings(without.manifests)).toEqual([]);
    expect(renderManifests(variant, parseStackOutputs(outputsFile(), variant)).warnings).toEqual([
      expect.stringMatching(/^Secret api-tls /),
      expect.stringMatching(/^Secret pooler-tls /),
    ]);
  });

  it('generates no name or label from the construct path', () => {
    const text = renderManifests(config, outputs).manifests.map(toYaml).join('\n');
    expect(text).not.toContain('cdk8s.io/metadata.addr');
    expect(text).not.toMatch(/-c8[0-9a-f]{6}/);
  });
});

describe('toYaml', () => {
  it('quotes what YAML 1.1 would not take for a string', () => {
    const data = { on: 'yes', number: '0100', flag: 'true', plain: 'lifo' };
    const document = { apiVersion: 'v1', kind: 'ConfigMap', data };
    const text = toYaml({ fileName: 'x.yaml', document });
    expect(parse(text, { version: '1.1' })).toEqual(document);
    expect(text).toContain('plain: lifo');
  });
});
