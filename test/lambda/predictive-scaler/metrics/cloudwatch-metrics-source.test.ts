import type { MetricSettings } from '../../../../lambda/predictive-scaler/constants';
import { CloudWatchMetricsSource } from '../../../../lambda/predictive-scaler/metrics/cloudwatch-metrics-source';
import { type LoadQuery, MetricsFailure } from '../../../../lambda/predictive-scaler/metrics/metrics-source';
import type { RetryPolicy } from '../../../../service/shared/retry';
import { FakeCloudWatch } from '../../../helpers/fake-aws/fake-cloudwatch';
import type { Fault } from '../../../helpers/fault-server';
import { type RecordedWaiting, recordedWaiting } from '../../../helpers/waiting';

const DAY = 1440;
/** 2026-11-24T12:00Z, minutes since 1970. */
const NOON = Date.parse('2026-11-24T12:00:00Z') / 60_000;

let cloudWatch: FakeCloudWatch;
let waiting: RecordedWaiting;

beforeAll(async () => {
  cloudWatch = await FakeCloudWatch.start();
});
afterAll(() => cloudWatch.close());
beforeEach(() => {
  cloudWatch.reset();
  waiting = recordedWaiting();
});

function metric(name: string, workload = 'api', overrides: Partial<MetricSettings> = {}): MetricSettings {
  const dimensions = { TargetGroup: `targetgroup/${workload}/1`, LoadBalancer: 'app/llm/1' };
  return { namespace: 'AWS/ApplicationELB', name, dimensions, statistic: 'Sum', scale: 1 / 60, ...overrides };
}

/** Requests of a workload, and its healthy hosts where it has them. */
function query(overrides: Partial<LoadQuery> = {}): LoadQuery {
  const name = overrides.name ?? 'api';
  return {
    name,
    load: metric('RequestCount', name),
    alwaysOn: null,
    stepMinutes: 1,
    fromMinute: NOON - 10,
    untilMinute: NOON,
    ...overrides,
  };
}

/** @param value of a minute; undefined: no point */
function points(from: number, until: number, value: (minute: number) => number | undefined) {
  const minutes = Array.from({ length: until - from }, (_, index) => from + index);
  return new Map(
    minutes.flatMap((minute) => {
      const one = value(minute);
      return one === undefined ? [] : [[minute, one] as const];
    }),
  );
}

function source(
  overrides: { retries?: Partial<RetryPolicy>; certificateAuthority?: string; deadlineMs?: number } = {},
) {
  return new CloudWatchMetricsSource({ ...cloudWatch.client, waiting, ...overrides });
}

async function measureOne(one: LoadQuery, from = source()) {
  const result = (await from.measure([one])).get(one.name);
  if (!result || result instanceof MetricsFailure) throw result ?? new Error('no result');
  return result;
}

async function failureOf(one: LoadQuery, from = source()): Promise<MetricsFailure> {
  const result = (await from.measure([one])).get(one.name);
  expect(result).toBeInstanceOf(MetricsFailure);
  return result as MetricsFailure;
}

describe('samples', () => {
  it('are requests per second of settled minutes: the last two still grow', async () => {
    cloudWatch.put(
      metric('RequestCount'),
      points(NOON - 60, NOON + 1, (minute) => (minute - NOON + 60) * 60),
    );
    expect(await measureOne(query({ fromMinute: NOON - 5 }))).toEqual([
      { minute: NOON - 5, load: 55 },
      { minute: NOON - 4, load: 56 },
      { minute: NOON - 3, load: 57 },
    ]);
  });

  it('of five minutes are settled two minutes after their step is over', async () => {
    cloudWatch.put(
      metric('RequestCount'),
      points(NOON - 60, NOON + 10, () => 120),
    );
    const five = query({ stepMinutes: 5, load: metric('RequestCount', 'api', { scale: 1 / 300 }) });
    const lastAt = async (untilMinute: number) => (await measureOne({ ...five, untilMinute })).at(-1);
    expect(await lastAt(NOON + 1)).toEqual({ minute: NOON - 10, load: 2 });
    expect(await lastAt(NOON + 2)).toEqual({ minute: NOON - 5, load: 2 });
  });

  it.each<[statistic: MetricSettings['statistic'], load: number]>([
    ['Sum', 15],
    ['Average', 3],
    ['Maximum', 5],
    ['Minimum', 1],
    ['SampleCount', 5],
  ])('take the statistic %s of a step', async (statistic, load) => {
    cloudWatch.put(
      metric('RequestCount'),
      points(NOON - 10, NOON - 5, (minute) => minute - NOON + 11),
    );
    const load5 = metric('RequestCount', 'api', { statistic, scale: 1 });
    expect(await measureOne(query({ stepMinutes: 5, load: load5 }))).toEqual([{ minute: NOON - 10, load }]);
  });

  it('are missing where nothing is known, without a metric that is always there', async () => {
    cloudWatch.put(
      metric('RequestCount'),
      points(NOON - 10, NOON, (minute) => (minute === NOON - 6 ? undefined : 60)),
    );
    const minutes = (await measureOne(query())).map(({ minute }) => NOON - minute);
    expect(minutes).toEqual([10, 9, 8, 7, 5, 4, 3]);
  });

  it('are zero where the load is silent and the other metric is not, and missing where both are', async () => {
    const alwaysOn = metric('HealthyHostCount', 'api', { statistic: 'Average', scale: 1 });
    cloudWatch.put(metric('RequestCount'), new Map([[NOON - 10, 60]]));
    cloudWatch.put(
      alwaysOn,
      points(NOON - 10, NOON, (minute) => (minute === NOON - 8 ? undefined : 3)),
    );
    // Silence of the last five minutes may yet be broken.
    expect(await measureOne(query({ alwaysOn }))).toEqual([
      { minute: NOON - 10, load: 1 },
      { minute: NOON - 9, load: 0 },
      { minute: NOON - 7, load: 0 },
      { minute: NOON - 6, load: 0 },
    ]);
  });

  it('are none for a metric that has no points', async () => {
    expect(await measureOne(query())).toEqual([]);
  });

  it('are none, and nothing is asked, where no step is settled', async () => {
    expect(await measureOne(query({ fromMinute: NOON - 2 }))).toEqual([]);
    expect(cloudWatch.calls).toEqual([]);
  });

  it('never are negative', async () => {
    cloudWatch.put(metric('RequestCount'), new Map([[NOON - 5, -60]]));
    expect(await measureOne(query())).toEqual([]);
  });
});

describe('requests', () => {
  const workloads = (count: number, overrides: Partial<LoadQuery> = {}) =>
    Array.from({ length: count }, (_, index) =>
      query({ name: `w${index}`, alwaysOn: metric('HealthyHostCount', `w${index}`), ...overrides }),
    );

  it('hold 500 series: 251 workloads with two each take two', async () => {
    const queries = workloads(251);
    for (const { name, load } of queries) {
      cloudWatch.put(load, new Map([[NOON - 5, Number(name.slice(1)) * 60]]));
    }
    const loads = await source().measure(queries);
    expect(cloudWatch.calls.map(({ MetricDataQueries }) => MetricDataQueries.length)).toEqual([500, 2]);
    expect([...loads.keys()]).toEqual(queries.map(({ name }) => name));
    expect([...loads.values()].map((samples) => samples)).toEqual(
      queries.map((_, index) => [{ minute: NOON - 5, load: index }]),
    );
  });

  it('ask once for a metric that workloads share', async () => {
    const shared = metric('RequestCount', 'shared');
    const { dimensions } = shared;
    const reordered = Object.fromEntries(Object.entries(dimensions).reverse());
    cloudWatch.put(shared, new Map([[NOON - 5, 60]]));
    const loads = await source().measure([
      query({ name: 'one', load: shared }),
      query({ name: 'two', load: { ...shared, dimensions: reordered, scale: 1 / 30 } }),
    ]);
    expect(cloudWatch.calls[0]?.MetricDataQueries).toHaveLength(1);
    expect(loads.get('one')).toEqual([{ minute: NOON - 5, load: 1 }]);
    expect(loads.get('two')).toEqual([{ minute: NOON - 5, load: 2 }]);
  });

  it('keep a long history apart from short ones', async () => {
    await source().measure([...workloads(3), query({ fromMinute: NOON - 14 * DAY })]);
    const spans = cloudWatch.calls.map(({ StartTime, EndTime, MetricDataQueries }) => ({
      minutes: (EndTime - StartTime) / 60,
      series: MetricDataQueries.length,
    }));
    expect(spans).toEqual([
      { minutes: 10, series: 6 },
      { minutes: 14 * DAY, series: 1 },
    ]);
  });

  it("never start before CloudWatch's retention, which would return nothing", async () => {
    await source().measure([
      query({ fromMinute: NOON - 20 * DAY }),
      query({ name: 'five', stepMinutes: 5, fromMinute: NOON - 70 * DAY }),
      query({ name: 'weeks', stepMinutes: 5, fromMinute: NOON - 16 * DAY }),
    ]);
    const spans = cloudWatch.calls.map(({ StartTime, EndTime }) => (EndTime - StartTime) / 60);
    expect(spans.sort((one, other) => one - other)).toEqual([15 * DAY - 10, 16 * DAY, 63 * DAY - 10]);
  });

  it('are signed, in JSON 1.0', async () => {
    await source().measure([query()]);
    expect(cloudWatch.server.requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      authorization: expect.stringContaining('AWS4-HMAC-SHA256'),
    });
  });

  it('follow pages, also where a page ends within a series', async () => {
    cloudWatch.pagePoints = 100;
    const queries = workloads(3, { fromMinute: NOON - 150 });
    for (const { load } of queries)
      cloudWatch.put(
        load,
        points(NOON - 150, NOON, (minute) => (minute % 7) * 60),
      );
    const loads = await source().measure(queries);
    expect(cloudWatch.calls).toHaveLength(5);
    for (const { name } of queries) {
      const samples = loads.get(name);
      expect(samples).toHaveLength(148);
      expect(samples).toContainEqual({ minute: NOON - 3, load: (NOON - 3) % 7 });
    }
  });

  it('bring fifteen days of a hundred workloads in parallel batches of ten pages', async () => {
    const queries = workloads(100, { fromMinute: NOON - 15 * DAY });
    const calls = await source()
      .measure(queries)
      .then(() => cloudWatch.calls);
    // Nothing was stored: one page a batch. A million points are 46 series of 15 days.
    expect(calls.map(({ MetricDataQueries }) => MetricDataQueries.length).sort()).toEqual([
      16, 46, 46, 46, 46,
    ]);
  });
});

describe('incomplete answers', () => {
  beforeEach(() =>
    cloudWatch.put(
      metric('RequestCount'),
      points(NOON - 10, NOON, () => 60),
    ),
  );

  it.each(['PartialData', 'InternalError'] as const)(
    '(%s) are asked for again until complete',
    async (status) => {
      cloudWatch.troubleNext('RequestCount', status, 2);
      expect(await measureOne(query())).toHaveLength(8);
      expect(cloudWatch.calls).toHaveLength(3);
      expect(waiting.waits).toEqual([150, 300]);
    },
  );

  it.each([
    ['PartialData', 'partial'],
    ['InternalError', 'server'],
  ] as const)('(%s) fail after three rounds, and never become zero', async (status, kind) => {
    const alwaysOn = metric('HealthyHostCount');
    cloudWatch.put(
      alwaysOn,
      points(NOON - 10, NOON, () => 3),
    );
    cloudWatch.troubleNext('RequestCount', status, 3);
    const failure = await failureOf(query({ alwaysOn }));
    expect(failure.kind).toBe(kind);
    expect(failure.message).toMatch(
      `load of api, AWS/ApplicationELB RequestCount: CloudWatch answered ${status} 3 times; ${status}: on purpose`,
    );
    expect(cloudWatch.calls).toHaveLength(3);
  });

  it('are requested again without the complete ones', async () => {
    cloudWatch.put(
      metric('Other'),
      points(NOON - 10, NOON, () => 60),
    );
    cloudWatch.troubleNext('Other', 'PartialData');
    await source().measure([query(), query({ name: 'other', load: metric('Other') })]);
    const names = cloudWatch.calls.map(({ MetricDataQueries }) =>
      MetricDataQueries.map(({ MetricStat }) => MetricStat.Metric.MetricName),
    );
    expect(names).toEqual([['RequestCount', 'Other'], ['Other']]);
  });

  it.each(['Forbidden', 'InternalError'] as const)(
    '(%s) of one workload leave the others alone',
    async (status) => {
      cloudWatch.troubleNext('Secret', status, 3);
      const loads = await source().measure([query({ name: 'secret', load: metric('Secret') }), query()]);
      expect(loads.get('api')).toHaveLength(8);
      expect(loads.get('secret')).toBeInstanceOf(MetricsFailure);
    },
  );

  it('of the metric that is always there fail the workload too', async () => {
    const alwaysOn = metric('HealthyHostCount');
    cloudWatch.troubleNext('HealthyHostCount', 'Forbidden');
    expect(await failureOf(query({ alwaysOn }))).toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('HealthyHostCount'),
    });
  });
});

describe('a query that CloudWatch refuses', () => {
  it('fails alone: the others are asked without it', async () => {
    const dimensions = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`d${index}`, 'x']));
    const bad = query({ name: 'bad', load: metric('RequestCount', 'bad', { dimensions }) });
    const good = Array.from({ length: 6 }, (_, index) => query({ name: `good${index}` }));
    for (const { load } of good)
      cloudWatch.put(
        load,
        points(NOON - 10, NOON, () => 60),
      );
    const loads = await source().measure([...good.slice(0, 3), bad, ...good.slice(3)]);
    expect(loads.get('bad')).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('more than 30 dimensions'),
    });
    for (const { name } of good) expect(loads.get(name)).toHaveLength(8);
    expect(cloudWatch.calls).toHaveLength(7);
  });
});

it('ends soon when CloudWatch refuses every query', async () => {
  const dimensions = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`d${index}`, 'x']));
  const bad = Array.from({ length: 200 }, (_, index) =>
    query({ name: `w${index}`, load: metric(`Load${index}`, 'bad', { dimensions }) }),
  );
  const loads = await source().measure(bad);
  expect([...loads.values()].every((result) => result instanceof MetricsFailure)).toBe(true);
  expect(cloudWatch.calls.length).toBeLessThanOrEqual(60);
});

describe('faults', () => {
  beforeEach(() =>
    cloudWatch.put(
      metric('RequestCount'),
      points(NOON - 10, NOON, () => 60),
    ),
  );

  it.each([
    [400, 'ThrottlingException'],
    [400, 'Throttling'],
    [429, 'TooManyRequestsException'],
    [500, 'InternalServiceFault'],
    [503, 'ServiceUnavailable'],
  ])('are tried again: %i %s', async (status, code) => {
    cloudWatch.refuseNext(status, code, 4);
    expect(await measureOne(query())).toHaveLength(8);
    expect(cloudWatch.calls).toHaveLength(5);
    expect(waiting.waits).toEqual([150, 300, 600, 1200]);
  });

  it.each<Fault['kind']>(['drop', 'cut'])('are tried again: a connection that broke (%s)', async (kind) => {
    cloudWatch.server.failNext({ kind } as Fault, 2);
    expect(await measureOne(query())).toHaveLength(8);
    expect(cloudWatch.calls).toHaveLength(3);
  });

  it.each([
    [400, 'ThrottlingException', 'throttled'],
    [500, 'InternalServiceFault', 'server'],
  ])('fail after five tries: %i %s', async (status, code, kind) => {
    cloudWatch.refuseNext(status, code, 10);
    expect(await failureOf(query())).toMatchObject({ kind, message: expect.stringContaining(code) });
    expect(cloudWatch.calls).toHaveLength(5);
  });

  it.each([
    [403, 'AccessDeniedException', 'forbidden'],
    [400, 'AccessDenied', 'forbidden'],
    [403, 'ExpiredTokenException', 'unauthorized'],
    [403, 'InvalidClientTokenId', 'unauthorized'],
    [400, 'InvalidParameterValueException', 'invalid'],
  ])('fail at once: %i %s', async (status, code, kind) => {
    cloudWatch.refuseNext(status, code);
    expect((await failureOf(query())).kind).toBe(kind);
    expect(cloudWatch.calls).toHaveLength(1);
  });

  it.each([
    ['no JSON', '<html>'],
    ['empty', '{}'],
    ['about another series', '{"MetricDataResults":[{"Id":"s7","StatusCode":"Complete"}]}'],
    ['lopsided', '{"MetricDataResults":[{"Id":"s0","StatusCode":"Complete","Timestamps":[0],"Values":[]}]}'],
  ])('fail at once: an answer that is %s', async (_, body) => {
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    cloudWatch.server.failNext({ kind: 'answer', answer: { status: 200, headers, body } });
    expect((await failureOf(query())).kind).toBe('malformed-answer');
  });

  it('fail when CloudWatch leaves a series out each time', async () => {
    const Messages = [{ Code: 'Busy', Value: 'try later' }];
    const body = JSON.stringify({ MetricDataResults: [], Messages });
    cloudWatch.server.failNext({ kind: 'answer', answer: { status: 200, body } }, 3);
    expect(await failureOf(query())).toMatchObject({
      kind: 'partial',
      message: expect.stringContaining('left the metric out 3 times; Busy: try later'),
    });
  });

  it('fail when pages have no end', async () => {
    const body = JSON.stringify({ MetricDataResults: [], NextToken: 'again' });
    cloudWatch.server.failNext({ kind: 'answer', answer: { status: 200, body } }, 1000);
    expect(await failureOf(query())).toMatchObject({
      kind: 'malformed-answer',
      message: expect.stringContaining('after 200 pages'),
    });
    expect(cloudWatch.calls).toHaveLength(200);
  });

  it.each<[what: string, kind: Fault['kind']]>([
    ['nothing answers', 'hang'],
    ['answers stop in the middle', 'stall'],
  ])('fail as a timeout when %s', async (_, kind) => {
    cloudWatch.server.failNext({ kind } as Fault, 10);
    expect((await failureOf(query(), source({ retries: { attempts: 2, attemptMs: 50 } }))).kind).toBe(
      'timeout',
    );
    expect(waiting.waits).toHaveLength(1);
  });

  it('fail as a timeout when all the waits together are too long', async () => {
    cloudWatch.troubleNext('RequestCount', 'PartialData', 10);
    expect(await failureOf(query(), source({ deadlineMs: 100 }))).toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('time limit for all loads'),
    });
  });

  it('fail at once, and nothing is sent, where another authority signed', async () => {
    const other = await FakeCloudWatch.start();
    await other.close();
    const { certificateAuthority } = other;
    expect((await failureOf(query(), source({ certificateAuthority }))).kind).toBe('certificate');
    expect(cloudWatch.calls).toEqual([]);
  });

  it('of one batch leave the other batches alone', async () => {
    const old = query({ name: 'old', fromMinute: NOON - DAY });
    cloudWatch.refuseNext(403, 'AccessDeniedException');
    const loads = await source().measure([query(), old]);
    const failed = [...loads].filter(([, result]) => result instanceof MetricsFailure);
    expect(failed).toHaveLength(1);
    expect(loads.size).toBe(2);
  });

  it('never have the secret in a message', async () => {
    cloudWatch.refuseNext(403, 'AccessDeniedException');
    const failure = await failureOf(query());
    expect(JSON.stringify([failure, failure.message, failure.stack])).not.toContain('a-secret');
  });
});
