import { ANNOTATIONS } from '../../../../lambda/predictive-scaler/constants';
import { applyFloor } from '../../../../lambda/predictive-scaler/hpa/apply-floor';
import type { FloorLease } from '../../../../lambda/predictive-scaler/hpa/floor-lease';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { FakeKubernetes } from '../../../helpers/fake-kubernetes/fake-kubernetes';

const REF = { namespace: 'default', name: 'api' };
const lease: FloorLease = {
  floor: 12,
  base: 3,
  endMinute: Date.parse('2026-11-27T08:20:00Z') / 60_000,
  runId: 'run',
  reason: 'as-wanted',
};

let cluster: FakeKubernetes;
let client: KubernetesHpaClient;

beforeAll(async () => {
  cluster = await FakeKubernetes.start();
  client = new KubernetesHpaClient({
    endpoint: cluster.server.url,
    certificateAuthority: cluster.certificateAuthority,
    logIn: { token: async () => 'the-token' },
  });
});
beforeEach(() => cluster.put({ name: 'api', annotations: { theirs: 'stays' } }));
afterAll(async () => {
  client.close();
  await cluster.close();
});

async function apply(change: Partial<FloorLease> = {}, dryRun = false) {
  const hpa = await client.read(REF);
  return applyFloor(client, REF, hpa, { ...lease, ...change }, { dryRun });
}

const now = () => {
  const { spec, metadata } = cluster.get('api');
  return { minReplicas: spec['minReplicas'], annotations: metadata.annotations };
};

test('a floor above the base comes with its lease, and goes without a trace', async () => {
  expect(await apply()).toBe('applied');
  expect(now()).toEqual({
    minReplicas: 12,
    annotations: {
      theirs: 'stays',
      [ANNOTATIONS.base]: '3',
      [ANNOTATIONS.floor]: '12',
      [ANNOTATIONS.expiresAt]: '2026-11-27T08:20:00Z',
      [ANNOTATIONS.runId]: 'run',
      [ANNOTATIONS.reason]: 'as-wanted',
    },
  });
  expect(await apply({ floor: 3 })).toBe('released');
  expect(now()).toEqual({ minReplicas: 3, annotations: { theirs: 'stays' } });
});

test('at the base there is nothing to do, nor above a minReplicas of a person', async () => {
  const before = now();
  expect(await apply({ floor: 3 })).toBe('unchanged');
  expect(now()).toEqual(before);
  cluster.put({ name: 'api', minReplicas: 20 });
  expect(await apply()).toBe('unchanged');
  expect(now().minReplicas).toBe(20);
});

test('a dry run has it checked, and changes nothing', async () => {
  const before = now();
  expect(await apply({}, true)).toBe('dry-run');
  expect(await apply({ floor: 3 }, true)).toBe('dry-run');
  expect(now()).toEqual(before);
});

test('a maximum that was lowered in between is the floor', async () => {
  const hpa = await client.read(REF);
  cluster.put({ name: 'api', maxReplicas: 8 });
  expect(await applyFloor(client, REF, hpa, lease, { dryRun: false })).toBe('applied');
  expect(now()).toMatchObject({ minReplicas: 8, annotations: { [ANNOTATIONS.floor]: '8' } });
});

test('fails where the maximum was lowered below the base, and changes nothing', async () => {
  const hpa = await client.read(REF);
  cluster.put({ name: 'api', minReplicas: 1, maxReplicas: 2 });
  await expect(applyFloor(client, REF, hpa, lease, { dryRun: false })).rejects.toMatchObject({
    kind: 'invalid',
  });
  expect(now().minReplicas).toBe(1);
});
