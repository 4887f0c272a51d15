import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/load';
import { SCENARIOS } from '../../bin/load/script';
import { StubApi } from '../../bin/load/stub-api';
import { FaultServer } from '../helpers/fault-server';
import { API_REQUEST, LLM_REQUEST } from '../helpers/load-mix';
import { runMain } from '../helpers/run-main';

async function load(...argv: string[]) {
  const { errors, ...result } = await runMain(main, ...argv);
  return { ...result, err: errors.join('\n') };
}

/** Limits that no machine misses, however busy it is; a test of a limit sets its own. */
const GENEROUS = ['P50_MS=60000', 'P95_MS=60000', 'P99_MS=60000', 'TIMEOUT_MS=120000'].flatMap((limit) => [
  '-e',
  limit,
]);

/** A short run with few requests, against a server of its own. */
async function scaled(scenario: string, ...more: string[]) {
  const { code, out, err } = await load(
    '--scenario',
    scenario,
    ...['--seconds', '1', '--rate-scale', '0.04', '--json', ...GENEROUS, ...more],
  );
  expect(err).toBe('');
  const result = JSON.parse(out);
  const crossed: string[] = result.thresholds
    .filter(({ passed }: { passed: boolean }) => !passed)
    .map(({ text }: { text: string }) => text);
  return { code, crossed, ...result };
}

describe.each(SCENARIOS)('%s', (scenario) => {
  test('passes against a good server, fails against a slow one and a failing one', async () => {
    const [good, slow, failing] = await Promise.all([
      scaled(scenario),
      scaled(scenario, '--server', 'slow', '-e', 'P99_MS=1000'),
      scaled(scenario, '--server', 'failing'),
    ]);
    expect(good.abortedBy).toEqual([]);
    // Users wait for their answers, so a busy machine lets them send fewer requests.
    expect(good.crossed.filter((text: string) => !text.startsWith('http_reqs'))).toEqual([]);
    expect(good.requests).toBeGreaterThan(0);
    expect(slow.code).toBe(99);
    expect(slow.crossed).toContainEqual(expect.stringMatching(/^http_req_duration.*p\(99\)<1000$/));
    expect(slow.crossed).not.toContainEqual(expect.stringMatching(/^http_req_failed.*rate<0.001$/));
    expect(failing.code).toBe(99);
    expect(failing.crossed).toContainEqual(expect.stringMatching(/^http_req_failed.*rate<0.001$/));
    expect(failing.crossed).not.toContainEqual(expect.stringMatching(/^http_req_duration/));
  });
});

test('exits with 0 where every threshold passes', async () => {
  const good = await scaled('smoke');
  expect(good).toMatchObject({ code: 0, crossed: [], abortedBy: [], dropped: 0 });
});

test('stress finds the limit of a server', async () => {
  // Steps up to 200 requests per second; the server takes 125. Which step breaks depends on the machine here, and is
  // tested with a simulated server.
  const { code, abortedBy } = await scaled(
    'stress',
    ...['--server', 'limited', '--seconds', '4', '--rate-scale', '0.1'],
  );
  expect(code).toBe(99);
  expect(abortedBy).toContainEqual(expect.stringMatching(/^http_req_failed\{scenario:at_\d_/));
});

test('a test of an API that is down ends early', async () => {
  const { abortedBy, requests } = await scaled('soak', '--server', 'down', '--seconds', '60');
  expect(abortedBy).toContainEqual(expect.stringMatching(/rate<0.5$/));
  // A minute would have had 1,200.
  expect(requests).toBeLessThan(600);
});

test('an API that is down fails requests to an LLM too', async () => {
  const ask = { name: 'ask', weight: 1, method: 'GET', path: '/ask', status: 200, kind: 'llm' };
  const { code, crossed } = await scaled('smoke', '--server', 'down', '-e', `MIX=${JSON.stringify([ask])}`);
  expect(code).toBe(99);
  expect(crossed).toContain('http_req_failed{scenario:smoke,kind:llm}: rate<0.5');
});

test('answers that never come are failures, after their time', async () => {
  const warnings: Error[] = [];
  const remember = (warning: Error) => warnings.push(warning);
  process.on('warning', remember);
  const silent = new FaultServer(() => ({ status: 200 }));
  await silent.listen();
  silent.failWhere(() => true, { kind: 'hang' });
  const { crossed, thresholds } = await scaled(
    'smoke',
    '--target',
    silent.url,
    '-e',
    'TIMEOUT_MS=1000',
    '-e',
    'P50_MS=100',
  );
  await silent.close();
  process.off('warning', remember);
  // Such as TimeoutNegativeWarning.
  expect(warnings).toEqual([]);
  expect(crossed).toContainEqual(expect.stringMatching(/^http_req_failed.*rate<0.001$/));
  expect(thresholds).toContainEqual(
    expect.objectContaining({ text: expect.stringContaining('p(50)<100'), measured: 1000 }),
  );
});

test('connections that are cut are failures', async () => {
  const cutting = new FaultServer(() => ({ status: 200 }));
  await cutting.listen();
  cutting.failWhere(() => true, { kind: 'drop' });
  const { crossed } = await scaled('smoke', '--target', cutting.url);
  await cutting.close();
  expect(crossed).toContainEqual(expect.stringMatching(/^http_req_failed.*rate<0.001$/));
});

test('a right status that is not the expected one is no success', async () => {
  const redirecting = new FaultServer(() => ({ status: 302, headers: { location: '/log-in' } }));
  await redirecting.listen();
  const { code, crossed } = await scaled('smoke', '--target', redirecting.url);
  await redirecting.close();
  expect({ code, crossed }).toEqual({ code: 99, crossed: ['checks{scenario:smoke,kind:api}: rate>0.999'] });
});

test('the LLM has its own objectives, from what the API says of it', async () => {
  const { crossed, thresholds } = await scaled(
    'smoke',
    ...['-e', 'WRITES=true', '-e', 'CACHE_HEADER=X-Cache', '-e', 'LLM_MS=60000', '--server', 'slow'],
    ...['-e', `MIX=${JSON.stringify([LLM_REQUEST, API_REQUEST])}`],
  );
  expect(thresholds).toContainEqual(
    expect.objectContaining({ text: 'llm_cache_hits: rate>0.6', passed: true, measured: 1 }),
  );
  expect(thresholds).toContainEqual(
    expect.objectContaining({ text: 'http_req_duration{kind:llm}: avg<60000', passed: true }),
  );
  expect(crossed.every((text: string) => text.includes('kind:api') || text.startsWith('http_reqs'))).toBe(
    true,
  );
});

test('asks for the mix of the script, and writes when told to', async () => {
  const api = new StubApi('good', () => performance.now());
  const origin = await api.listen();
  await scaled('smoke', '--target', origin);
  expect(Object.keys(api.received)).toEqual(
    expect.arrayContaining(['GET /api/v1/costs/summary', 'GET /api/v1/costs', 'GET /api/v1/requests']),
  );
  expect(api.received).not.toHaveProperty(['POST /api/v1/requests']);
  await scaled('smoke', '--target', origin, '-e', 'WRITES=true');
  expect(api.received['POST /api/v1/requests']).toBe(6);
  await api.close();
});

test('prints a table of thresholds and the verdict', async () => {
  const { code, out } = await load('--scenario', 'smoke', '--server', 'slow', '--seconds', '1');
  expect(code).toBe(99);
  expect(out).toMatch(/^threshold +measured +of +verdict\n/);
  expect(out).toMatch(/http_req_duration\{scenario:smoke,kind:api\}: p\(50\)<100 +\d{4,}.\d +9 +CROSSED/);
  expect(out).toMatch(/\nsmoke FAILED: \d of 7 thresholds crossed$/);
});

test.each([
  [[], /--scenario <name> is needed/],
  [['--scenario', 'peak'], /--scenario must be one of smoke, load, stress, spike, soak, got peak/],
  [['--scenario', 'load', '--server', 'odd'], /--server must be one of good, slow/],
  [['--scenario', 'load', '--server', 'good', '--target', 'http://127.0.0.1'], /either --server or --target/],
  [
    ['--scenario', 'load', '--target', 'https://api.example.com'],
    /--target must be an http:\/\/ address on loopback/,
  ],
  [['--scenario', 'load', '--target', 'http://10.1.2.3'], /--target must be on loopback.*got 10.1.2.3/],
  [['--scenario', 'load', '--seconds', '0'], /--seconds must be a number between 0.5 and 14400, got 0/],
  [['--scenario', 'load', '--rate', '0'], /--rate must be a number between 1 and 10000, got 0/],
  [['--scenario', 'load', '--users', 'all'], /--users must be a whole number between 0 and 100000, got all/],
  [['--scenario', 'spike', '--ramp', '0'], /--ramp must be a number between 0.1 and 600, got 0/],
  [['--scenario', 'load', '--pods', '2'], /--pods needs --target local/],
  [
    ['--scenario', 'load', '--target', 'local', '--pods', '9'],
    /--pods must be a whole number between 1 and 8/,
  ],
  [['--scenario', 'load', '--report', 'dist/x'], /--report, --save and --compare need a server of yours/],
  [['--scenario', 'load', '--save', '--compare'], /either --save or --compare/],
  [
    ['--scenario', 'load', '--target', 'http://127.0.0.1:9', '--compare', '--baseline', '/nowhere/b.json'],
    /there is no baseline at \/nowhere\/b.json: measure one with --save first/,
  ],
  [['--scenario', 'load', '--rate-scale', '2'], /--rate-scale must be a number between 0.001 and 1, got 2/],
  [['--scenario', 'load', '--env', 'RPS'], /--env must be NAME=value, got RPS/],
  [['--scenario', 'load', '--env', 'BASE_URL=http://10.0.0.1'], /--env BASE_URL is set by --target/],
  [['--scenario', 'load', '-e', 'RPS=none'], /RPS must be a number between 1 and 100000, got none/],
  [['--scenario', 'smoke', '--fast'], /--fast/],
])('fails with %j', async (argv, message) => {
  const { code, err } = await load(...(argv as string[]));
  expect(code).toBe(1);
  expect(err).toMatch(message as RegExp);
});

test('fails before it sends more than a machine should', async () => {
  const { code, err } = await load(
    '--scenario',
    'load',
    '-e',
    'RPS=100000',
    '--rate-scale',
    '1',
    '--target',
    'http://127.0.0.1:9',
  );
  expect(code).toBe(1);
  expect(err).toMatch(/a run may have 10000 requests per second at most, got 100000/);
});

test('a ramp of a given length takes that long, whatever the length of the run', async () => {
  const { out } = await load(
    ...['--scenario', 'spike', '--seconds', '3', '--ramp', '0.3', '--rate', '100', '--json'],
    ...['-e', 'SPIKE_FACTOR=100', ...GENEROUS],
  );
  const { phases, figures } = JSON.parse(out);
  const lengthOf = (name: string) => phases.find((phase: { name: string }) => phase.name === name).seconds;
  expect([lengthOf('surge'), lengthOf('fall')]).toEqual([expect.closeTo(0.3, 1), expect.closeTo(0.3, 1)]);
  expect(lengthOf('peak')).toBeCloseTo((3 - 0.6) * (180 / 420), 1);
  expect(figures.requestsPerSecond).toBeGreaterThan(80);
});

test('a server of yours gets a report, of a load that another process offers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  const api = new StubApi('good', () => performance.now());
  const { code, out, err } = await load(
    ...['--scenario', 'smoke', '--target', await api.listen(), '--seconds', '1', '--report', folder],
    ...GENEROUS,
  );
  await api.close();
  const files = readdirSync(folder);
  rmSync(folder, { recursive: true });
  expect(out).toMatch(/smoke passed: 7 thresholds/);
  expect(out).toMatch(/Processor time of a request: generator [\d.]+ ms/);
  expect(out).toContain(`Report: ${join(folder, 'report.html')}`);
  expect({ code, files }).toEqual({ code: 0, files: ['report.html', 'report.json'] });
  expect(err).toMatch(/^0 s: \d+\/s, p95 \d+ ms, LLM - ms, 0 refused, 0 errors/m);
});

test('sends the key of the environment to a server of yours, and shows it nowhere', async () => {
  const seen = new Set<string | undefined>();
  const server = createServer((request, response) => {
    seen.add(request.headers.authorization);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const { API_TOKEN: before } = process.env;
  process.env['API_TOKEN'] = 'key-of-the-environment';
  const result = await scaled('smoke', '--target', `http://127.0.0.1:${port}`).finally(() => {
    if (before === undefined) delete process.env['API_TOKEN'];
    else process.env['API_TOKEN'] = before;
    server.close();
  });
  expect([...seen]).toEqual(['Bearer key-of-the-environment']);
  expect(result.code).toBe(0);
  expect(JSON.stringify(result)).not.toContain('key-of-the-environment');
});

test('--help lists every option', async () => {
  const { code, out } = await load('--help');
  expect(code).toBe(0);
  for (const option of [
    '--scenario',
    '--server',
    '--target',
    '--seconds',
    '--rate-scale',
    '--rate',
    '--users',
    '--ramp',
    '--warm-up',
    '--pods',
    '--records',
    '--behaviour',
    '--report',
    '--save',
    '--compare',
    '--baseline',
    '--repeat',
    '--env',
    '--json',
  ]) {
    expect(out).toContain(option);
  }
});
