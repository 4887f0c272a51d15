import { withSyncWave } from '../../k8s/kustomization';
import { renderManifests } from '../../k8s/manifests';
import { parseStackOutputs } from '../../k8s/stack-outputs';
import { testConfig } from '../helpers/config';
import { type AnyDocument, changed, documentOf, findings, outputsFile } from '../helpers/manifests';

const { manifests } = renderManifests(testConfig());
const WAVE = 'argocd.argoproj.io/sync-wave';

describe("Argo CD's Application", () => {
  const { metadata, spec } = documentOf(manifests, 'Application');

  it('leads to the rendered manifests of its environment', () => {
    expect(metadata).toMatchObject({ name: 'llm-cost-ops-prod', namespace: 'argocd' });
    expect(spec.source).toEqual({
      repoURL: 'https://git.example.com/platform/llm-cost-ops-manifests.git',
      targetRevision: 'main',
      path: 'prod/kubernetes',
    });
  });

  it('leaves the floor alone, in the comparison and when it syncs', () => {
    expect(spec.ignoreDifferences).toEqual([
      {
        group: 'autoscaling',
        kind: 'HorizontalPodAutoscaler',
        name: 'llm-cost-ops-hpa',
        namespace: 'llm-cost-ops',
        jsonPointers: ['/spec/minReplicas'],
      },
    ]);
    expect(spec.syncPolicy.syncOptions).toContain('RespectIgnoreDifferences=true');
  });

  it.each<[string, unknown]>([
    ['spec.ignoreDifferences', []],
    ['spec.ignoreDifferences.0.name', 'another'],
    ['spec.ignoreDifferences.0.jsonPointers', ['/spec/maxReplicas']],
    ['spec.syncPolicy.syncOptions', ['ServerSideApply=true']],
  ])('fails argo-floor with %s = %j', (path, value) => {
    expect(findings(changed(manifests, 'Application', path, value))).toEqual([
      expect.stringMatching(/^argo-floor argocd\/.* must name \/spec\/minReplicas of llm-cost-ops-hpa/),
    ]);
  });

  it('is not among what it applies', () => {
    expect(documentOf(manifests, 'Kustomization').resources).not.toContainEqual(
      expect.stringContaining('argocd'),
    );
  });

  it('and sync waves are rendered only with gitops', () => {
    const without = renderManifests(testConfig({ gitops: null })).manifests;
    expect(without.filter(({ fileName }) => fileName.includes('argocd'))).toEqual([]);
    expect(JSON.stringify(without)).not.toContain(WAVE);
  });
});

describe('sync waves', () => {
  const waveOf = (kind: string, name?: string) =>
    Number(documentOf(manifests, kind, name).metadata.annotations[WAVE]);

  it('are on everything that Argo CD applies', () => {
    const applied = manifests
      .map(({ document }) => document as AnyDocument)
      .filter(({ kind }) => !['Kustomization', 'Application'].includes(kind));
    expect(applied.filter(({ metadata }) => metadata.annotations?.[WAVE] === undefined)).toEqual([]);
  });

  it.each([
    ['Namespace', 'llm-cost-ops', 'ServiceAccount', 'llm-cost-ops-api'],
    ['TargetGroupBinding', 'llm-cost-ops-api', 'Deployment', 'llm-cost-ops-api'],
    ['ResourceQuota', 'llm-cost-ops', 'Deployment', 'llm-cost-ops-api'],
    ['PriorityClass', 'llm-cost-ops-serving', 'Deployment', 'llm-cost-ops-api'],
    ['Deployment', 'llm-cost-ops-api', 'HorizontalPodAutoscaler', 'llm-cost-ops-hpa'],
  ])('put %s %s before %s %s', (earlier, earlierName, later, laterName) => {
    expect(waveOf(earlier, earlierName)).toBeLessThan(waveOf(later, laterName));
  });

  it('never go down in the order of kubectl', () => {
    const waves = manifests
      .filter(({ document }) => !['Kustomization', 'Application'].includes(document.kind))
      .map(({ document }) => Number(document.metadata?.annotations?.[WAVE]));
    expect(waves).toEqual([...waves].sort((a, b) => a - b));
  });

  it('put the binding to NGINX after its pods, and the one to the API before them', () => {
    const nginx = renderManifests(
      testConfig({ nginx: { enabled: true, tlsSecretName: 'api-tls' } }),
    ).manifests;
    const wave = (kind: string, name: string) =>
      Number(documentOf(nginx, kind, name).metadata.annotations[WAVE]);
    expect(wave('TargetGroupBinding', 'llm-cost-ops-api')).toBeGreaterThan(
      wave('Deployment', 'llm-cost-ops-nginx'),
    );
    expect(wave('TargetGroupBinding', 'llm-cost-ops-admin')).toBeLessThan(
      wave('Deployment', 'llm-cost-ops-admin'),
    );
    const files = nginx.map(({ fileName }) => fileName);
    expect(files.indexOf('targetgroupbinding.llm-cost-ops-api.yaml')).toBeGreaterThan(
      files.indexOf('deployment.llm-cost-ops-nginx.yaml'),
    );
  });

  it('keep what a rendering without outputs leaves out from being pruned', () => {
    const config = testConfig({ database: { pooler: 'pgbouncer' } });
    const rendered = renderManifests(config, parseStackOutputs(outputsFile(), config)).manifests;
    const without = new Set(renderManifests(config).manifests.map(({ fileName }) => fileName));
    const leftOut = rendered.filter(({ fileName }) => !without.has(fileName));
    expect(leftOut.map(({ fileName }) => fileName)).toEqual([
      'configmap.llm-cost-ops-api-endpoints.yaml',
      'configmap.llm-cost-ops-pgbouncer.yaml',
      'secretproviderclass.llm-cost-ops-pgbouncer.yaml',
    ]);
    for (const { document } of leftOut) {
      expect(document.metadata?.annotations).toMatchObject({
        'argocd.argoproj.io/sync-options': 'Prune=false',
      });
    }
  });

  it('throws for a kind without a wave', () => {
    expect(() => withSyncWave({ apiVersion: 'v1', kind: 'Pod' })).toThrow('must list the kind Pod');
  });
});
