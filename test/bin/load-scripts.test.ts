import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type K6Options, lengthOfAll } from '../../bin/load/k6-options';

import { bundleScript, evaluateScript, SCENARIOS, type ScenarioName } from '../../bin/load/script';
import { defaultsFor } from '../../lib/config/defaults/defaults';
import { ROOT } from '../helpers/commands';
import { API_REQUEST, LLM_REQUEST } from '../helpers/load-mix';
import { OBJECTIVES } from '../load/objectives.ts';

const SCRIPTS = join(ROOT, 'test', 'load');
const BASE_URL = 'https://api.example.com';
const LLM_MIX = JSON.stringify([API_REQUEST, LLM_REQUEST]);

const codes = new Map<ScenarioName, string>();
beforeAll(async () => {
  for (const name of SCENARIOS) codes.set(name, await bundleScript(name));
});

const script = (name: ScenarioName, env: Record<string, string> = {}) =>
  evaluateScript(name, String(codes.get(name)), { BASE_URL, ...env });
const optionsOf = (name: ScenarioName, env: Record<string, string> = {}): K6Options =>
  script(name, env).options;
const expressions = (options: K6Options, about: string) =>
  options.thresholds[about]?.map(({ expression }) => expression);

test('the objectives are those of the configuration', () => {
  expect(defaultsFor('prod', {}).objectives).toMatchObject(OBJECTIVES);
});

describe.each(SCENARIOS)('%s', (name) => {
  test('has options of k6, with thresholds for each of its scenarios', () => {
    const { scenarios, thresholds } = optionsOf(name);
    const judged = Object.keys(thresholds).map((about) => /scenario:(\w+)/.exec(about)?.[1]);
    expect(new Set(judged)).toEqual(new Set(Object.keys(scenarios)));
    // A percentile of nothing passes, so that what is judged by one has to have been sent.
    for (const about of Object.keys(thresholds).filter((it) => it.startsWith('http_req_duration'))) {
      const scenario = /scenario:(\w+)/.exec(about)?.[1];
      expect(expressions(optionsOf(name), `http_reqs{scenario:${scenario}}`)).toEqual([
        expect.stringMatching(/^count>=[1-9]\d*$/),
      ]);
    }
  });

  test('fails on any latency or share of errors that misses an objective', () => {
    const { thresholds } = optionsOf(name);
    const latencies = Object.entries(thresholds).filter(([about]) => about.startsWith('http_req_duration'));
    expect(latencies.length).toBeGreaterThan(0);
    for (const [, list] of latencies) {
      expect(list.map(({ expression }) => expression)).toEqual(['p(50)<100', 'p(95)<500', 'p(99)<1000']);
    }
    const errors = Object.entries(thresholds).filter(([about]) => about.startsWith('http_req_failed'));
    expect(errors.length).toBe(Object.keys(optionsOf(name).scenarios).length);
    for (const [about, list] of errors) {
      // A spike that is refused for the most part goes on.
      const goesOn = /scenario:(surge|peak|fall)\b/.test(about);
      expect(list.map(({ expression }) => expression)).toEqual([
        'rate<0.001',
        ...(goesOn ? [] : ['rate<0.5']),
      ]);
      expect(list.slice(1).every(({ abortOnFail }) => abortOnFail)).toBe(true);
    }
  });

  test('takes objectives, and those of the LLM, from its parameters', () => {
    const options = optionsOf(name, {
      P95_MS: '250',
      ERROR_PERCENT: '1',
      WRITES: 'true',
      MIX: LLM_MIX,
      CACHE_HEADER: 'X-Cache',
    });
    const [scenario] = Object.keys(options.scenarios).filter(
      (it) => `http_req_duration{scenario:${it},kind:api}` in options.thresholds,
    );
    expect(expressions(options, `http_req_duration{scenario:${scenario},kind:api}`)).toContain('p(95)<250');
    expect(expressions(options, `http_req_failed{scenario:${scenario},kind:api}`)).toContain('rate<0.01');
    expect(expressions(options, 'http_req_duration{kind:llm}')).toEqual(['avg<2000']);
    expect(expressions(options, 'llm_timeouts')).toEqual(['rate<0.005']);
    expect(expressions(options, 'llm_cache_hits')).toEqual(['rate>0.6']);
    const short = optionsOf(name, {
      ...{ WRITES: 'true', MIX: LLM_MIX, CACHE_HEADER: 'X-Cache', CACHE_HIT_PERCENT: '0' },
    });
    expect(expressions(short, 'llm_cache_hits')).toEqual(['rate>=0']);
  });

  test('has aborts that keep to the time scale', () => {
    const [full, tenth] = [optionsOf(name), optionsOf(name, { TIME_SCALE: '0.1' })];
    const delays = (options: K6Options) =>
      Object.values(options.thresholds).flatMap((list) => list.map(({ delayMs }) => delayMs));
    expect(Math.max(...delays(tenth))).toBeCloseTo(Math.max(...delays(full)) / 10, -1);
    expect(Math.max(...delays(full))).toBeLessThan(lengthOfAll(full));
  });
});

test.each(SCENARIOS.filter((name) => name !== 'smoke'))('%s is as long as its time scale says', (name) => {
  const [full, tenth] = [optionsOf(name), optionsOf(name, { TIME_SCALE: '0.1' })];
  expect(lengthOfAll(tenth)).toBeCloseTo(lengthOfAll(full) / 10, -1);
});

test('smoke has as many iterations as its time scale says, at least three of each request', () => {
  const smokeOf = (scale: string) => optionsOf('smoke', { TIME_SCALE: scale }).scenarios['smoke'];
  expect(smokeOf('1')).toMatchObject({ iterations: 60, maxDuration: 60_000 });
  expect(smokeOf('0.5')).toMatchObject({ iterations: 30, maxDuration: 60_000 });
  expect(smokeOf('0.01')).toMatchObject({ iterations: 9, maxDuration: 60_000 });
});

test('load holds the requests per second, then the users', () => {
  const { hold, users } = optionsOf('load').scenarios;
  expect(hold).toMatchObject({ executor: 'constant-arrival-rate', rate: OBJECTIVES.requestsPerSecond });
  expect(users).toMatchObject({
    executor: 'ramping-vus',
    stages: [{ target: OBJECTIVES.concurrentUsers }, { target: OBJECTIVES.concurrentUsers }],
  });
  expect(users?.startTime).toBeGreaterThanOrEqual(720_000);
  expect(expressions(optionsOf('load'), 'http_reqs{scenario:hold}')).toEqual(['count>=593999']);
  expect(optionsOf('load', { USERS: '0' }).scenarios).not.toHaveProperty('users');
});

test.each([
  [{}, 100, 1000],
  [{ SPIKE_FACTOR: '100' }, 10, 1000],
  [{ RATE_SCALE: '0.005' }, 1, 10],
])('spike with %j goes from %d to %d requests per second', (env, base, peak) => {
  const {
    before,
    surge,
    peak: top,
    fall,
    after,
  } = optionsOf('spike', env as Record<string, string>).scenarios;
  expect(before).toMatchObject({ rate: base });
  expect(surge).toMatchObject({ startRate: base, stages: [{ duration: 10_000, target: peak }] });
  expect(top).toMatchObject({ rate: peak });
  expect(fall).toMatchObject({ startRate: peak, stages: [{ target: base }] });
  expect(after).toMatchObject({ rate: base });
});

test('stress steps beyond the objective, and ends where an objective is missed', () => {
  const { scenarios, thresholds } = optionsOf('stress');
  expect(Object.keys(scenarios).filter((name) => name.startsWith('at_'))).toEqual([
    'at_1_500_rps',
    'at_2_1000_rps',
    'at_3_1500_rps',
    'at_4_2000_rps',
  ]);
  for (const threshold of thresholds['http_req_duration{scenario:at_3_1500_rps,kind:api}'] ?? []) {
    const startMs = scenarios['at_3_1500_rps']?.startTime ?? 0;
    expect(threshold).toMatchObject({ abortOnFail: true, delayMs: startMs + 30_000 });
  }
});

test('soak goes on for hours at half the objective, each quarter judged by itself', () => {
  const { quarter_1, quarter_4 } = optionsOf('soak').scenarios;
  expect(quarter_1).toMatchObject({ rate: 500, duration: 3_600_000 });
  expect(quarter_4).toMatchObject({ rate: 500, duration: 3_600_000 });
});

test('arrivals have virtual users for requests that take as long as the slowest may', () => {
  expect(optionsOf('load').scenarios['hold']).toMatchObject({ preAllocatedVUs: 1000, maxVUs: 2000 });
});

describe('parameters', () => {
  test.each([
    [{ BASE_URL: '' }, 'BASE_URL is needed'],
    [{ BASE_URL: 'api.example.com' }, 'BASE_URL must be an http(s) address'],
    [{ BASE_URL: 'https://user:secret@api.example.com' }, 'BASE_URL must be an http(s) address'],
    [{ BASE_URL: 'http://api.example.com', API_TOKEN: 'token' }, 'BASE_URL must be https:// where API_TOKEN'],
    [{ API_TOKEN: 'two words' }, 'API_TOKEN must be one word'],
    [{ RPS: 'many' }, 'RPS must be a number between 1 and 100000, got many'],
    [{ USERS: '-1' }, 'USERS must be a number between 0 and 100000, got -1'],
    [{ DURATION: '10' }, 'DURATION must be a duration such as 90s, 10m or 1h30m, got 10'],
    [{ RAMP: '0s' }, 'RAMP must be a duration'],
    [{ SPIKE_FACTOR: '1' }, 'SPIKE_FACTOR must be a whole number between 2 and 100, got 1'],
    [{ SPIKE_FACTOR: '2.5' }, 'SPIKE_FACTOR must be a whole number between 2 and 100, got 2.5'],
    [{ WRITES: 'yes' }, 'WRITES must be true or false, got yes'],
    [{ CACHE_HEADER: 'X Cache' }, 'CACHE_HEADER must be the name of a header'],
    [{ MIX: '{' }, 'MIX must be a JSON list of requests'],
    [{ MIX: '[]' }, 'MIX must be a JSON list of at least one request'],
    [{ MIX: '[{"name":"a","weight":0,"method":"GET","path":"/","status":200}]' }, 'MIX[0].weight must be'],
    [{ MIX: '[{"name":"a","weight":1,"method":"GET","path":"x","status":200}]' }, 'MIX[0].path must be'],
    [{ MIX: '[{"name":"a","weight":1,"method":"GET","path":"/"}]' }, 'MIX[0].status is needed'],
    [
      { MIX: '[{"name":"a","weight":1,"method":"GET","path":"/","status":200,"url":"/"}]' },
      'MIX[0].url is unknown',
    ],
    [
      { MIX: '[{"name":"a","weight":1,"method":"POST","path":"/","status":200}]' },
      'MIX has nothing but requests that write: set WRITES=true',
    ],
  ])('fails with %j', (env, message) => {
    expect(() => script('smoke', env as Record<string, string>)).toThrow(message);
  });

  test('fails with everything that is wrong at once, and without the token', () => {
    const run = () => script('load', { BASE_URL: '', RPS: '0', API_TOKEN: 'sécret' });
    expect(run).toThrow(/BASE_URL[\s\S]*API_TOKEN[\s\S]*RPS/);
    expect(run).toThrow(expect.not.stringMatching(/sécret/));
  });

  test('are all in the documentation', () => {
    const names = [
      ...readFileSync(join(SCRIPTS, 'parameters.ts'), 'utf8').matchAll(
        /(?:text|number|duration|flag)\('([A-Z\d_]+)'/g,
      ),
    ].map(([, name]) => String(name));
    const documented = readFileSync(join(ROOT, 'docs', 'load-testing.md'), 'utf8');
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !documented.includes(`| \`${name}\``))).toEqual([]);
  });
});

describe('a virtual user', () => {
  const requests = (env: Record<string, string>, count: number) => {
    const client = script('smoke', env).client();
    return Array.from({ length: count }, (_, iteration) => client.next(iteration));
  };

  test('writes only when told to, as users that can be told apart', () => {
    expect(new Set(requests({}, 30).map(({ entry }) => entry.method))).toEqual(new Set(['GET']));
    const writes = requests({ WRITES: 'true' }, 10).filter(({ entry }) => entry.method === 'POST');
    expect(writes).toHaveLength(4);
    for (const { body, headers } of writes) {
      for (const record of [JSON.parse(String(body))].flat()) {
        expect(record).toMatchObject({
          user: expect.stringMatching(/^load-test-\d+$/),
          timestamp: expect.stringMatching(/^\d{4}-/),
        });
      }
      expect(headers).toMatchObject({ 'X-Load-Test': 'true', 'Content-Type': 'application/json' });
    }
  });

  test('sends the token', () => {
    expect(requests({ API_TOKEN: 'abc' }, 1)[0]?.headers).toMatchObject({ Authorization: 'Bearer abc' });
    expect(requests({}, 1)[0]?.headers).not.toHaveProperty('Authorization');
  });

  test('pages through a list to its end, and begins anew', () => {
    const client = script('smoke').client();
    const list = () => {
      const request = client.next(2);
      const cursor = /cursor=(.*)/.exec(request.url)?.[1];
      const next = cursor === undefined ? '"a b"' : 'null';
      client.take(request, { status: 200, timedOut: false, body: `{"next_cursor":${next}}`, headers: {} });
      return cursor;
    };
    expect([list(), list(), list()]).toEqual([undefined, 'a%20b', undefined]);
  });

  test.each([
    [{ status: 200 }, { expected: true, llmTimedOut: false }],
    [
      { status: 200, headers: { 'x-cache': 'Hit from cache' } },
      { llmTimedOut: false, cacheHit: true },
    ],
    [
      { status: 200, headers: { 'x-cache': 'MISS' } },
      { llmTimedOut: false, cacheHit: false },
    ],
    [{ status: 504 }, { expected: false, llmTimedOut: true }],
    [
      { status: 0, timedOut: true },
      { expected: false, llmTimedOut: true },
    ],
  ])('judges %j from an LLM', (answer, verdict) => {
    const client = script('smoke', { MIX: LLM_MIX, WRITES: 'true', CACHE_HEADER: 'X-Cache' }).client();
    const request = client.next(1);
    expect(client.take(request, { timedOut: false, body: '', headers: {}, ...answer })).toMatchObject(
      verdict,
    );
  });

  test('asks by weight, but for the smoke test, which asks for each in turn', () => {
    expect(requests({}, 6).map(({ entry }) => entry.name)).toEqual([
      'cost-summary',
      'costs-by-model',
      'recent-requests',
      'cost-summary',
      'costs-by-model',
      'recent-requests',
    ]);
    const mix = JSON.stringify([
      { name: 'often', weight: 99, method: 'GET', path: '/often', status: 200 },
      { name: 'seldom', weight: 1, method: 'GET', path: '/seldom', status: 200 },
    ]);
    const client = script('soak', { MIX: mix }).client();
    const names = Array.from({ length: 1000 }, (_, iteration) => client.next(iteration).entry.name);
    expect(names.filter((name) => name === 'often').length).toBeGreaterThan(900);
  });
});

// k6 resolves no extensions and has no Node API; esbuild, which it transpiles with, checks no more than syntax.
test.each(readdirSync(SCRIPTS).filter((name) => name.endsWith('.ts')))('k6 can load %s', (name) => {
  const text = readFileSync(join(SCRIPTS, name), 'utf8');
  const imports = [...text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map(([, path]) => String(path));
  expect(imports.filter((path) => !/^(\.\/[\w-]+\.ts|k6(\/[a-z]+)?)$/.test(path))).toEqual([]);
  expect(text).not.toMatch(/\b(process|require|Buffer|new URL|structuredClone|setTimeout)\b/);
});
