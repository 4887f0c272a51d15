import { DEFAULT_ASSUMPTIONS } from '../../../bin/cost/assumptions';
import { scalingBoundsOf } from '../../../bin/cost/kubernetes/scaling-bounds';
import { type UsageInput, usageOf } from '../../../bin/cost/usage';
import { autoscaler } from './small-environment';

const [bounds] = scalingBoundsOf([autoscaler(3, 50)]);

function usage(input: Partial<UsageInput> = {}) {
  return usageOf({
    environment: 'prod',
    bounds: bounds as UsageInput['bounds'],
    objectiveRequestsPerSecond: 1000,
    assumptions: DEFAULT_ASSUMPTIONS,
    ...input,
  });
}

test('the replicas of the expected load are what it needs, within the bounds', () => {
  const replicas = (meanRequestsPerSecond: number) => usage({ meanRequestsPerSecond }).expected.replicas;
  expect(replicas(0)).toBe(3);
  expect(replicas(300)).toBe(3);
  expect(replicas(301)).toBe(4);
  expect(replicas(5000)).toBe(50);
});

test('a share of the objective is expected, and never more than the replicas are scaled for', () => {
  expect(usage().expected.requestsPerSecond).toBe(200);
  expect(usage({ objectiveRequestsPerSecond: 100_000 }).expected.requestsPerSecond).toBe(5000);
});

test('fails on a mean load that the most replicas are not scaled for', () => {
  expect(() => usage({ meanRequestsPerSecond: 5001 })).toThrow(
    '--mean-rps must be at most 5000, what 50 replicas of prod are scaled for, got 5001',
  );
});

test('where the autoscaler has no target for requests, the capacity of a replica is assumed', () => {
  const onCpu = { ...(bounds as UsageInput['bounds']), requestsPerSecond: null };
  expect(usage({ bounds: onCpu }).peak.requestsPerSecond).toBe(5000);
  const assumptions = { ...DEFAULT_ASSUMPTIONS, 'requests-per-replica': 40 };
  expect(usage({ bounds: onCpu, assumptions }).peak.requestsPerSecond).toBe(2000);
});

test('KEDA says the same with other words', () => {
  const document = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    spec: {
      scaleTargetRef: { name: 'api' },
      minReplicaCount: 3,
      maxReplicaCount: 50,
      triggers: [
        { type: 'cpu', metadata: { value: '70' } },
        { type: 'prometheus', metadata: { threshold: '100' } },
      ],
    },
  };
  expect(scalingBoundsOf([document])).toEqual([
    { deployment: 'api', minReplicas: 3, maxReplicas: 50, requestsPerSecond: 100 },
  ]);
});
