import type { Manifest } from '../../k8s/manifest';
import { renderManifests, toYaml } from '../../k8s/manifests';
import { schemaProblems } from '../../k8s/validation/api-schemas';
import { parseRequiredApis } from '../../k8s/validation/required-apis';
import { testConfig } from '../helpers/config';
import { type AnyDocument, changed, documentOf, findings, listedApis } from '../helpers/manifests';

const { manifests } = renderManifests(testConfig());

const CONTAINER = 'spec.template.spec.containers.0';
const JOB_POD = 'spec.jobTemplate.spec.template.spec';
const JOB_VOLUME = `${JOB_POD}.volumes.0.configMap.name`;
const JOB_ACCOUNT = `${JOB_POD}.serviceAccountName`;
const PEER = 'spec.ingress.0.from.0.podSelector.matchLabels';
const POLICY = 'spec.resourcePolicy.containerPolicies.0';

/** Whose document a rule's cases break, where it is not the API's. */
const SUBJECTS: Readonly<Record<string, string>> = { 'rbac-reference': 'llm-cost-ops-floor-release' };

interface Field {
  /** Keys from the document down to the field. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** Every field of a document, however deep. */
function fieldsOf(value: object, parents: readonly string[] = []): Field[] {
  return Object.entries(value).flatMap(([key, field]) => {
    const keys = [...parents, key];
    return [{ keys, value: field }, ...(typeof field === 'object' ? fieldsOf(field, keys) : [])];
  });
}

/** Whether a field takes keys of any name. A Service's selector is a map, the others' have fields. */
function isMap(kind: string, keys: readonly string[]): boolean {
  const [key = '', parent = ''] = [...keys].reverse();
  return (
    ['labels', 'annotations', 'matchLabels', 'data', 'requests', 'limits', 'hard'].includes(key) ||
    (kind === 'LimitRange' && ['default', 'defaultRequest', 'max'].includes(key)) ||
    (kind === 'ScaledObject' && key === 'metadata' && parent !== '') ||
    (kind === 'Service' && key === 'selector')
  );
}

describe('validateManifests', () => {
  it('finds nothing in what the charts render', () => expect(findings(manifests)).toEqual([]));

  it.each<[kind: string, path: string, value: unknown, message: string]>([
    ['Deployment', 'spec.revisionHistoryLimit', '3', 'spec.revisionHistoryLimit must be integer'],
    ['Deployment', 'spec.selector', undefined, 'spec must have required property selector'],
    ['Deployment', 'bogus', 1, 'bogus is not a field of Deployment'],
    ['Deployment', `${CONTAINER}.readinesProbe`, {}, `${CONTAINER}.readinesProbe is not a field`],
    ['Deployment', `${CONTAINER}.lifecycle.preStop.sleep.second`, 1, 'preStop.sleep.second is not a field'],
    ['Deployment', `${CONTAINER}.command`, null, `${CONTAINER}.command must not be null`],
    ['Service', 'metadata.label', {}, 'metadata.label is not a field of Service'],
    ['Service', 'kind', 'Servce', 'v1 Servce has no schema'],
    ['VerticalPodAutoscaler', 'spec.updatemode', 'Off', 'spec Unrecognized key: "updatemode"'],
    ['VerticalPodAutoscaler', 'spec.updatePolicy.updateMode', 'On', 'spec.updatePolicy.updateMode Invalid'],
    ['TargetGroupBinding', 'spec.targetType', undefined, 'spec.targetType Invalid'],
    ['TargetGroupBinding', 'spec.targetGroup', 'x', 'spec Unrecognized key: "targetGroup"'],
  ])('fails schema with %s %s = %j', (kind, path, value, message) => {
    const found = findings(changed(manifests, kind, path, value));
    expect(found.filter((line) => line.startsWith('schema '))).toEqual([expect.stringContaining(message)]);
  });

  // The longest of each kind: it has the most fields.
  const samples = new Map<string, Manifest>();
  for (const manifest of [...manifests].sort((a, b) => toYaml(a).length - toYaml(b).length)) {
    samples.set(manifest.document.kind, manifest);
  }

  describe.each([...samples].map(([kind, { document }]) => [kind, document] as const))(
    'with a %s',
    (kind, document) => {
      // One field stands for all that a schema defines: they are alike, and hundreds.
      const fields = fieldsOf(document).filter(
        ({ keys }) =>
          !/\.properties\.spec\.properties\.(?!targetRef)|\.properties\.status/.test(keys.join('.')),
      );

      it('finds an unknown field at every level, but takes any key in a map', () => {
        const objects = fields.filter(({ value }) => typeof value === 'object' && !Array.isArray(value));
        for (const { keys } of objects) {
          const copy = structuredClone(document) as AnyDocument;
          keys.reduce((field, key) => field[key], copy).unknown = '1';
          const refused = schemaProblems(copy).length > 0;
          const path = keys.join('.');
          expect({ path, refused }).toEqual({ path, refused: !isMap(kind, keys) });
        }
      });

      it('never throws, whichever field is missing or of another type', () => {
        for (const { keys } of fields) {
          for (const value of [undefined, 7]) {
            const broken = changed(manifests, kind, keys, value, document.metadata?.name);
            expect(() => findings(broken)).not.toThrow();
          }
        }
      });
    },
  );

  it.each<[rule: string, kind: string, path: string, value: unknown, message: string]>([
    [
      'namespace-rendered',
      'Service',
      'metadata.namespace',
      'default',
      '(llm-cost-ops, kube-system), got default',
    ],
    ['namespace-rendered', 'Namespace', 'metadata.namespace', 'x', 'must be absent on a Namespace'],
    ['kustomization-complete', 'Kustomization', 'resources', [], 'must list namespace.llm-cost-ops.yaml'],
    ['deployment-selector', 'Deployment', 'spec.selector.matchLabels', { app: 'x' }, 'got {"app":"x"}'],
    ['probe-port', 'Deployment', `${CONTAINER}.livenessProbe.httpGet.port`, 81, 'got 81'],
    ['env-from', 'Deployment', `${CONTAINER}.envFrom.0.configMapRef.name`, 'no', 'got no'],
    ['service-account', 'Deployment', 'spec.template.spec.serviceAccountName', 'no', 'got no'],
    ['image-tag', 'Deployment', `${CONTAINER}.image`, 'host:5000/api:latest', 'got host:5000/api:latest'],
    ['image-tag', 'Deployment', `${CONTAINER}.image`, 'host:5000/api', 'got host:5000/api'],
    ['service-selector', 'Service', 'spec.selector', { app: 'x' }, 'got {"app":"x"}'],
    ['service-selector', 'Service', 'spec.selector', {}, 'got {}'],
    ['service-target-port', 'Service', 'spec.ports.0.targetPort', 9090, 'got 9090'],
    ['service-target-port', 'Service', 'spec.ports.0.targetPort', undefined, 'got 80'],
    ['pdb-selector', 'PodDisruptionBudget', 'spec.selector.matchLabels', { a: 'b' }, 'got {"a":"b"}'],
    [
      'pdb-coverage',
      'PodDisruptionBudget',
      'spec.selector.matchLabels',
      { a: 'b' },
      'pods of llm-cost-ops-api',
    ],
    [
      'pdb-coverage',
      'PodDisruptionBudget',
      'spec.maxUnavailable',
      0,
      'must allow the eviction of at least one pod',
    ],
    ['volume-mount', 'Deployment', `${CONTAINER}.volumeMounts.0.name`, 'no', 'a volume of the pod, got no'],
    ['container-resources', 'Deployment', `${CONTAINER}.resources.limits.cpu`, undefined, 'a limit of cpu'],
    [
      'container-resources',
      'Deployment',
      `${CONTAINER}.resources.requests.memory`,
      '3Gi',
      '(2048Mi), got 3Gi',
    ],
    ['pod-security', 'Deployment', 'spec.template.spec.hostNetwork', true, 'hostNetwork, hostPID'],
    [
      'pod-security',
      'Deployment',
      'spec.template.spec.securityContext.seccompProfile',
      undefined,
      'RuntimeDefault',
    ],
    [
      'pod-security',
      'Deployment',
      `${CONTAINER}.securityContext.capabilities`,
      undefined,
      'container api must',
    ],
    ['pod-security', 'Deployment', `${CONTAINER}.securityContext.runAsNonRoot`, false, 'container api must'],
    [
      'pod-security',
      'Deployment',
      `${CONTAINER}.securityContext.allowPrivilegeEscalation`,
      true,
      'must refuse',
    ],
    ['priority-class', 'Deployment', 'spec.template.spec.priorityClassName', 'no', 'PriorityClass, got no'],
    ['priority-class', 'Deployment', 'spec.template.spec.priorityClassName', undefined, 'got undefined'],
    [
      'termination-grace',
      'Deployment',
      'spec.template.spec.terminationGracePeriodSeconds',
      35,
      '(35), got 35',
    ],
    [
      'network-coverage',
      'NetworkPolicy',
      'spec.podSelector.matchLabels',
      { a: 'b' },
      'of llm-cost-ops-api must',
    ],
    ['network-selector', 'NetworkPolicy', 'spec.podSelector.matchLabels', { a: 'b' }, 'got {"a":"b"}'],
    [
      'rbac-reference',
      'ServiceAccount',
      'metadata.name',
      'other',
      'got llm-cost-ops/llm-cost-ops-floor-release',
    ],
    ['tgb-service', 'TargetGroupBinding', 'spec.serviceRef.name', 'no', 'got no'],
    ['tgb-service', 'TargetGroupBinding', 'spec.serviceRef.port', 8080, 'got 8080'],
    ['tgb-target', 'TargetGroupBinding', 'spec.targetGroupName', undefined, 'exactly one of'],
    ['tgb-target', 'TargetGroupBinding', 'spec.targetGroupARN', 'arn:aws:x', 'exactly one of'],
    ['hpa-min-max', 'HorizontalPodAutoscaler', 'spec.minReplicas', 51, 'at most maxReplicas (50), got 51'],
    ['hpa-target', 'HorizontalPodAutoscaler', 'spec.scaleTargetRef.name', 'no', 'got Deployment no'],
    ['hpa-target', 'Deployment', 'spec.replicas', 3, 'must have no spec.replicas'],
    ['hpa-requests', 'Deployment', `${CONTAINER}.resources.requests.cpu`, undefined, 'needs a cpu request'],
    ['vpa-target', 'VerticalPodAutoscaler', 'spec.targetRef.name', 'no', 'got Deployment no'],
    ['vpa-target', 'VerticalPodAutoscaler', `${POLICY}.containerName`, 'app', '(api), got app'],
    [
      'hpa-vpa-conflict',
      'VerticalPodAutoscaler',
      'spec.updatePolicy.updateMode',
      'Recreate',
      'cpu and memory',
    ],
    ['hpa-vpa-conflict', 'VerticalPodAutoscaler', 'spec.updatePolicy', undefined, 'got Auto'],
  ])('fails %s with %s %s = %j', (rule, kind, path, value, message) => {
    const found = findings(changed(manifests, kind, path, value, SUBJECTS[rule]));
    expect(found.find((line) => line.startsWith(`${rule} `))).toContain(message);
  });

  it.each<[rule: string, kind: string, name: string, path: string, value: unknown, message: string]>([
    ['rbac-reference', 'RoleBinding', 'llm-cost-ops-floor-release', 'roleRef.name', 'no', 'Role, got no'],
    [
      'rbac-names',
      'Role',
      'llm-cost-ops-floor',
      'rules.0.resourceNames',
      ['no'],
      'llm-cost-ops-floor-release, got no',
    ],
    [
      'rbac-names',
      'Role',
      'llm-cost-ops-floor',
      'rules.0.resourceNames',
      undefined,
      'must have resourceNames',
    ],
    ['network-selector', 'NetworkPolicy', 'llm-cost-ops-prometheus', PEER, { app: 'x' }, 'got {"app":"x"}'],
    ['api-service', 'APIService', 'v1beta1.custom.metrics.k8s.io', 'spec.service.name', 'no', '/no:443'],
    [
      'volume-mount',
      'CronJob',
      'llm-cost-ops-floor-release',
      JOB_VOLUME,
      'no',
      'a rendered ConfigMap, got no',
    ],
    ['service-account', 'CronJob', 'llm-cost-ops-floor-release', JOB_ACCOUNT, 'no', 'got no'],
  ])('fails %s with %s %s %s = %j', (rule, kind, name, path, value, message) => {
    const found = findings(changed(manifests, kind, path, value, name));
    expect(found.find((line) => line.startsWith(`${rule} `))).toContain(message);
  });

  it.each<[path: string, value: unknown, message: string]>([
    ['spec.scaleTargetRef.name', 'no', 'must name a rendered resource, got Deployment no'],
    ['spec.minReplicaCount', 51, 'at most maxReplicaCount (50), got 51'],
    ['spec.maxReplicas', 50, 'schema'],
    ['spec.triggers', [], 'schema'],
  ])('fails with ScaledObject %s = %j', (path, value, message) => {
    const keda = renderManifests(testConfig({ autoscaling: { driver: 'keda' } })).manifests;
    expect(findings(keda)).toEqual([]);
    expect(findings(changed(keda, 'ScaledObject', path, value))).toEqual([expect.stringContaining(message)]);
  });

  it('fails with two autoscalers on one Deployment, and with a fixed number beside one', () => {
    const keda = renderManifests(testConfig({ autoscaling: { driver: 'keda' } })).manifests;
    const hpa = manifests.filter(({ document }) => document.kind === 'HorizontalPodAutoscaler');
    expect(findings([...keda, ...hpa])).toContainEqual(
      expect.stringMatching(/^scaled-object .* must be scaled by one autoscaler/),
    );
    expect(findings(changed(keda, 'Deployment', 'spec.replicas', 3))).toEqual([
      expect.stringMatching(/^scaled-object .* must have no spec.replicas, got 3/),
    ]);
  });

  it('takes an HPA and a VPA that act on different resources', () => {
    const memoryOnly = changed(manifests, 'VerticalPodAutoscaler', `${POLICY}.controlledResources`, [
      'memory',
    ]);
    const acting = changed(memoryOnly, 'VerticalPodAutoscaler', 'spec.updatePolicy.updateMode', 'Recreate');
    const metrics = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ];
    expect(findings(changed(acting, 'HorizontalPodAutoscaler', 'spec.metrics', metrics))).toEqual([]);
    // It would be a conflict if the HPA kept its memory metric.
    expect(findings(acting)).toEqual([expect.stringContaining('hpa-vpa-conflict')]);
  });

  it('allows the VPA to act with a reason in its annotation', () => {
    const config = testConfig({
      autoscaling: { preset: 'seed-verbatim', conflictReason: 'a load test of it' },
    });
    expect(findings(renderManifests(config).manifests)).toEqual([]);
  });

  it('fails with a resource that two files have', () => {
    const copies = manifests.flatMap((manifest): Manifest[] =>
      manifest.document.kind === 'Service' ? [manifest, { ...manifest, fileName: 'copy.yaml' }] : [manifest],
    );
    expect(findings(copies)).toContainEqual(expect.stringContaining('duplicate-resource copy.yaml'));
  });

  it('fails with an API that no page lists', () => {
    const apis = listedApis.filter((api) => api !== 'autoscaling.k8s.io/v1');
    expect(findings(manifests, apis)).toEqual([
      expect.stringMatching(/^api-known verticalpodautoscaler.*autoscaling.k8s.io\/v1 must be built into/),
    ]);
  });

  it('fails with a file in the kustomization that is not there', () => {
    const listed = documentOf(manifests, 'Kustomization').resources;
    const more = changed(manifests, 'Kustomization', 'resources', [...listed, 'no.yaml']);
    expect(findings(more)).toEqual([expect.stringContaining('lists no.yaml, which is not')]);
  });

  it('reports everything at once, and nothing about what refers to a malformed resource', () => {
    const broken = changed(manifests, 'HorizontalPodAutoscaler', 'spec.minReplicas', 60);
    const found = findings(changed(broken, 'Deployment', 'spec.template', undefined));
    expect(found.map((line) => line.split(' ')[0])).toEqual(['schema', 'hpa-min-max']);
  });
});

describe('parseRequiredApis', () => {
  it('reads the apiVersion column of every table', () => {
    const page = '| a | apiVersion |\n|---|---|\n| `no` | `x/v1`, `y/v1` |\n\ntext `no`\n\n| `no` | b |\n';
    expect(parseRequiredApis(page)).toEqual(['x/v1', 'y/v1']);
  });

  it('throws without such a table', () => {
    expect(() => parseRequiredApis('# nothing')).toThrow("must have a table with a column 'apiVersion'");
  });

  it('finds every add-on of our page', () => {
    expect(listedApis).toEqual([
      'metrics.k8s.io/v1beta1',
      'custom.metrics.k8s.io/v1beta1',
      'autoscaling.k8s.io/v1',
      'eks.amazonaws.com/v1',
      'elbv2.k8s.aws/v1beta1',
      'keda.sh/v1alpha1',
      'secrets-store.csi.x-k8s.io/v1',
      'argoproj.io/v1alpha1',
    ]);
  });
});
