import type { PredictiveScalingConfig, ScaledWorkloadConfig } from '../../../lib/config/environment-config';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { EXISTING_API, problems, testConfig } from '../../helpers/config';

const API = { name: 'api' };

/** A workload that is not the API: nothing of it has a default that fits. */
const WORKER: ScaledWorkloadConfig = {
  name: 'worker',
  namespace: 'jobs',
  hpaName: 'worker',
  baseMinReplicas: 2,
  loadPerReplica: 10,
  hpaTarget: 0.7,
  load: {
    namespace: 'AWS/SQS',
    name: 'NumberOfMessagesSent',
    dimensions: { QueueName: 'jobs' },
    statistic: 'Sum',
    scale: 1 / 60,
  },
  alwaysOn: null,
};

const EVENT = { name: 'black friday', start: '2026-11-27T08:00', end: '2026-11-28T00:00' };
const withEvent = (event: object): object => ({ workloads: [{ ...API, events: [{ ...EVENT, ...event }] }] });

describe('defaults', () => {
  test.each([
    ['prod', 3],
    ['staging', 2],
    ['dev', 1],
  ])('forecast for the API of %s, and let nothing act', (environment, baseMinReplicas) => {
    expect(loadEnvironment(environment).predictiveScaling).toMatchObject({
      intervalMinutes: 5,
      leaseMinutes: 20,
      workloadsPerSchedule: 100,
      tracing: false,
      workloads: [
        {
          name: `${environment}-api`,
          namespace: 'llm-cost-ops',
          hpaName: 'llm-cost-ops-hpa',
          mode: 'forecast-only',
          rule: 'adaptive',
          baseMinReplicas,
          loadPerReplica: 100,
          startMinutes: 3,
          timeZone: 'UTC',
          stepMinutes: 1,
          load: 'all-requests',
          alwaysOn: 'api-healthy-hosts',
          events: [],
        },
      ],
    });
  });

  test.each<[hpa: object, workload: object, loadPerReplica: number, hpaTarget: number]>([
    [{}, {}, 100, 0.7],
    [{ cpuUtilizationPercent: 50 }, {}, 100, 0.5],
    [{ cpuUtilizationPercent: null, requestsPerSecond: 80 }, {}, 80, 1],
    [{ requestsPerSecond: 60 }, { loadPerReplica: 120 }, 120, 0.5],
    [{ requestsPerSecond: 240 }, { loadPerReplica: 120 }, 120, 0.7],
    [{ requestsPerSecond: null }, {}, 100, 0.7],
  ])(
    'with HPA %j and workload %j are %d requests per second and target %d',
    (hpa, workload, load, target) => {
      const { predictiveScaling } = testConfig({
        autoscaling: { hpa },
        metrics: {
          provider: 'requestsPerSecond' in hpa && hpa.requestsPerSecond === null ? 'none' : undefined,
        },
        objectives: { requestsPerSecond: 100 },
        gateway: { maxConnections: 1000 },
        predictiveScaling: { workloads: [{ ...API, ...workload }] },
      });
      expect(predictiveScaling?.workloads[0]).toMatchObject({ loadPerReplica: load, hpaTarget: target });
    },
  );

  test("of events are their workload's time zone and no change", () => {
    const { predictiveScaling } = testConfig({
      predictiveScaling: { workloads: [{ ...API, timeZone: 'Europe/Berlin', events: [EVENT] }] },
    });
    expect(predictiveScaling?.workloads[0]?.events).toEqual([
      { ...EVENT, timeZone: 'Europe/Berlin', multiplier: 1, minReplicas: 0, excludeFromTraining: false },
    ]);
  });

  test('switch it off where KEDA owns the HPA', () => {
    expect(testConfig({ autoscaling: { driver: 'keda' } }).predictiveScaling).toBeNull();
  });

  test('leave another workload as it is written', () => {
    const { predictiveScaling } = testConfig({ predictiveScaling: { workloads: [API, WORKER] } });
    expect(predictiveScaling?.workloads[1]).toMatchObject(WORKER);
  });

  test('take the security group of the pods for that of the Kubernetes API', () => {
    const existing = {
      name: 'shared',
      version: '1.34',
      securityGroupId: 'sg-0123456789abcdef0',
      loadBalancerController: 'eks-auto-mode' as const,
      ...EXISTING_API,
    };
    const clusterOf = (own: object) =>
      testConfig({
        metrics: { scraperNamespace: 'monitoring' },
        cluster: { existing: { ...existing, ...own } },
      }).cluster;
    expect(clusterOf({}).apiSecurityGroupId).toBe('sg-0123456789abcdef0');
    expect(clusterOf({ apiSecurityGroupId: 'sg-00000000000000001' }).apiSecurityGroupId).toBe(
      'sg-00000000000000001',
    );
  });
});

/** Each rule: what breaks it, the one message it gives, and a nearby value that passes. */
const RULES: readonly [name: string, bad: object, message: string, good: object][] = [
  [
    'a lease of more than two intervals',
    { leaseMinutes: 10 },
    'leaseMinutes must be above two intervals (2 x 5 min), so that one failed run releases nothing, got 10',
    { leaseMinutes: 11 },
  ],
  [
    'time for a heartbeat',
    { alarms: { heartbeatMissingMinutes: 9 } },
    'alarms.heartbeatMissingMinutes must be at least two intervals (10 min), got 9',
    { alarms: { heartbeatMissingMinutes: 10 } },
  ],
  [
    'a range of coverage',
    { alarms: { coverageLeastPercent: 98 } },
    'alarms.coverageLeastPercent must be below coverageMostPercent (98), got 98',
    { alarms: { coverageLeastPercent: 97 } },
  ],
  [
    'names of their own',
    { workloads: [WORKER, { ...WORKER, hpaName: 'other' }] },
    'workloads.1.name must be unique, but workload 0 has worker too',
    { workloads: [WORKER, { ...WORKER, hpaName: 'other', name: 'other' }] },
  ],
  [
    'HPAs of their own',
    { workloads: [WORKER, { ...WORKER, name: 'other' }] },
    'workloads.1.hpaName must be unique, but workload 0 has jobs/worker too',
    { workloads: [WORKER, { ...WORKER, name: 'other', namespace: 'other' }] },
  ],
  [
    "the API's own base",
    { workloads: [{ ...API, baseMinReplicas: 4 }] },
    "workloads.0.baseMinReplicas must be autoscaling.hpa.minReplicas (3) for the API's HPA, got 4",
    { workloads: [{ ...API, baseMinReplicas: 3 }] },
  ],
  [
    'room for a planned event',
    withEvent({ minReplicas: 51 }),
    'workloads.0.events.0.minReplicas must be at most autoscaling.hpa.maxReplicas (50), got 51',
    withEvent({ minReplicas: 50 }),
  ],
  [
    'a window that ends after it starts',
    withEvent({ end: '2026-11-27T08:00' }),
    'workloads.0.events.0.end must be after start (2026-11-27T08:00), got 2026-11-27T08:00',
    withEvent({ end: '2026-11-27T08:01' }),
  ],
  [
    'a window in one kind of time',
    withEvent({ end: '2026-11-28T00:00Z' }),
    'workloads.0.events.0.end must be a local time or an instant as start is (2026-11-27T08:00), got 2026-11-28T00:00Z',
    withEvent({ start: '2026-11-28T00:00+02:00', end: '2026-11-27T22:01Z' }),
  ],
  [
    'dates that exist',
    withEvent({ start: '2026-02-30T08:00' }),
    'workloads.0.events.0.start must be a time such as 2026-11-27T08:00 or 2026-11-27T08:00Z, got 2026-02-30T08:00',
    withEvent({ start: '2026-02-28T08:00' }),
  ],
];

describe('rules between knobs', () => {
  test.each(RULES)('fail without %s', (_, bad, message, good) => {
    expect(problems({ predictiveScaling: bad })).toEqual([`prod.predictiveScaling.${message}`]);
    expect(problems({ predictiveScaling: good })).toEqual([]);
  });

  test("fail on KEDA's HPA, and say the way out", () => {
    const keda = (predictiveScaling: PredictiveScalingConfig | null) =>
      problems({ autoscaling: { driver: 'keda' }, predictiveScaling });
    expect(keda({})).toEqual([
      "prod.predictiveScaling.workloads.0.hpaName must not be the API's HPA with autoscaling.driver 'keda' (KEDA would overwrite the floor): set predictiveScaling: null, or driver 'hpa'",
    ]);
    expect(keda(null)).toEqual([]);
    expect(keda({ workloads: [WORKER] })).toEqual([]);
  });

  test('fail without the address of an existing cluster, and say how to get it', () => {
    const existing = {
      name: 'shared',
      version: '1.34',
      securityGroupId: 'sg-0123456789abcdef0',
      loadBalancerController: 'eks-auto-mode',
    };
    const on = (predictiveScaling: object | null, more: object) =>
      problems({
        metrics: { scraperNamespace: 'monitoring' },
        cluster: { existing: { ...existing, ...more } },
        predictiveScaling,
      });
    expect(on({}, {})).toEqual([
      'prod.cluster.existing.endpoint must be given for predictive scaling (aws eks describe-cluster --name shared --query cluster.endpoint; or set predictiveScaling: null), got null',
      'prod.cluster.existing.certificateAuthority must be given for predictive scaling (aws eks describe-cluster --name shared --query cluster.certificateAuthority.data; or set predictiveScaling: null), got null',
    ]);
    expect(on(null, {})).toEqual([]);
    expect(on({}, EXISTING_API)).toEqual([]);
    expect(on({}, { ...EXISTING_API, apiSecurityGroupId: 'sg-1' })).toEqual([
      'prod.cluster.existing.apiSecurityGroupId must be a security group id such as sg-0123456789abcdef0, got "sg-1"',
    ]);
  });

  test('fail on more than the event of a schedule holds', () => {
    const events = Array.from({ length: 40 }, (_, index) => ({ ...EVENT, name: `event ${index}` }));
    const workloads = Array.from({ length: 100 }, (_, index) => ({
      ...WORKER,
      name: `worker-${index}`,
      hpaName: `worker-${index}`,
      events,
    }));
    const [message] = problems({ predictiveScaling: { workloads } });
    const most = Number(/must be at most (\d+) for/.exec(String(message))?.[1]);
    expect(message).toContain('prod.predictiveScaling.workloadsPerSchedule must be at most');
    expect(problems({ predictiveScaling: { workloads, workloadsPerSchedule: most } })).toEqual([]);
    expect(problems({ predictiveScaling: { workloads, workloadsPerSchedule: most + 1 } })).not.toEqual([]);
  });
});

describe('single knobs', () => {
  test.each<[bad: unknown, message: string]>([
    ['on', ' must be an object, got "on"'],
    [{ intervalMinutes: 1 }, '.intervalMinutes must be a whole number between 2 and 30, got 1'],
    [{ interval: 5 }, '.interval is not a knob'],
    [
      { workloads: [] },
      '.workloads must be at least one workload (set predictiveScaling: null to switch it off), got []',
    ],
    [
      { workloads: [{ ...API, timeZone: 'Mars' }] },
      '.workloads.0.timeZone must be an IANA time zone such as Europe/Berlin, got "Mars"',
    ],
    [{ workloads: [{ ...API, stepMinutes: 2 }] }, '.workloads.0.stepMinutes must be 1 or 5, got 2'],
    [
      { workloads: [{ ...API, loadPerReplica: 0 }] },
      '.workloads.0.loadPerReplica must be a number of requests per second above 0, got 0',
    ],
    [
      { workloads: [{ ...WORKER, baseMinReplicas: undefined }] },
      '.workloads.0.baseMinReplicas must be a whole number between 1 and 1000, got nothing',
    ],
    [
      { workloads: [{ ...WORKER, load: { namespace: 'AWS/SQS' } }] },
      ".workloads.0.load must be 'all-requests', 'api-requests', 'gateway-requests' or a metric { namespace, name, dimensions, statistic, scale }, got {\"namespace\":\"AWS/SQS\"}",
    ],
    [withEvent({ multiplier: 0 }), '.workloads.0.events.0.multiplier must be a number above 0, got 0'],
    [
      { alarms: { skillLostMinutes: 181 } },
      '.alarms.skillLostMinutes must be a whole number between 1 and 180, got 181',
    ],
  ])('fails on %j', (predictiveScaling, message) => {
    expect(problems({ predictiveScaling })).toEqual([`prod.predictiveScaling${message}`]);
  });

  test("fails on the HPA's, and not once more on what follows from it", () => {
    expect(problems({ autoscaling: { hpa: { minReplicas: 'few', requestsPerSecond: -1 } } })).toEqual([
      'prod.autoscaling.hpa.minReplicas must be a whole number between 1 and 1000, got "few"',
      'prod.autoscaling.hpa.requestsPerSecond must be a whole number between 1 and 1000000, got -1',
    ]);
  });

  test('fails on what a cluster of ours knows by itself', () => {
    expect(problems({ cluster: EXISTING_API })).toEqual([
      'prod.cluster.endpoint is a knob of cluster.existing only',
      'prod.cluster.certificateAuthority is a knob of cluster.existing only',
    ]);
  });
});
