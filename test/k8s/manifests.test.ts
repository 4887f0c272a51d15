import { parse } from 'yaml';
import { renderManifests, toYaml } from '../../k8s/manifests';
import { parseStackOutputs } from '../../k8s/stack-outputs';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { testConfig } from '../helpers/config';
import { documentOf, findings, outputsFile } from '../helpers/manifests';

// The YAML as it is written, not as a quoted string.
expect.addSnapshotSerializer({ test: (value) => typeof value === 'string', print: (value) => String(value) });

describe.each(['dev', 'staging', 'prod'])('manifests of %s', (environment) => {
  const config = loadEnvironment(environment);
  const { manifests } = renderManifests(config, parseStackOutputs(outputsFile(environment), config));

  it.each(manifests.map((manifest) => [manifest.fileName, manifest] as const))(
    'renders %s as reviewed',
    (_, manifest) => {
      const text = toYaml(manifest).replace(/(checksum\/config:) [0-9a-f]+/, '$1 <hash>');
      expect(text).toMatchSnapshot();
    },
  );

  it('has no finding', () => expect(findings(manifests)).toEqual([]));
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
    expect(files).toEqual([
      'namespace.llm-cost-ops.yaml',
      'serviceaccount.llm-cost-ops-api.yaml',
      'configmap.llm-cost-ops-api-endpoints.yaml',
      'configmap.llm-cost-ops-api-settings.yaml',
      'service.llm-cost-ops-api.yaml',
      'targetgroupbinding.llm-cost-ops-api.yaml',
      'poddisruptionbudget.llm-cost-ops-api.yaml',
      'deployment.llm-cost-ops-api.yaml',
      'horizontalpodautoscaler.llm-cost-ops-hpa.yaml',
      'verticalpodautoscaler.llm-cost-ops-vpa.yaml',
      'kustomization.yaml',
    ]);
    expect(documentOf(manifests, 'Kustomization').resources).toEqual(files.slice(0, -1));
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
