import { MessageChannel, Worker } from 'node:worker_threads';

import { bundleScript, SCENARIOS, type ScenarioName } from '../../bin/load/script';
import { StubApi } from '../../bin/load/stub-api';
import { LLM_REQUEST } from '../helpers/load-mix';

/** What the scripts use of k6, as its documentation has it; requests are real, and wait as k6's do. */
const K6 = {
  k6: `export const check = (value, checks, tags) => {
      for (const [name, holds] of Object.entries(checks)) log.push({ check: name, holds: holds(value), tags });
    };
    export const sleep = (seconds) => log.push({ sleep: seconds });`,
  'k6/execution': 'export default { scenario: { get iterationInTest() { return iteration; } } };',
  'k6/http': `export default {
      request: (method, url, body, params) => {
        log.push({ method, url, body, params });
        return ask({ method, url, body, headers: params.headers });
      },
    };`,
  'k6/metrics': `export class Rate {
      constructor(name) { this.name = name; }
      add(value) { log.push({ metric: this.name, value }); }
    }`,
};

/** Runs a script in a thread that stands still while the main one asks the server for it. */
const THREAD = `
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
const { code, env, turns, exec, signal, answers } = workerData;
const flag = new Int32Array(signal);
const log = [];
const context = require('node:vm').createContext({
  __ENV: env,
  log,
  iteration: 0,
  ask: (request) => {
    Atomics.store(flag, 0, 0);
    parentPort.postMessage({ request });
    Atomics.wait(flag, 0, 0);
    return receiveMessageOnPort(answers).message;
  },
});
require('node:vm').runInContext(code, context);
for (; context.iteration < turns; context.iteration += 1) {
  require('node:vm').runInContext('script[' + JSON.stringify(exec) + ']()', context);
}
parentPort.postMessage({ log: JSON.parse(JSON.stringify(log)) });
`;

interface Entry {
  readonly url?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** What a script does with k6 in so many iterations. */
async function iterate(
  name: ScenarioName,
  env: Readonly<Record<string, string>>,
  turns: number,
  exec = 'default',
): Promise<Entry[]> {
  const { port1, port2 } = new MessageChannel();
  const signal = new SharedArrayBuffer(4);
  const worker = new Worker(THREAD, {
    eval: true,
    workerData: { code: await bundleScript(name, K6), env, turns, exec, signal, answers: port2 },
    transferList: [port2],
  });
  const answer = async ({ method, url, body, headers }: { url: string } & RequestInit): Promise<void> => {
    const response = await fetch(url, { method, body, headers, redirect: 'manual' });
    port1.postMessage({
      status: response.status,
      error_code: 0,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    });
    Atomics.store(new Int32Array(signal), 0, 1);
    Atomics.notify(new Int32Array(signal), 0);
  };
  try {
    return await new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', ({ request, log }) =>
        log === undefined ? answer(request).catch(reject) : resolve(log),
      );
    });
  } finally {
    port1.close();
    await worker.terminate();
  }
}

let api: StubApi;
let origin: string;
beforeAll(async () => {
  api = new StubApi('good', () => performance.now());
  origin = await api.listen();
});
afterAll(() => api.close());

test.each(SCENARIOS)('an iteration of %s sends a request, and checks its answer', async (name) => {
  const log = await iterate(name, { BASE_URL: origin, API_TOKEN: 'abc', TIMEOUT_MS: '5000' }, 2);
  const requests = log.filter(({ url }) => url !== undefined);
  expect(requests).toHaveLength(2);
  for (const { url, params } of requests) {
    expect(url).toMatch(`${origin}/api/v1/`);
    expect(params).toMatchObject({
      headers: { Authorization: 'Bearer abc', 'X-Load-Test': 'true' },
      tags: { kind: 'api', name: expect.any(String) },
      timeout: 5000,
      redirects: 0,
    });
  }
  expect(log.filter(({ check }) => check !== undefined)).toMatchObject([
    { check: expect.stringMatching(/ answers 200$/), holds: true, tags: { kind: 'api' } },
    { holds: true },
  ]);
});

test('a list is paged through by the cursors of its answers', async () => {
  const log = await iterate('smoke', { BASE_URL: origin }, 12);
  const lists = log.filter(({ url }) => url?.includes('/api/v1/requests'));
  expect(lists.map(({ url }) => /cursor=(\d+)/.exec(String(url))?.[1])).toEqual([
    undefined,
    '2',
    '3',
    undefined,
  ]);
  expect(lists[0]?.params).toMatchObject({ responseType: 'text' });
});

test('a user of load pauses before each request', async () => {
  const log = await iterate('load', { BASE_URL: origin }, 2, 'user');
  expect(log.map((entry) => Object.keys(entry)[0])).toEqual([
    'sleep',
    'method',
    'check',
    'sleep',
    'method',
    'check',
  ]);
});

test('an LLM is measured by what the API says of it', async () => {
  const log = await iterate(
    'smoke',
    {
      BASE_URL: origin,
      WRITES: 'true',
      CACHE_HEADER: 'X-Cache',
      MIX: JSON.stringify([LLM_REQUEST]),
    },
    1,
  );
  expect(log.filter(({ metric }) => metric !== undefined)).toEqual([
    { metric: 'llm_timeouts', value: false },
    { metric: 'llm_cache_hits', value: true },
  ]);
});
