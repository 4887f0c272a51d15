import { deserialize, serialize } from 'node:v8';
import { HOLD_MINUTES } from '../../../../lambda/predictive-scaler/decision/hold';
import { open, seal } from '../../../../lambda/predictive-scaler/state/envelope';
import type { WorkloadReport } from '../../../../lambda/predictive-scaler/telemetry/run-report';
import { makeTls } from '../../../helpers/fake-aws/tls';
import { LEASE_MINUTES, logOf, metricsOf, Rig, START_MINUTE, workload } from './rig';

let rig: Rig;
/** State after a first run, with trained models, and the floor that it set. */
let trained: Buffer;
let floor: number;

beforeAll(async () => {
  rig = await Rig.start();
  rig.reset();
  await rig.run();
  trained = rig.state as Buffer;
  floor = rig.minReplicas;
});
beforeEach(() => {
  rig.reset();
  rig.state = trained;
  rig.putFloor(floor);
  rig.cluster.server.reset();
});
afterEach(() => {
  expect(rig.minReplicas).toBeGreaterThanOrEqual(3);
  expect(rig.minReplicas).toBeLessThanOrEqual(50);
});
afterAll(() => rig.close());

/** Whether a report says in its log line and in its metric that something failed, and what. */
function expectAlarm(report: WorkloadReport, kind: string): void {
  expect(logOf(report)).toMatchObject({ level: 'ERROR', problem: { kind } });
  expect(metricsOf(report)).toMatchObject({ WorkloadFailed: 1 });
}

function expectFloorKept(): void {
  expect(rig.minReplicas).toBe(floor);
}

/** Ends of the leases on the HPA, minutes from the start. */
function leaseEnd(): number {
  return Date.parse(rig.annotation('expiresAt') ?? '') / 60_000 - START_MINUTE;
}

describe('CloudWatch', () => {
  it.each([
    ['throttles once', 1, undefined],
    ['throttles for as long as it is asked', 100, 'throttled'],
  ])('%s', async (_, times, kind) => {
    rig.cloudWatch.refuseNext(400, 'ThrottlingException', times);
    const report = await rig.nextRun();
    expect(report.outcome).toBe('applied');
    expectFloorKept();
    expect(leaseEnd()).toBe(5 + LEASE_MINUTES);
    if (kind) expectAlarm(report, kind);
    else expect(metricsOf(report)).toMatchObject({ WorkloadFailed: 0, GateActive: 1 });
  });

  test('gives a part of the points each time it is asked: none of it is believed', async () => {
    rig.cloudWatch.troubleNext('Requests', 'PartialData', 10);
    const report = await rig.nextRun();
    expectAlarm(report, 'partial');
    expectFloorKept();
  });

  test('has nothing at all: the floor is held, the reason said, and after two hours its lease is not renewed', async () => {
    rig.traffic(() => false);
    let report = await rig.nextRun(15);
    expect(report).toMatchObject({
      outcome: 'applied',
      record: { reason: 'held', gate: { state: 'DEGRADED', reason: 'data-stale' } },
    });
    expect(logOf(report)).toMatchObject({ level: 'WARN' });
    expect(metricsOf(report)).toMatchObject({ GateActive: 0, Floor: floor });
    report = await rig.nextRun(HOLD_MINUTES - 20);
    expect(report.outcome).toBe('applied');
    expectFloorKept();
    const end = leaseEnd();
    report = await rig.nextRun(10);
    expect(report).toMatchObject({ outcome: 'lapsing', leaseEndMinute: START_MINUTE + end });
    expectFloorKept();
    expect([leaseEnd(), rig.switchMinute - START_MINUTE]).toEqual([end, end]);
    report = await rig.nextRun(10);
    expect(report).toMatchObject({ outcome: 'released', record: { floor: 3 } });
    expect([rig.minReplicas, rig.annotation('expiresAt')]).toEqual([3, undefined]);
  });

  test('has a gap of three hours: the floor is held while it is fresh, and moves on when a day is complete again', async () => {
    const from = START_MINUTE + 5;
    rig.traffic((minute) => minute < from || minute >= from + 180);
    expect(await rig.nextRun(60)).toMatchObject({
      record: { reason: 'held', gate: { reason: 'data-stale' } },
    });
    expectFloorKept();
    const report = await rig.nextRun(145);
    expect(report).toMatchObject({ outcome: 'applied', record: { gate: { state: 'ACTIVE' } } });
    expect(metricsOf(report)).toMatchObject({ GateActive: 1, WorkloadFailed: 0 });
  });

  test('is ahead of our clock: samples of the future are not read', async () => {
    rig.traffic((minute) => minute < START_MINUTE || minute > START_MINUTE + 15);
    expect(await rig.nextRun(15)).toMatchObject({
      record: { gate: { reason: 'data-stale' }, reason: 'held' },
    });
    expectFloorKept();
  });

  test('without a state and without data there is nothing to lower', async () => {
    rig.state = undefined;
    rig.traffic(() => false);
    expect(await rig.nextRun()).toMatchObject({
      outcome: 'applied',
      record: { gate: { state: 'WARMING' }, reason: 'held' },
    });
    expectFloorKept();
  });
});

describe('Kubernetes', () => {
  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [409, 'conflict'],
    [422, 'invalid'],
    [429, 'throttled'],
    [500, 'server'],
  ])('answers %i: the floor stays, and the next run sets it', async (status, kind) => {
    rig.cluster.refuseNext(status, 100);
    expectAlarm(await rig.nextRun(), kind);
    expectFloorKept();
    rig.cluster.server.reset();
    expect((await rig.nextRun()).outcome).toBe('applied');
  });

  test.each([409, 422, 500])(
    'answers %i to the apply alone: decided, said, and set by the next run',
    async (status) => {
      rig.cluster.put({ name: 'api' });
      refuseApplies(status);
      const report = await rig.nextRun();
      expect(report).toMatchObject({ outcome: 'failed', record: { floor: expect.any(Number) } });
      expect(rig.minReplicas).toBe(3);
      rig.cluster.server.reset();
      expect((await rig.nextRun()).outcome).toBe('applied');
      expect(rig.minReplicas).toBeGreaterThanOrEqual(floor - 2);
    },
  );

  it.each(['hang', 'drop', 'cut', 'stall'] as const)('connections %s', async (kind) => {
    rig.attemptMs = 300;
    rig.cluster.server.failNext({ kind }, 100);
    const report = await rig.nextRun();
    expectAlarm(report, kind === 'hang' || kind === 'stall' ? 'timeout' : 'connection');
    expectFloorKept();
    rig.cluster.server.reset();
    rig.cluster.server.failNext({ kind }, 1);
    expect((await rig.nextRun()).outcome).toBe('applied');
  });

  test('has another authority: nothing is sent', async () => {
    rig.authority = makeTls().cert;
    expectAlarm(await rig.nextRun(), 'certificate');
    expect(rig.cluster.server.requests).toEqual([]);
  });

  test('another field manager owns minReplicas: it is taken over', async () => {
    rig.cluster.apply('api', 'argocd-controller', { spec: { minReplicas: 3 } });
    expect((await rig.nextRun()).outcome).toBe('applied');
    expectFloorKept();
  });

  test('a manifest apply resets the floor, and the next run sets it again', async () => {
    rig.cluster.put({ name: 'api', minReplicas: 3 });
    expect((await rig.nextRun()).outcome).toBe('applied');
    expectFloorKept();
  });

  test('KEDA owns the HPA: refused by the name of its ScaledObject', async () => {
    rig.cluster.put({ name: 'api', ownerReferences: [{ kind: 'ScaledObject', name: 'api-scaler' }] });
    const report = await rig.nextRun();
    expectAlarm(report, 'owned-by-keda');
    expect(report.message).toContain('ScaledObject api-scaler');
    expect(rig.patches).toBe(0);
  });

  test('a maximum below the base: nothing is applied', async () => {
    rig.cluster.put({ name: 'api', minReplicas: 3, maxReplicas: 10 });
    rig.workloads = [workload({ baseMinReplicas: 12 })];
    const report = await rig.nextRun();
    expectAlarm(report, 'maximum-below-base');
    expect(report.message).toContain('must be at least baseMinReplicas (12), got 10');
    expect(rig.patches).toBe(0);
  });

  test('a maximum below the wanted floor is the floor', async () => {
    rig.cluster.put({ name: 'api', minReplicas: 3, maxReplicas: 6 });
    const report = await rig.nextRun();
    expect(metricsOf(report)).toMatchObject({ Floor: 6, FloorAtMaximum: 1 });
    expect(rig.minReplicas).toBe(6);
  });

  test('a minReplicas of a person, above the floor and without a lease, stays', async () => {
    rig.cluster.put({ name: 'api', minReplicas: 40 });
    expect((await rig.nextRun()).outcome).toBe('unchanged');
    expect([rig.minReplicas, rig.patches]).toEqual([40, 0]);
  });
});

describe('the state in S3', () => {
  test.each([
    ['is missing', undefined, 'no state is stored yet'],
    ['is torn', 'torn', 'a truncated state'],
    ['is from another version', 'older', 'a state of version 0, not 1'],
    ['lacks something', 'partial', 'a state with missing or invalid fields'],
  ])(
    '%s: it is rebuilt, and the floor in force stays while there is no time to train',
    async (_, kind, reason) => {
      rig.state = brokenState(kind);
      rig.budgetMs = 10_000;
      const report = await rig.nextRun();
      expect(report).toMatchObject({
        outcome: 'applied',
        record: { rebuilt: reason, reason: 'held', gate: { reason: 'waiting-for-training' } },
      });
      expectFloorKept();
      expect(leaseEnd()).toBe(5 + LEASE_MINUTES);
    },
  );

  test('cannot be read: nothing is done, because another run may act', async () => {
    rig.s3.refuseNext(500, 'InternalError', 100);
    expectAlarm(await rig.nextRun(), 'server');
    expect(rig.patches).toBe(0);
    expectFloorKept();
    expect(rig.switchMinute).toBe(START_MINUTE + LEASE_MINUTES);
    rig.s3.refuseNext(500, 'InternalError', 100);
    await rig.nextRun(60);
    expect(rig.switchMinute).toBe(rig.minute + 1);
  });

  test('belongs to another metric: loads and models are rebuilt, the floor stays', async () => {
    rig.traffic(() => true, 'Others');
    const { load } = workload();
    rig.workloads = [workload({ load: { ...load, name: 'Others' } })];
    rig.budgetMs = 10_000;
    expect(await rig.nextRun()).toMatchObject({
      record: { rebuilt: 'a state of another metric', gate: { reason: 'waiting-for-training' } },
    });
    expectFloorKept();
  });

  test('was changed by another run since it was read: theirs stays, and nothing is applied', async () => {
    const answer = { status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' };
    rig.s3.server.failWhere(({ method }) => method === 'PUT', { kind: 'answer', answer });
    const report = await rig.nextRun();
    expect(report.outcome).toBe('outrun');
    expect(logOf(report)).toMatchObject({ level: 'WARN' });
    expect([rig.state, rig.patches]).toEqual([trained, 0]);
    expectFloorKept();
  });

  test('two runs at once: one claims the slot and acts, the other reports and does nothing', async () => {
    rig.minute += 5;
    const reports = await Promise.all([rig.runOne(), rig.runOne()]);
    const outcomes = reports.map(({ outcome }) => outcome).sort();
    expect([
      ['applied', 'outrun'],
      ['applied', 'duplicate'],
    ]).toContainEqual(outcomes);
    expect(rig.patches).toBe(1);
  });
});

test('killed between decision and apply: the second delivery applies the floor, and makes no new decision', async () => {
  rig.cluster.put({ name: 'api' });
  refuseApplies(500);
  await rig.nextRun();
  expect(rig.minReplicas).toBe(3);
  const decided = rig.state;
  rig.cluster.server.reset();
  rig.minute += 2;
  expect(await rig.runOne({ scheduledTime: timeOf(START_MINUTE + 5) })).toMatchObject({
    outcome: 'repaired',
  });
  expect(rig.state).toEqual(decided);
  expectFloorKept();
  expect(leaseEnd()).toBe(5 + LEASE_MINUTES);
});

test('two hours without the scaler: the floor was let go, and comes back with the next run', async () => {
  rig.cluster.put({ name: 'api' });
  const report = await rig.nextRun(120);
  expect(report).toMatchObject({ outcome: 'applied', record: { gate: { state: 'ACTIVE' } } });
  expect(rig.minReplicas).toBeGreaterThan(3);
});

test('five hours without the scaler: what it missed is read, and a day is whole', async () => {
  const { record } = await rig.nextRun(300);
  expect(record).toMatchObject({ gate: { state: 'ACTIVE' } });
  expect(record?.gate.evidence.completeness).toBeGreaterThan(0.99);
});

test('two hours without the Kubernetes API: nothing is lost, and the first run that reaches it sets the floor', async () => {
  rig.cluster.refuseNext(500, 1000);
  for (let runs = 0; runs < 4; runs += 1) expectAlarm(await rig.nextRun(30), 'server');
  rig.cluster.server.reset();
  const report = await rig.nextRun();
  expect(report).toMatchObject({ outcome: 'applied', record: { gate: { state: 'ACTIVE' } } });
});

test('an event with an old time, after a later one, is a duplicate', async () => {
  expect(await rig.runOne({ scheduledTime: timeOf(START_MINUTE - 60) })).toMatchObject({
    outcome: 'duplicate',
    message: 'a later slot has been decided',
  });
  expect(rig.patches).toBe(0);
});

test('an event with a time far in the future counts as now, and blocks no later one', async () => {
  rig.minute += 5;
  expect((await rig.runOne({ scheduledTime: timeOf(START_MINUTE + 600) })).outcome).toBe('applied');
  expect((await rig.nextRun()).outcome).toBe('applied');
});

test('models without a finite forecast: degraded, the floor held, and retrained', async () => {
  rig.state = brokenModels();
  const report = await rig.nextRun();
  expect(report.record).toMatchObject({
    reason: 'held',
    gate: { state: 'DEGRADED', reason: 'forecast-unknown' },
  });
  expect(Object.values(metricsOf(report))).not.toContain(null);
  expect(metricsOf(report)).toMatchObject({ GateActive: 0, Floor: floor });
  expect(metricsOf(report)).not.toHaveProperty('Forecast15');
  expectFloorKept();
  expect(await rig.nextRun()).toMatchObject({ record: { gate: { state: 'ACTIVE' } } });
});

test('a switch that cannot be extended: the run reports the problem', async () => {
  rig.scheduler.refuseNext(403, 'AccessDeniedException', 10);
  rig.minute += 5;
  expect(await rig.run()).toMatchObject({ switchProblem: { kind: 'forbidden' } });
});

/** Lets the HPA be read, and refuses every apply. */
function refuseApplies(status: number): void {
  const { server } = rig.cluster;
  const answer = { status, body: JSON.stringify({ kind: 'Status', message: 'refused on purpose' }) };
  const isApply = ({ method }: { method: string }) => method === 'PATCH';
  server.failWhere(isApply, { kind: 'answer', answer });
}

function brokenState(kind: string | undefined): Buffer | undefined {
  if (kind === undefined) return undefined;
  if (kind === 'torn') return trained.subarray(0, trained.length - 1000);
  const { state } = open(trained) as { state: Buffer };
  const { format, loads, ...rest } = deserialize(state);
  return seal(serialize(kind === 'older' ? { format: 0, loads, ...rest } : { format, ...rest }));
}

/** As if a fault of ours had made what models have learned no numbers. */
function brokenModels(): Buffer {
  const whole = deserialize((open(trained) as { state: Buffer }).state);
  const models = deserialize(whole.models);
  for (const [, horizon] of models.horizons) {
    for (const residual of horizon.residuals) residual.load = Number.NaN;
  }
  return seal(serialize({ ...whole, models: serialize(models) }));
}

function timeOf(minute: number): string {
  return new Date(minute * 60_000).toISOString();
}
