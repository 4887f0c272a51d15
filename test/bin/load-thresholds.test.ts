import type { K6Scenario, K6Threshold } from '../../bin/load/k6-options';
import { arrivalsBy, levelAt, loadSource } from '../../bin/load/load-sources';
import { parseSelector, Samples } from '../../bin/load/results/samples';
import { aborting, evaluate, parseThreshold } from '../../bin/load/results/threshold';
import { percentile } from '../../bin/load/results/trend';
import { loopbackOrigin } from '../../bin/load/target';

const plain = (expression: string): K6Threshold => ({ expression, abortOnFail: false, delayMs: 0 });

function samplesOf(metric: 'http_req_duration' | 'http_req_failed' | 'http_reqs', values: number[]): Samples {
  const samples = new Samples();
  for (const value of values) samples.add(metric, value, { scenario: 'hold', kind: 'api' });
  return samples;
}

describe('a threshold', () => {
  const hundred = Array.from({ length: 101 }, (_, index) => index);

  test.each([
    ['http_req_duration', 'p(95)<96', hundred, 95, true],
    ['http_req_duration', 'p(95)<95', hundred, 95, false],
    ['http_req_duration', 'p(99.5)>=99.5', hundred, 99.5, true],
    ['http_req_duration', 'med == 50', hundred, 50, true],
    ['http_req_duration', 'avg<50', hundred, 50, false],
    ['http_req_duration', 'max<=100', hundred, 100, true],
    ['http_req_duration', 'min!=0', hundred, 0, false],
    ['http_req_failed', 'rate<0.001', [...Array(999).fill(0), 1], 0.001, false],
    ['http_req_failed', 'rate<0.001', [...Array(1000).fill(0), 1], 1 / 1001, true],
    ['http_reqs', 'count>=3', [1, 1, 1], 3, true],
    ['http_reqs', 'count>3', [1, 1, 1], 3, false],
    ['http_reqs', 'rate>1', [1, 1, 1], 1.5, true],
  ] as const)('of %s, %s, is worth %#', (metric, expression, values, measured, passed) => {
    const result = evaluate(parseThreshold(metric, plain(expression)), samplesOf(metric, [...values]), 2);
    expect(result.measured).toBeCloseTo(measured, 10);
    expect(result).toMatchObject({ passed, samples: values.length });
  });

  test('counts only what has all its tags', () => {
    const samples = samplesOf('http_req_duration', [10]);
    samples.add('http_req_duration', 9000, { scenario: 'hold', kind: 'llm' });
    samples.add('http_req_duration', 9000, { scenario: 'surge', kind: 'api' });
    const about = (tags: string) =>
      evaluate(parseThreshold(`http_req_duration${tags}`, plain('max<500')), samples, 1);
    expect(about('{scenario:hold,kind:api}')).toMatchObject({ passed: true, samples: 1 });
    expect(about('{scenario: hold}')).toMatchObject({ passed: false, samples: 2 });
    expect(about('')).toMatchObject({ passed: false, samples: 3 });
  });

  test.each([
    ['http_req_duration', 'p(95)'],
    ['http_req_duration', 'p(101)<5'],
    ['http_req_duration', 'rate<5'],
    ['http_req_duration', 'p95<5'],
    ['http_req_failed', 'avg<0.1'],
    ['http_req_failed', 'rate<low'],
    ['http_reqs', 'p(95)<5'],
    ['http_reqs', 'count=>5'],
    ['http_reqs', 'count>5 && rate>1'],
    ['http_req_blocked', 'p(95)<5'],
    ['http_reqs{scenario}', 'count>5'],
    ['http_reqs{scenario:a', 'count>5'],
  ])('fails rather than passes when it is not understood: %s %s', (about, expression) => {
    expect(() => parseThreshold(about, plain(expression))).toThrow(/threshold/);
  });

  test('aborts after its delay, and not without values', () => {
    const threshold = parseThreshold('http_req_failed', {
      expression: 'rate<0.5',
      abortOnFail: true,
      delayMs: 1000,
    });
    const failed = samplesOf('http_req_failed', [1]);
    expect(aborting([threshold], failed, 999)).toEqual([]);
    expect(aborting([threshold], new Samples(), 2000)).toEqual([]);
    expect(aborting([threshold], samplesOf('http_req_failed', [0]), 2000)).toEqual([]);
    expect(aborting([threshold], failed, 2000)).toMatchObject([{ text: 'http_req_failed: rate<0.5' }]);
    expect(aborting([{ ...threshold, abortOnFail: false }], failed, 2000)).toEqual([]);
  });

  test('interpolates between ranks', () => {
    // numpy.percentile([1, 2, 3, 4], [0, 50, 95, 100])
    expect([0, 50, 95, 100].map((percent) => percentile([4, 1, 3, 2], percent))).toEqual([1, 2.5, 3.85, 4]);
  });

  test('reads the tags of a metric', () => {
    expect(parseSelector('checks{a:b,c:d-e}')).toEqual({ metric: 'checks', tags: { a: 'b', c: 'd-e' } });
  });
});

describe('load', () => {
  test('has the area under the rate, as k6 has it', () => {
    // The example of lib/executor/ramping_arrival_rate.go: 2 per second for 5 s, then up to 3 in 5 s.
    const stages = [
      { duration: 5000, target: 2 },
      { duration: 5000, target: 3 },
    ];
    const counts = [0, 499, 500, 5000, 7500, 10_000, 60_000].map((ms) => arrivalsBy(2, stages, ms));
    expect(counts).toEqual([0, 0, 1, 10, 15, 22, 22]);
    expect(levelAt(2, stages, 7500)).toBe(2.5);
  });

  test('of arrivals goes on while answers are missing, and drops what has no user', () => {
    const arrivals = loadSource(
      {
        executor: 'constant-arrival-rate',
        rate: 10,
        duration: 1000,
        preAllocatedVUs: 1,
        maxVUs: 4,
        startTime: 0,
        gracefulStop: 0,
      },
      { pauseSeconds: () => 0 },
    );
    expect(arrivals.due(300)).toEqual({ start: 3, dropped: 0 });
    expect(arrivals.due(600)).toEqual({ start: 1, dropped: 2 });
    arrivals.ended(600);
    expect(arrivals.due(5000)).toEqual({ start: 1, dropped: 3 });
    expect([arrivals.isExhausted(999), arrivals.isExhausted(1000)]).toEqual([false, true]);
  });

  test('of users waits for answers and pauses', () => {
    const scenario: K6Scenario = {
      executor: 'ramping-vus',
      exec: 'user',
      startVUs: 0,
      stages: [
        { duration: 1000, target: 4 },
        { duration: 9000, target: 4 },
      ],
      gracefulRampDown: 0,
      startTime: 0,
      gracefulStop: 0,
    };
    const users = loadSource(scenario, { pauseSeconds: () => 2 });
    expect(users.due(500).start).toBe(0);
    expect(users.due(1000).start).toBe(0);
    expect(users.due(2500).start).toBe(2);
    expect(users.due(3000).start).toBe(2);
    expect(users.due(9000).start).toBe(0);
    users.ended(7000);
    expect(users.due(9000).start).toBe(1);
    users.ended(9500);
    expect(users.due(20_000).start).toBe(0);
  });

  test('of shared iterations ends with them, or with its time', () => {
    const shared = loadSource(
      {
        executor: 'shared-iterations',
        vus: 2,
        iterations: 3,
        maxDuration: 1000,
        startTime: 0,
        gracefulStop: 0,
      },
      { pauseSeconds: () => 0 },
    );
    expect(shared.due(0).start).toBe(2);
    expect(shared.due(10).start).toBe(0);
    shared.ended(20);
    expect([shared.isExhausted(20), shared.isExhausted(1000)]).toEqual([false, true]);
    expect(shared.due(1000).start).toBe(0);
    expect(shared.due(30).start).toBe(1);
    expect(shared.isExhausted(30)).toBe(true);
  });
});

describe('a target', () => {
  test.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080/', 'http://127.0.0.1:8080'],
    ['http://127.1.2.3', 'http://127.1.2.3'],
    ['http://0x7f000001:81', 'http://127.0.0.1:81'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('%s is on loopback', (address, origin) => {
    expect(loopbackOrigin('--target', address)).toBe(origin);
  });

  test.each([
    'http://10.0.0.1',
    'http://api.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'http://localhost.example.com',
    'http://0.0.0.0:80',
    'http://[::ffff:10.0.0.1]',
    'https://127.0.0.1',
    '127.0.0.1:8080',
    'file:///etc/passwd',
  ])('fails: %s is not', (address) => {
    expect(() => loopbackOrigin('--target', address)).toThrow(/--target must be .*loopback/);
  });
});
