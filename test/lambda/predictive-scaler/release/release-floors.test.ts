import { ANNOTATIONS, FIELD_MANAGER } from '../../../../lambda/predictive-scaler/constants';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import {
  type ReleaseResult,
  releaseFloors,
} from '../../../../lambda/predictive-scaler/release/release-floors';
import { FakeKubernetes } from '../../../helpers/fake-kubernetes/fake-kubernetes';
import { recordedWaiting } from '../../../helpers/waiting';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const BASE = 3;

let cluster: FakeKubernetes;
let hpaClient: KubernetesHpaClient;

beforeAll(async () => {
  cluster = await FakeKubernetes.start();
  hpaClient = clientOf(5_000);
});
afterAll(async () => {
  hpaClient.close();
  await cluster.close();
});
beforeEach(() => cluster.server.reset());

function clientOf(attemptMs: number): KubernetesHpaClient {
  return new KubernetesHpaClient({
    endpoint: cluster.server.url,
    certificateAuthority: cluster.certificateAuthority,
    logIn: { token: async () => 'the-token' },
    retries: { attemptMs },
    waiting: recordedWaiting(),
  });
}

/** An HPA whose floor the scaler holds up. */
function putFloor(
  name: string,
  expiresAt: string,
  base: string | undefined = String(BASE),
  maxReplicas = 50,
) {
  cluster.put({ name, minReplicas: BASE, maxReplicas, annotations: { team: 'llm' } });
  cluster.apply(name, FIELD_MANAGER, {
    metadata: {
      annotations: {
        [ANNOTATIONS.expiresAt]: expiresAt,
        [ANNOTATIONS.floor]: '20',
        ...(base !== undefined && { [ANNOTATIONS.base]: base }),
      },
    },
    spec: { minReplicas: Math.min(20, maxReplicas) },
  });
}

function release(...names: readonly string[]): Promise<ReleaseResult[]> {
  const workloads = names.map((name) => ({
    name,
    namespace: 'default',
    hpaName: name,
    baseMinReplicas: BASE,
  }));
  return releaseFloors({ workloads }, { hpaClient, now: () => NOW });
}

const patches = () => cluster.server.requests.filter(({ method }) => method === 'PATCH');

it('releases an expired floor: base restored, its annotations removed, other annotations kept', async () => {
  putFloor('api', '2026-11-24T11:59:59Z', '7');
  expect(await release('api')).toEqual([
    {
      workload: 'api',
      outcome: 'released',
      reason: 'lease-expired',
      message: 'lease expired at 2026-11-24T11:59:59Z',
      minReplicas: 7,
      from: 20,
    },
  ]);
  const { spec, metadata } = cluster.get('api');
  expect(spec).toEqual({ minReplicas: 7, maxReplicas: 50 });
  expect(metadata.annotations).toEqual({ team: 'llm' });
});

it('has nothing more to do the second time', async () => {
  putFloor('api', '2026-11-24T11:59:59Z');
  await release('api');
  expect(await release('api')).toMatchObject([{ outcome: 'kept', reason: 'no-lease' }]);
});

it.each<[what: string, minReplicas: number]>([
  ['high', 20],
  ['below the base', 1],
])('keeps a minReplicas without a lease, %s as it may be', async (_, minReplicas) => {
  cluster.put({ name: 'api', minReplicas });
  expect(await release('api')).toMatchObject([{ outcome: 'kept', reason: 'no-lease' }]);
  expect(patches()).toEqual([]);
});

it('keeps a floor while its lease lasts', async () => {
  putFloor('api', '2026-11-24T12:00:01Z');
  expect(await release('api')).toMatchObject([{ outcome: 'kept', reason: 'lease-valid' }]);
  expect(patches()).toEqual([]);
});

it('releases a floor with an unreadable lease', async () => {
  putFloor('api', 'soon');
  expect(await release('api')).toMatchObject([
    { outcome: 'released', reason: 'lease-unreadable', minReplicas: 3 },
  ]);
});

it.each<[base: string | undefined, maxReplicas: number, expected: number]>([
  ['5', 50, 5],
  ['50', 50, 50],
  ['51', 50, 3],
  ['0', 50, 3],
  ['-1', 50, 3],
  ['5.5', 50, 3],
  ['five', 50, 3],
  ['', 50, 3],
  ['1e1', 50, 3],
  ['99999999999999999999', 50, 3],
  ['5', 2, 2],
])('goes from the base %j and the maximum %i back to %i', async (base, maxReplicas, expected) => {
  putFloor('api', '2020-01-01T00:00:00Z', base, maxReplicas);
  expect(await release('api')).toMatchObject([{ outcome: 'released', minReplicas: expected }]);
  expect(cluster.get('api').spec['minReplicas']).toBe(expected);
});

it('goes back to the base of the event where there is none in the annotations', async () => {
  cluster.put({ name: 'api', minReplicas: 20, annotations: {} });
  cluster.apply('api', FIELD_MANAGER, {
    metadata: { annotations: { [ANNOTATIONS.expiresAt]: '2020-01-01T00:00:00Z' } },
    spec: { minReplicas: 20 },
  });
  expect(await release('api')).toMatchObject([{ outcome: 'released', minReplicas: BASE }]);
});

it('has nothing to do where there is no HPA', async () => {
  expect(await release('gone')).toMatchObject([{ outcome: 'kept', reason: 'no-hpa' }]);
});

it('looks again when the HPA changed in between', async () => {
  putFloor('api', '2020-01-01T00:00:00Z');
  cluster.server.failNext({
    kind: 'answer',
    answer: { status: 200, body: JSON.stringify(cluster.get('api')) },
  });
  cluster.apply('api', 'somebody', { metadata: { annotations: { note: 'x' } } });
  expect(await release('api')).toMatchObject([{ outcome: 'released', minReplicas: BASE }]);
  expect(patches()).toHaveLength(2);
});

it('keeps a lease that was renewed in between', async () => {
  putFloor('api', '2020-01-01T00:00:00Z');
  cluster.server.failNext({
    kind: 'answer',
    answer: { status: 200, body: JSON.stringify(cluster.get('api')) },
  });
  putFloor('api', '2026-11-24T12:20:00Z');
  expect(await release('api')).toMatchObject([{ outcome: 'kept', reason: 'lease-valid' }]);
  expect(cluster.get('api').spec['minReplicas']).toBe(20);
});

it('has done its work when the answer to it got lost', async () => {
  putFloor('api', '2020-01-01T00:00:00Z');
  // The read is answered, the change is made and its answer cut: read again, there is no lease any more.
  cluster.server.failNext({
    kind: 'answer',
    answer: { status: 200, body: JSON.stringify(cluster.get('api')) },
  });
  cluster.server.failNext({ kind: 'cut' });
  expect(await release('api')).toMatchObject([{ outcome: 'kept', reason: 'no-lease' }]);
  expect(cluster.get('api').spec['minReplicas']).toBe(BASE);
});

it('fails when the HPA changes at every look', async () => {
  putFloor('api', '2020-01-01T00:00:00Z');
  const stale = JSON.stringify(cluster.get('api'));
  putFloor('api', '2020-01-01T00:00:00Z');
  for (let look = 0; look < 3; look += 1) {
    cluster.server.failNext({ kind: 'answer', answer: { status: 200, body: stale } });
    cluster.refuseNext(409);
  }
  expect(await release('api')).toMatchObject([{ outcome: 'failed', reason: 'conflict' }]);
  expect(patches()).toHaveLength(3);
});

it('fails when another field manager owns the lease too, so that it stays', async () => {
  putFloor('api', '2020-01-01T00:00:00Z');
  cluster.apply('api', 'kubectl-annotate', {
    metadata: { annotations: { [ANNOTATIONS.expiresAt]: '2020-01-01T00:00:00Z' } },
  });
  expect(await release('api')).toMatchObject([
    { outcome: 'failed', reason: 'unexpected', message: expect.stringContaining('is still set') },
  ]);
});

it.each<[what: string, fault: () => void, reason: string]>([
  ['it may not', () => cluster.refuseNext(403), 'forbidden'],
  ['nobody knows it', () => cluster.refuseNext(401), 'unauthorized'],
  ['the API fails', () => cluster.refuseNext(500, 4), 'server'],
  ['the API is busy', () => cluster.refuseNext(429, 4), 'throttled'],
  ['the connection breaks', () => cluster.server.failNext({ kind: 'drop' }, 4), 'connection'],
])('fails when %s', async (_, fault, reason) => {
  putFloor('api', '2020-01-01T00:00:00Z');
  fault();
  expect(await release('api')).toMatchObject([{ workload: 'api', outcome: 'failed', reason }]);
});

it('fails when nothing answers', async () => {
  putFloor('api', '2020-01-01T00:00:00Z');
  cluster.server.failNext({ kind: 'hang' }, 4);
  const impatient = clientOf(50);
  const workloads = [{ name: 'api', namespace: 'default', hpaName: 'api', baseMinReplicas: BASE }];
  const results = await releaseFloors({ workloads }, { hpaClient: impatient, now: () => NOW });
  expect(results).toMatchObject([{ outcome: 'failed', reason: 'timeout' }]);
  impatient.close();
});

it('releases the other floors when one fails', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `w${index}`);
  for (const name of names) putFloor(name, '2020-01-01T00:00:00Z');
  cluster.refuseNext(403);
  const results = await release(...names);
  expect(results.map(({ workload }) => workload)).toEqual(names);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === 'released')).toHaveLength(19);
});
