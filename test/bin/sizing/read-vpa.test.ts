import { KubernetesClient } from '../../../bin/kubernetes/kubernetes-client';
import { readVpa, vpaRecommendation } from '../../../bin/sizing/read-vpa';
import { NAMESPACE, VPA_NAME } from '../../../lib/config/names';
import { FakeCluster } from '../../helpers/fake-kubernetes/fake-cluster';

const status = (target: object, containerName = 'api', more: object = {}) => ({
  recommendation: { containerRecommendations: [{ containerName, target, ...more }] },
});

test.each([
  ['25m', '262144k', 25, 250],
  ['1', '1Gi', 1000, 1024],
  ['0.5', '297164212', 500, 284],
  ['1500m', '512Mi', 1500, 512],
])('%s and %s are %d millicores and %d MiB', (cpu, memory, cpuMillis, memoryMib) => {
  expect(vpaRecommendation(status({ cpu, memory }))).toMatchObject({ cpuMillis, memoryMib });
});

test('has the range of the recommendation', () => {
  const range = {
    lowerBound: { cpu: '10m', memory: '128Mi' },
    upperBound: { cpu: '2', memory: '2Gi' },
  };
  expect(vpaRecommendation(status({ cpu: '25m', memory: '256Mi' }, 'api', range))).toMatchObject({
    lower: { cpuMillis: 10, memoryMib: 128 },
    upper: { cpuMillis: 2000, memoryMib: 2048 },
  });
});

test.each([
  ['no status', undefined],
  ['no recommendation yet', { conditions: [] }],
  ['another container', status({ cpu: '1', memory: '1Gi' }, 'sidecar')],
])('%s is no recommendation', (_, given) => {
  expect(vpaRecommendation(given)).toBeUndefined();
});

test.each([
  ['another form', status({ cpu: 1 }), 'status.recommendation.containerRecommendations.0.target.cpu'],
  ['another quantity', status({ cpu: '1 core', memory: '1Gi' }), 'got 1 core'],
])('%s is refused', (_, given, message) => {
  expect(() => vpaRecommendation(given)).toThrow(message);
});

describe('in a cluster', () => {
  let cluster: FakeCluster;
  const ask = async () => {
    const client = new KubernetesClient({ connection: cluster.connection });
    try {
      return await readVpa(client);
    } finally {
      client.close();
    }
  };
  beforeAll(async () => {
    cluster = await FakeCluster.start([]);
  });
  afterAll(() => cluster.close());

  test('without the VPA there is no recommendation; with it there is one as soon as it has one', async () => {
    expect(await ask()).toBeUndefined();
    cluster.serve('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler');
    expect(await ask()).toBeUndefined();
    const vpa = {
      apiVersion: 'autoscaling.k8s.io/v1',
      kind: 'VerticalPodAutoscaler',
      metadata: { name: VPA_NAME, namespace: NAMESPACE },
    };
    cluster.apply(vpa, 'llm-cost-ops-deploy');
    expect(await ask()).toBeUndefined();
    cluster.report(vpa, status({ cpu: '80m', memory: '300Mi' }));
    expect(await ask()).toMatchObject({ cpuMillis: 80, memoryMib: 300 });
  });
});
