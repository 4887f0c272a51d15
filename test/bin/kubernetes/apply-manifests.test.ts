import '../../helpers/fake-aws/errors-of-node';
import { applyManifests } from '../../../bin/kubernetes/apply-manifests';
import { KubernetesClient, KubernetesProblem } from '../../../bin/kubernetes/kubernetes-client';
import { leftovers } from '../../../bin/kubernetes/leftovers';
import { manifestChange } from '../../../bin/kubernetes/manifest-diff';
import { titleOf } from '../../../bin/kubernetes/object-ref';
import { waitAvailable } from '../../../bin/kubernetes/wait-available';
import { commonLabels } from '../../../k8s/labels';
import type { KubernetesDocument } from '../../../k8s/manifest';
import { FIELD_MANAGER } from '../../../lib/config/names';
import { FakeCluster } from '../../helpers/fake-kubernetes/fake-cluster';

const KINDS = [
  ['v1', 'Namespace'],
  ['v1', 'Service'],
  ['v1', 'ConfigMap'],
  ['apps/v1', 'Deployment'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
] as const;

let cluster: FakeCluster;
let client: KubernetesClient;
beforeAll(async () => {
  cluster = await FakeCluster.start(KINDS);
});
beforeEach(() => {
  const waiting = { sleep: async () => undefined, random: () => 0, elapsedMs: () => 0 };
  client = new KubernetesClient({ connection: cluster.connection, waiting });
});
afterEach(() => {
  client.close();
  cluster.reset();
});
afterAll(() => cluster.close());

const labels = commonLabels('dev');

function document(kind: string, name: string, fields: object = {}, apiVersion = 'v1'): KubernetesDocument {
  const metadata = kind === 'Namespace' ? { name, labels } : { name, labels, namespace: 'app' };
  return { apiVersion, kind, metadata, ...fields };
}

const NAMESPACE = document('Namespace', 'app');
const SERVICE = document('Service', 'api', { spec: { ports: [{ name: 'http', port: 80 }] } });
const selector = { matchLabels: { app: 'api' } };
const DEPLOYMENT = document('Deployment', 'api', { spec: { replicas: 2, selector } }, 'apps/v1');
const HPA = document(
  'HorizontalPodAutoscaler',
  'api',
  { spec: { minReplicas: 2, maxReplicas: 9 } },
  'autoscaling/v2',
);

async function apply(...documents: KubernetesDocument[]): Promise<string[]> {
  const lines: string[] = [];
  await applyManifests(documents, {
    client,
    pause: async () => undefined,
    onApplied: (ref, outcome) => lines.push(`${outcome} ${titleOf(ref)}`),
  });
  return lines;
}

it('applies in order, and says what it made, changed and left alone', async () => {
  expect(await apply(NAMESPACE, SERVICE)).toEqual(['created Namespace app', 'created Service app/api']);
  const changed = { ...SERVICE, spec: { ports: [{ name: 'http', port: 81 }] } };
  expect(await apply(NAMESPACE, changed)).toEqual(['unchanged Namespace app', 'changed Service app/api']);
  expect(cluster.get('Service', 'api')).toMatchObject({ spec: { ports: [{ name: 'http', port: 81 }] } });
});

it('removes a field that the manifest no longer has, and keeps those of others', async () => {
  await apply(NAMESPACE, document('ConfigMap', 'settings', { data: { a: '1', b: '2' } }));
  cluster.apply(document('ConfigMap', 'settings', { data: { c: '3' } }) as never, 'somebody');
  await apply(document('ConfigMap', 'settings', { data: { a: '1' } }));
  expect(cluster.get('ConfigMap', 'settings')).toMatchObject({ data: { a: '1', c: '3' } });
  expect(cluster.get('ConfigMap', 'settings')).not.toHaveProperty('data.b');
});

describe('an object that kubectl had applied from the manifests', () => {
  const settings = (data: Record<string, string>) => document('ConfigMap', 'settings', { data });
  const bySomebody = {
    ...settings({}),
    metadata: { name: 'settings', namespace: 'app' },
    data: { note: 'x' },
  };
  beforeEach(async () => {
    await apply(NAMESPACE);
    cluster.apply(settings({ a: '1', dropped: '2' }) as never, 'kubectl');
    cluster.apply(bySomebody as never, 'somebody');
  });

  it('loses the fields that the manifest drops, and keeps those of others', async () => {
    expect(await manifestChange(client, settings({ a: '1' }))).toMatchObject({
      action: 'change',
      fields: [{ path: ['data', 'dropped'], before: '2', after: undefined }],
    });
    expect(await apply(settings({ a: '1' }))).toEqual(['changed ConfigMap app/settings']);
    expect(cluster.get('ConfigMap', 'settings')).toMatchObject({ data: { a: '1', note: 'x' } });
    expect(cluster.get('ConfigMap', 'settings')).not.toHaveProperty('data.dropped');
    expect((await manifestChange(client, settings({ a: '1' }))).action).toBe('none');
  });

  it('keeps what kubectl applies to it later', async () => {
    await apply(settings({ a: '1' }));
    cluster.apply({ ...bySomebody, data: { later: '3' } } as never, 'kubectl');
    await apply(settings({ a: '4' }));
    expect(cluster.get('ConfigMap', 'settings')).toMatchObject({ data: { a: '4', later: '3', note: 'x' } });
  });
});

it('fails where a manifest changes a field that the API never changes', async () => {
  await apply(NAMESPACE, DEPLOYMENT);
  const other = { ...DEPLOYMENT, spec: { replicas: 2, selector: { matchLabels: { app: 'other' } } } };
  await expect(apply(other)).rejects.toThrow('spec.selector: Invalid value: field is immutable');
});

it('applies nothing where the cluster does not serve a kind', async () => {
  const unknown = document('VerticalPodAutoscaler', 'api', {}, 'autoscaling.k8s.io/v1');
  await expect(apply(NAMESPACE, unknown)).rejects.toThrow(
    'the cluster does not serve VerticalPodAutoscaler (autoscaling.k8s.io/v1); install what docs/cluster-requirements.md lists',
  );
  expect(cluster.titles).toEqual([]);
});

it('does not lower the floor that predictive scaling holds, and takes the field back when it is released', async () => {
  await apply(NAMESPACE, HPA);
  cluster.apply({ ...HPA, spec: { minReplicas: 7 } } as never, FIELD_MANAGER);
  await apply(HPA);
  expect(cluster.get('HorizontalPodAutoscaler', 'api')).toMatchObject({
    spec: { minReplicas: 7, maxReplicas: 9 },
  });
  expect((await manifestChange(client, HPA)).action).toBe('none');
  const { spec: _, ...released } = HPA;
  cluster.apply(released as never, FIELD_MANAGER);
  await apply(HPA);
  expect(cluster.get('HorizontalPodAutoscaler', 'api')).toMatchObject({ spec: { minReplicas: 2 } });
});

it('tells what an apply would change, and changes nothing', async () => {
  await apply(NAMESPACE, SERVICE);
  const changed = { ...SERVICE, spec: { ports: [{ name: 'http', port: 81 }] } };
  expect(await manifestChange(client, changed)).toMatchObject({
    action: 'change',
    fields: [{ path: ['spec', 'ports', 0, 'port'], before: 80, after: 81 }],
  });
  expect((await manifestChange(client, SERVICE)).action).toBe('none');
  expect((await manifestChange(client, DEPLOYMENT)).action).toBe('create');
});

it('finds what an earlier deployment applied, and not what others made with its labels', async () => {
  await apply(NAMESPACE, SERVICE, document('ConfigMap', 'old'));
  cluster.apply(document('ConfigMap', 'foreign') as never, 'kubectl');
  const left = await leftovers(client, 'dev', [NAMESPACE, SERVICE]);
  expect(left.map(titleOf)).toEqual(['ConfigMap app/old']);
});

async function wait(): Promise<string[]> {
  const lines: string[] = [];
  await waitAvailable([{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'app', name: 'api' }], {
    client,
    pause: async () => undefined,
    elapsedMs: () => 0,
    onProgress: (line) => lines.push(line),
  });
  return lines;
}

it('waits until the pods of a Deployment are available', async () => {
  await apply(NAMESPACE, DEPLOYMENT);
  cluster.looksUntilAvailable = 3;
  expect(await wait()).toEqual([
    'Deployment app/api: 0 of 2 pods available',
    'Deployment app/api: 2 pods available',
  ]);
});

it('says why pods do not start', async () => {
  await apply(NAMESPACE, DEPLOYMENT);
  cluster.stuck.set('api', { reason: 'ImagePullBackOff', message: 'no such image' });
  await expect(wait()).rejects.toThrow(
    'Deployment app/api is not available:\n  api-1: container main is waiting: ImagePullBackOff, no such image',
  );
});

it('goes on when the API server is replaced in the middle', async () => {
  await apply(NAMESPACE);
  cluster.server.failNext({ kind: 'drop' }, 2);
  expect(await apply(SERVICE)).toEqual(['created Service app/api']);
});

it.each([
  [401, 'unauthorized', 'use one of them (--cluster-role)'],
  [403, 'forbidden', 'use a role of cluster.adminRoleArns'],
])('names the remedy of %d', async (status, kind, remedy) => {
  cluster.server.failNext({ kind: 'answer', answer: { status, body: '{"message":"no"}' } });
  const error = await client.get({ apiVersion: 'v1', kind: 'Namespace', name: 'app' }).catch((one) => one);
  expect(error).toBeInstanceOf(KubernetesProblem);
  expect(error).toMatchObject({ kind, message: expect.stringContaining(remedy) });
});
