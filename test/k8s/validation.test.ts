import type { Manifest } from '../../k8s/manifest';
import { renderManifests } from '../../k8s/manifests';
import { parseRequiredApis } from '../../k8s/validation/required-apis';
import { testConfig } from '../helpers/config';
import { changed, findings, listedApis } from '../helpers/manifests';

const { manifests } = renderManifests(testConfig());

const CONTAINER = 'spec.template.spec.containers.0';
const POLICY = 'spec.resourcePolicy.containerPolicies.0';

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
function isMap(kind: string, key = ''): boolean {
  return (
    ['labels', 'annotations', 'matchLabels', 'data'].includes(key) ||
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

  describe.each(manifests.map(({ document }) => [document.kind, fieldsOf(document)] as const))(
    'with a %s',
    (kind, fields) => {
      it('finds an unknown field at every level, but takes any key in a map', () => {
        const objects = fields.filter(({ value }) => typeof value === 'object' && !Array.isArray(value));
        for (const { keys } of objects) {
          const found = findings(changed(manifests, kind, [...keys, 'unknown'], 'x'));
          const refused = found.some((line) => line.startsWith('schema '));
          const path = keys.join('.');
          expect({ path, refused }).toEqual({ path, refused: !isMap(kind, keys.at(-1)) });
        }
      });

      it('never throws, whichever field is missing or of another type', () => {
        for (const { keys } of fields) {
          for (const value of [undefined, 7]) {
            expect(() => findings(changed(manifests, kind, keys, value))).not.toThrow();
          }
        }
      });
    },
  );

  it.each<[rule: string, kind: string, path: string, value: unknown, message: string]>([
    ['namespace-rendered', 'Service', 'metadata.namespace', 'default', '(llm-cost-ops), got default'],
    ['namespace-rendered', 'Namespace', 'metadata.namespace', 'x', 'must be absent on a Namespace'],
    ['kustomization-complete', 'Kustomization', 'resources', [], 'must list namespace.llm-cost-ops.yaml'],
    ['kustomization-complete', 'Kustomization', 'resources.9', 'no.yaml', 'lists no.yaml, which is not'],
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
    const found = findings(changed(manifests, kind, path, value));
    expect(found.find((line) => line.startsWith(`${rule} `))).toContain(message);
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

  it('lets the VPA act where its annotation says why', () => {
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

  it('finds both kinds of TargetGroupBinding, the VPA and both metrics APIs in our page', () => {
    expect(listedApis).toEqual([
      'metrics.k8s.io/v1beta1',
      'custom.metrics.k8s.io/v1beta1',
      'autoscaling.k8s.io/v1',
      'eks.amazonaws.com/v1',
      'elbv2.k8s.aws/v1beta1',
    ]);
  });
});
