import '../../helpers/fake-aws/errors-of-node';
import { clusterAnswers } from '../../../bin/doctor/checks/cluster-add-ons';
import type { Answer } from '../../../bin/doctor/finding';
import { KubernetesClient } from '../../../bin/kubernetes/kubernetes-client';
import type { KubernetesDocument } from '../../../k8s/manifest';
import { renderManifests } from '../../../k8s/manifests';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { EXISTING_CLUSTER, testConfig } from '../../helpers/config';
import { FakeCluster, type FakeObject } from '../../helpers/fake-kubernetes/fake-cluster';

/** Kinds that a cluster has without any add-on. */
const BUILT_IN = [
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
] as const;
const ADD_ONS = {
  argo: ['argoproj.io/v1alpha1', 'Application'],
  balancer: ['elbv2.k8s.aws/v1beta1', 'TargetGroupBinding'],
  customMetrics: ['custom.metrics.k8s.io/v1beta1', 'MetricValueList'],
  keda: ['keda.sh/v1alpha1', 'ScaledObject'],
  metrics: ['metrics.k8s.io/v1beta1', 'PodMetrics'],
  secrets: ['secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass'],
  vpa: ['autoscaling.k8s.io/v1', 'VerticalPodAutoscaler'],
} as const;
type AddOn = keyof typeof ADD_ONS;

const DEFINITION = renderManifests(testConfig()).manifests.find(({ fileName }) =>
  fileName.includes('verticalpodautoscalers.'),
)?.document as KubernetesDocument;
const WEBHOOK = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'vpa-webhook-config' },
  webhooks: [{ name: 'vpa.k8s.io', rules: [{ resources: ['verticalpodautoscalers'] }] }],
};
const ENFORCED = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
  data: { 'enable-network-policy-controller': 'true' },
};

const clusters: FakeCluster[] = [];
afterAll(() => Promise.all(clusters.map((one) => one.close())));

/** What a cluster with these add-ons and objects answers, as `status message`. */
async function ask(
  config: ResolvedConfig,
  addOns: readonly AddOn[],
  objects: readonly object[] = [],
): Promise<Answer[]> {
  const cluster = await FakeCluster.start([...BUILT_IN, ...addOns.map((name) => ADD_ONS[name])]);
  clusters.push(cluster);
  for (const object of objects) cluster.apply(object as FakeObject, 'helm');
  const client = new KubernetesClient({ connection: cluster.connection });
  try {
    return await clusterAnswers(client, config);
  } finally {
    client.close();
  }
}

const dev = (overrides: Parameters<typeof testConfig>[0] = {}) => testConfig(overrides, 'dev');
const WELL = [{ status: 'ok', message: 'the cluster has what the manifests need beside the stacks' }];

describe('a cluster of the Cluster stack', () => {
  it('needs nothing by hand', async () => {
    expect(await ask(dev(), [])).toEqual(WELL);
  });

  it.each<[what: string, Parameters<typeof testConfig>[0], has: AddOn[], message: RegExp, remedy: string]>([
    [
      'KEDA',
      { autoscaling: { driver: 'keda' } },
      [],
      /ScaledObject \(keda\.sh\/v1alpha1\): KEDA is missing/,
      "autoscaling.driver: 'hpa'",
    ],
    [
      'a VPA that somebody else should have installed',
      { cluster: { verticalPodAutoscaler: true } },
      [],
      /the Vertical Pod Autoscaler is missing/,
      "cluster.verticalPodAutoscaler: 'managed'",
    ],
    [
      'the part of a VPA that acts',
      { cluster: { verticalPodAutoscaler: true }, autoscaling: { preset: 'vpa-acts' } },
      ['vpa'],
      /no webhook .* which update mode InPlaceOrRecreate needs/,
      "autoscaling.vpa.updateMode: 'Off'",
    ],
    [
      'a provider of custom metrics',
      { metrics: { provider: 'existing', scraperNamespace: 'monitoring' } },
      [],
      /a provider of custom metrics is missing/,
      "metrics.provider: 'prometheus-adapter'",
    ],
  ])('lacks %s', async (_, overrides, has, message, remedy) => {
    const answers = await ask(dev(overrides), has);
    expect(answers).toEqual([
      {
        status: 'problem',
        message: expect.stringMatching(message),
        remedy: expect.stringContaining(remedy),
      },
    ]);
  });

  it.each<[what: string, Parameters<typeof testConfig>[0], has: AddOn[], objects: object[]]>([
    ['KEDA', { autoscaling: { driver: 'keda' } }, ['keda'], []],
    ['a VPA', { cluster: { verticalPodAutoscaler: true } }, ['vpa'], []],
    [
      'a VPA that acts',
      { cluster: { verticalPodAutoscaler: true }, autoscaling: { preset: 'vpa-acts' } },
      ['vpa'],
      [WEBHOOK],
    ],
    ['our own VPA of an earlier deployment', {}, [], [DEFINITION]],
  ])('has %s', async (_, overrides, has, objects) => {
    expect(await ask(dev(overrides), has, objects)).toEqual(WELL);
  });

  it('gets its manifests from npm run deploy, too, where Argo CD is missing', async () => {
    const gitops = { repositoryUrl: 'https://git.example.com/a.git', revision: 'main', path: 'dev' };
    expect(await ask(dev({ gitops }), [])).toEqual([
      { status: 'later', message: expect.stringContaining('Argo CD is missing'), remedy: expect.any(String) },
    ]);
    expect(await ask(dev({ gitops }), ['argo'])).toEqual(WELL);
  });

  it("has somebody else's VPA, and does not get a second one", async () => {
    const metadata = { name: DEFINITION.metadata?.name };
    expect(await ask(dev(), [], [{ ...DEFINITION, metadata }])).toEqual([
      {
        status: 'problem',
        message: expect.stringContaining('has a Vertical Pod Autoscaler already (by helm)'),
        remedy: expect.stringContaining('set cluster.verticalPodAutoscaler: true'),
      },
    ]);
  });

  it('waits for certificates that only people can make', async () => {
    const config = dev({ nginx: { enabled: true, tlsSecretName: 'api-tls' } });
    expect(await ask(config, [])).toEqual([
      {
        status: 'later',
        message: 'Secret llm-cost-ops/api-tls is not there, and pods will wait for it',
        remedy: expect.stringContaining('kubectl create secret tls api-tls -n llm-cost-ops'),
      },
    ]);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'api-tls', namespace: 'llm-cost-ops' },
    };
    expect(await ask(config, [], [secret])).toEqual(WELL);
  });
});

describe('an existing cluster', () => {
  const existing = (overrides: Parameters<typeof testConfig>[0] = {}) =>
    testConfig({
      cluster: { existing: EXISTING_CLUSTER },
      gitops: null,
      metrics: { scraperNamespace: 'monitoring' },
      ...overrides,
    } as Parameters<typeof testConfig>[0]);

  it('has to have what the stack installs elsewhere', async () => {
    const answers = await ask(existing({ database: { pooler: 'pgbouncer' } }), []);
    expect(answers.map(({ status, message }) => `${status}: ${message.split(': ').at(-1)}`)).toEqual([
      'problem: the Vertical Pod Autoscaler is missing',
      'problem: a provider of custom metrics is missing',
      'problem: metrics-server is missing',
      'problem: the controller aws-load-balancer-controller is missing',
      'problem: the Secrets Store CSI driver with its AWS provider is missing',
      expect.stringMatching(/^unknown: ConfigMap kube-system\/amazon-vpc-cni does not switch on/),
    ]);
    expect(answers.every(({ remedy }) => remedy?.includes('docs/cluster-requirements.md'))).toBe(true);
  });

  it('is well with all of it', async () => {
    const has = ['balancer', 'customMetrics', 'metrics', 'secrets', 'vpa'] as const;
    expect(await ask(existing({ database: { pooler: 'pgbouncer' } }), has, [ENFORCED])).toEqual(WELL);
  });
});
