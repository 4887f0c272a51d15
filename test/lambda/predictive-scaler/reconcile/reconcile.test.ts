import type { EventSettings } from '../../../../lambda/predictive-scaler/constants';
import { trainingMinuteOf } from '../../../../lambda/predictive-scaler/reconcile/forecaster-options';
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
afterAll(() => rig.close());

const timeOf = (minute: number) => new Date(minute * 60_000).toISOString();

function event(change: Partial<EventSettings> = {}): EventSettings {
  return {
    name: 'sale',
    start: timeOf(START_MINUTE).slice(0, 16).concat('Z'),
    end: timeOf(START_MINUTE + 120)
      .slice(0, 16)
      .concat('Z'),
    timeZone: 'UTC',
    multiplier: 1,
    minReplicas: 30,
    excludeFromTraining: false,
    ...change,
  };
}

describe('a slot', () => {
  test('is decided once: the floor comes with its lease, its run and its reason', async () => {
    const report = await rig.nextRun();
    expect(report).toMatchObject({ outcome: 'applied', record: { gate: { state: 'ACTIVE' } } });
    expect(rig.minReplicas).toBe(report.record?.floor);
    expect({
      base: rig.annotation('base'),
      floor: rig.annotation('floor'),
      expiresAt: rig.annotation('expiresAt'),
      reason: rig.annotation('reason'),
    }).toEqual({
      base: '3',
      floor: String(rig.minReplicas),
      expiresAt: timeOf(START_MINUTE + 5 + LEASE_MINUTES).replace('.000', ''),
      reason: report.record?.reason,
    });
  });

  test('that is delivered again renews nothing, decides nothing and patches nothing', async () => {
    await rig.nextRun();
    const [state, hpa] = [rig.state, rig.cluster.get('api')];
    rig.minute += 3;
    const report = await rig.runOne({ scheduledTime: timeOf(START_MINUTE + 5) });
    expect(report.outcome).toBe('duplicate');
    expect(metricsOf(report)).toMatchObject({ WorkloadFailed: 0 });
    expect([rig.state, rig.cluster.get('api'), rig.patches]).toEqual([state, hpa, 1]);
  });
});

test('the floor covers the load that comes, and follows it down by its ramps, no lower than the base', async () => {
  const floors: number[] = [];
  for (let runs = 0; runs < 12; runs += 1) {
    const report = await rig.nextRun(15);
    expect(report.outcome).toBe('applied');
    floors.push(rig.minReplicas);
  }
  for (const [index, next] of floors.entries()) {
    expect(next).toBeLessThanOrEqual(floors[index - 1] ?? floor);
    expect(next).toBeGreaterThanOrEqual(3);
  }
  expect(floors.at(-1)).toBeLessThan(floor);
});

describe('forecast-only', () => {
  beforeEach(() => {
    rig.cluster.put({ name: 'api' });
    rig.workloads = [workload({ mode: 'forecast-only' })];
  });

  test('decides as if it acted, and has it checked without a change', async () => {
    const report = await rig.nextRun();
    expect(report).toMatchObject({ outcome: 'dry-run', record: { gate: { state: 'ACTIVE' } } });
    expect(report.record?.floor).toBeGreaterThan(3);
    expect([rig.minReplicas, rig.annotation('expiresAt'), rig.patches]).toEqual([3, undefined, 1]);
  });

  test('reports what the API server would refuse', async () => {
    const answer = { status: 403, body: JSON.stringify({ kind: 'Status', message: 'may not patch' }) };
    rig.cluster.server.failWhere(({ method }) => method === 'PATCH', { kind: 'answer', answer });
    expect(await rig.nextRun()).toMatchObject({ outcome: 'failed', problem: { kind: 'forbidden' } });
  });

  test('leaves a lease of earlier to its end, and the dead man to look after it', async () => {
    rig.putFloor(20, START_MINUTE + 12);
    await rig.nextRun();
    expect(rig.minReplicas).toBe(20);
    expect(rig.switchMinute).toBe(START_MINUTE + 12);
  });
});

describe('planned events', () => {
  test('raise the floor, also without data, and do not multiply a floor that they raised', async () => {
    rig.workloads = [workload({ events: [event({ multiplier: 3, minReplicas: 12 })] })];
    rig.traffic(() => false);
    await rig.nextRun(15);
    const first = rig.minReplicas;
    expect(first).toBeGreaterThanOrEqual(12);
    await rig.nextRun(15);
    await rig.nextRun(15);
    expect(rig.minReplicas).toBe(first);
  });

  test('hold longer than data are missing', async () => {
    rig.workloads = [
      workload({
        events: [
          event({
            end: timeOf(START_MINUTE + 600)
              .slice(0, 16)
              .concat('Z'),
          }),
        ],
      }),
    ];
    rig.traffic(() => false);
    await rig.nextRun(15);
    expect(rig.minReplicas).toBe(30);
    await rig.nextRun(240);
    expect(rig.minReplicas).toBe(30);
  });
});

describe('models', () => {
  test('without time for their training wait: the floor and its lease are kept, and the reason said', async () => {
    rig.state = undefined;
    rig.budgetMs = 10_000;
    const report = await rig.nextRun();
    expect(report).toMatchObject({
      outcome: 'applied',
      record: { floor, reason: 'held', gate: { state: 'DEGRADED', reason: 'waiting-for-training' } },
    });
    expect(logOf(report)).toMatchObject({ level: 'WARN' });
    expect(rig.annotation('expiresAt')).toBe(timeOf(START_MINUTE + 5 + LEASE_MINUTES).replace('.000', ''));
  });

  test('that have waited longer come first', async () => {
    for (const name of ['late', 'early']) rig.cluster.put({ name });
    const late = workload({ name: 'late', hpaName: 'late' });
    const early = workload({ name: 'early', hpaName: 'early' });
    rig.budgetMs = 10_000;
    rig.workloads = [early];
    await rig.nextRun();
    rig.workloads = [late, early];
    rig.cluster.server.reset();
    await rig.nextRun();
    const asked = rig.cluster.server.requests.map(({ path }) => path.split('/').at(-1));
    expect(asked).toEqual(['early', 'late']);
  });

  test('train at a minute of their own', () => {
    const minutes = Array.from({ length: 300 }, (_, index) => trainingMinuteOf(`service-${index}`));
    expect(minutes.every((minute) => Number.isInteger(minute) && minute >= 0 && minute < 1440)).toBe(true);
    const runs = minutes.map((minute) => Math.floor(minute / 5));
    const trainings = runs.map((run) => runs.filter((other) => other === run).length);
    expect(trainingMinuteOf('api')).toBe(trainingMinuteOf('api'));
    expect(Math.max(...trainings)).toBeLessThan(10);
  });
});

test('a workload that fails stops no other, and those with models come before those without', async () => {
  for (const name of ['api', 'broken', 'new']) rig.cluster.put({ name });
  rig.workloads = [
    workload({ name: 'new', hpaName: 'new' }),
    workload({ name: 'broken', hpaName: 'gone' }),
    workload({ name: 'bad', loadPerReplica: -1 }),
    workload(),
  ];
  rig.minute += 5;
  rig.budgetMs = 10_000;
  rig.cluster.server.reset();
  const { workloads } = await rig.run();
  expect(workloads.map(({ workload: name, outcome, problem }) => [name, outcome, problem?.kind])).toEqual([
    ['new', 'unchanged', undefined],
    ['broken', 'failed', 'not-found'],
    ['api', 'applied', undefined],
    ['bad', 'failed', 'settings'],
  ]);
  const asked = rig.cluster.server.requests.map(({ path }) => path.split('/').at(-1));
  expect(asked.indexOf('api')).toBeLessThan(asked.indexOf('new'));
});

test('a run without time left starts nothing, and reports it', async () => {
  rig.budgetMs = 0;
  expect(await rig.nextRun()).toMatchObject({ outcome: 'failed', problem: { kind: 'out-of-time' } });
  expect(rig.patches).toBe(0);
});

test("the dead man's switch releases a floor at the end of a lease that was not renewed, and all floors when the scaler stops", async () => {
  rig.putFloor(20, START_MINUTE + 15);
  await rig.nextRun();
  expect(rig.switchMinute).toBe(START_MINUTE + 5 + LEASE_MINUTES);
  const [schedule] = rig.scheduler.schedules.values();
  const workloads = [{ name: 'api', namespace: 'default', hpaName: 'api', baseMinReplicas: 3 }];
  expect(schedule).toMatchObject({ Target: { Input: JSON.stringify({ workloads }) } });
});
