import { DEFAULT_ASSUMPTIONS } from '../../../bin/cost/assumptions';
import { allocatableOf, instanceTypeOf } from '../../../bin/cost/kubernetes/instance-types';
import { nodesFor } from '../../../bin/cost/kubernetes/nodes';
import { type Workload, workloadsOf } from '../../../bin/cost/kubernetes/workloads';

const LARGE = instanceTypeOf('m7i.large');
const API: Workload = {
  name: 'api',
  replicas: 1,
  cpuMillis: 500,
  memoryMib: 512,
  podsPerHost: null,
  overZones: false,
};

test.each([
  // 2 cores: 60 m of the first and 10 m of the second; 255 + 11 x 29 pods + 100 MiB
  ['m7i.large', { cpuMillis: 1930, memoryMib: 8192 - 674 }],
  // 4 cores: 60 + 10 + 5 + 5 m; 255 + 11 x 58 + 100 MiB
  ['m7g.xlarge', { cpuMillis: 3920, memoryMib: 16_384 - 993 }],
])('a %s has %j for pods', (type, expected) => {
  expect(allocatableOf(instanceTypeOf(type))).toEqual(expected);
});

test('fails on a type that it knows nothing of', () => {
  expect(() => instanceTypeOf('m7i.metal')).toThrow(
    /^--instance must be one of m7i.large, .*, got m7i.metal$/,
  );
});

test.each([
  ['CPU', { cpuMillis: 500, memoryMib: 64 }, 10, 4], // 5,000 m of 80 % of (1,930 - 300) m: 3.8
  ['memory', { cpuMillis: 10, memoryMib: 3000 }, 10, 6], // 30,000 MiB of 80 % of (7,518 - 300) MiB: 5.2
  ['number', { cpuMillis: 1, memoryMib: 1 }, 100, 5], // 100 of 80 % of 29 pods: 4.3
])('pods take nodes by %s', (_, size, replicas, expected) => {
  expect(nodesFor([{ ...API, ...size, replicas }], LARGE, DEFAULT_ASSUMPTIONS)).toBe(expected);
});

describe('pods that are to be spread over hosts', () => {
  const spread = [
    { ...API, replicas: 10, podsPerHost: 1 },
    { ...API, name: 'other', replicas: 2, podsPerHost: 1 },
  ];

  test('take a node each, which those of other workloads share', () => {
    expect(nodesFor(spread, LARGE, DEFAULT_ASSUMPTIONS)).toBe(10);
  });

  test.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 3], // 2,000 m of 80 % of (1,930 - 300) m: 1.5
  ])('over zones: %d take %d nodes, for there are three', (replicas, nodes) => {
    expect(nodesFor([{ ...API, replicas, overZones: true }], LARGE, DEFAULT_ASSUMPTIONS)).toBe(nodes);
  });

  test('are packed where that is assumed; 12 x 500 m would be 4.6 nodes', () => {
    expect(nodesFor(spread, LARGE, { ...DEFAULT_ASSUMPTIONS, 'spread-required': 0 })).toBe(5);
  });
});

test('requests of all containers of a pod count, and a CronJob is one pod', () => {
  const requests = (cpu: string, memory: string) => ({ name: cpu, resources: { requests: { cpu, memory } } });
  const pod = {
    initContainers: [requests('100m', '64Mi')],
    containers: [requests('1', '1Gi'), requests('250m', '256Mi')],
    topologySpreadConstraints: [
      { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
      { topologyKey: 'kubernetes.io/hostname', maxSkew: 2, whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  };
  const metadata = { name: 'web' };
  const size = { name: 'web', cpuMillis: 1350, memoryMib: 1344, podsPerHost: 2, overZones: true };
  expect(
    workloadsOf([
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 3, template: { spec: pod } } },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata,
        spec: { jobTemplate: { spec: { template: { spec: pod } } } },
      },
      { apiVersion: 'v1', kind: 'Service', metadata },
    ]),
  ).toEqual([
    { ...size, replicas: 3 },
    { ...size, replicas: 1 },
  ]);
});
