import '../../helpers/fake-aws/errors-of-node';
import { AwsSession } from '../../../bin/aws/aws-session';
import type { CloudContext } from '../../../bin/cloud/machine';
import { deployManifests } from '../../../bin/deploy/deploy-manifests';
import { applied } from '../../../bin/deploy/render-manifests';
import { deleteManifests } from '../../../bin/destroy/delete-manifests';
import { definedKinds } from '../../../bin/kubernetes/definitions';
import { KubernetesClient } from '../../../bin/kubernetes/kubernetes-client';
import { leftovers } from '../../../bin/kubernetes/leftovers';
import { manifestChange } from '../../../bin/kubernetes/manifest-diff';
import { titleOf } from '../../../bin/kubernetes/object-ref';
import type { KubernetesDocument } from '../../../k8s/manifest';
import { renderManifests } from '../../../k8s/manifests';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { testConfig } from '../../helpers/config';
import { FakeCluster, type FakeObject } from '../../helpers/fake-kubernetes/fake-cluster';

const ACTS = testConfig({ autoscaling: { preset: 'vpa-acts' } }, 'dev');
const WITHOUT = testConfig({ cluster: { verticalPodAutoscaler: false } }, 'dev');
const documentsOf = (config: ResolvedConfig) => applied(renderManifests(config).manifests);
const documents = documentsOf(ACTS);
const VPA = 'VerticalPodAutoscaler llm-cost-ops/llm-cost-ops-vpa';
const DEFINITION = 'CustomResourceDefinition verticalpodautoscalers.autoscaling.k8s.io';

let cluster: FakeCluster;
let client: KubernetesClient;
let lines: string[];
beforeAll(async () => {
  const own = definedKinds(documents);
  const served = documents.filter(({ kind }) => !own.has(kind));
  cluster = await FakeCluster.start(served.map(({ apiVersion, kind }) => [apiVersion, kind]));
});
beforeEach(() => {
  const waiting = { sleep: async () => undefined, random: () => 0, elapsedMs: () => 0 };
  client = new KubernetesClient({ connection: cluster.connection, waiting });
  lines = [];
});
afterEach(() => {
  client.close();
  cluster.reset();
});
afterAll(() => cluster.close());

const contextOf = (config: ResolvedConfig): CloudContext => ({
  config,
  aws: new AwsSession(),
  machine: {
    environment: {},
    home: '/',
    root: '/',
    now: () => new Date(),
    elapsedMs: () => performance.now(),
    pauseMs: 1,
  },
  signal: new AbortController().signal,
  say: (line) => lines.push(line),
});

const deploy = (config = ACTS, prune = false) =>
  deployManifests(contextOf(config), client, documentsOf(config), prune);

/** What the init container of the admission controller does. */
function trustCertificate(): void {
  const isWebhook = ({ kind }: KubernetesDocument) => kind === 'MutatingWebhookConfiguration';
  const { apiVersion, kind, metadata, ...rest } = documents.find(isWebhook) as KubernetesDocument;
  const [{ name }] = rest['webhooks'] as [{ name: string }];
  const webhooks = [{ name, clientConfig: { caBundle: 'AAAA' } }];
  cluster.apply(
    { apiVersion, kind, metadata, webhooks } as unknown as FakeObject,
    'llm-cost-ops-vpa-admission',
  );
}

it('defines the kinds first, starts all parts, and applies the autoscaler once its kind is served', async () => {
  cluster.looksUntilEstablished = 3;
  const { created, changed } = await deploy();
  expect({ created, changed }).toEqual({ created: documents.length, changed: 0 });
  const order = [
    `created ${DEFINITION}`,
    'created MutatingWebhookConfiguration llm-cost-ops-vpa-admission',
    'created Deployment llm-cost-ops/llm-cost-ops-vpa-recommender',
    'Deployment llm-cost-ops/llm-cost-ops-vpa-recommender: 1 pods available',
    `created ${VPA}`,
  ];
  const places = order.map((line) => lines.indexOf(line));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(cluster.get('VerticalPodAutoscaler', 'llm-cost-ops-vpa')).toMatchObject({
    spec: { updatePolicy: { updateMode: 'InPlaceOrRecreate' } },
  });
});

it('changes nothing when it runs again, nor what the admission controller added', async () => {
  await deploy();
  trustCertificate();
  expect(await deploy()).toMatchObject({
    created: 0,
    changed: 0,
    unchanged: documents.length,
    leftovers: [],
  });
  const { webhooks } = cluster.get('MutatingWebhookConfiguration', 'llm-cost-ops-vpa-admission') as {
    webhooks: [{ clientConfig: object }];
  };
  expect(webhooks[0].clientConfig).toMatchObject({ caBundle: 'AAAA', service: { port: 443 } });
});

it('shows the autoscaler as new before its kind is there', async () => {
  const autoscaler = documents.find(({ kind }) => kind === 'VerticalPodAutoscaler') as KubernetesDocument;
  expect((await manifestChange(client, autoscaler, definedKinds(documents))).action).toBe('create');
  expect((await manifestChange(client, autoscaler)).action).toBe('missing');
});

it('leaves nothing behind when it is destroyed', async () => {
  await deploy();
  trustCertificate();
  expect(await deleteManifests(contextOf(ACTS), client)).toBe(documents.length);
  expect(cluster.titles).toEqual([]);
  expect(lines.indexOf(`deleted ${VPA}`)).toBeLessThan(lines.indexOf(`deleted ${DEFINITION}`));
});

it('keeps the definition while another team has autoscalers', async () => {
  await deploy();
  const theirs = {
    apiVersion: 'autoscaling.k8s.io/v1',
    kind: 'VerticalPodAutoscaler',
    metadata: { name: 'theirs', namespace: 'jobs' },
  };
  cluster.apply(theirs, 'kubectl');
  await deleteManifests(contextOf(ACTS), client);
  expect(cluster.titles).toEqual([DEFINITION, 'VerticalPodAutoscaler jobs/theirs']);
  expect(lines).toContain(`kept ${DEFINITION}: other namespaces have objects of its kind`);
});

it('is found again in whole by a deployment that knows nothing of it', async () => {
  await deploy();
  const found = await leftovers(client, 'dev', []);
  expect(found.map(titleOf).sort()).toEqual(
    cluster.titles.filter((title) => !title.startsWith('Namespace ')),
  );
});

it('prunes it, objects before definitions, where it is switched off', async () => {
  await deploy();
  const { leftovers: left } = await deploy(WITHOUT);
  expect(left.map(({ name }) => name)).toContain('llm-cost-ops-vpa-admission');
  await deploy(WITHOUT, true);
  expect(cluster.titles.filter((title) => /vpa|autoscaling\.k8s\.io/.test(title))).toEqual([]);
  expect(lines.indexOf(`deleted ${VPA}`)).toBeLessThan(lines.indexOf(`deleted ${DEFINITION}`));
});

it('never prunes the definition of an autoscaler that the manifests have', async () => {
  await deploy();
  await deploy(testConfig({ cluster: { verticalPodAutoscaler: true } }, 'dev'), true);
  expect(cluster.titles).toContain(DEFINITION);
  expect(cluster.titles).toContain(VPA);
  expect(cluster.titles.filter((title) => title.startsWith('Deployment') && title.includes('vpa'))).toEqual(
    [],
  );
});

it('applies nothing at all where a kind is missing that comes last', async () => {
  const keda = testConfig({ autoscaling: { driver: 'keda' } }, 'dev');
  await expect(deploy(keda)).rejects.toThrow(
    'the cluster does not serve ScaledObject (keda.sh/v1alpha1); install what docs/cluster-requirements.md lists for it',
  );
  expect(cluster.titles).toEqual([]);
});
