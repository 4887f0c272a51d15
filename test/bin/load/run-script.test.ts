import { type LoadPorts, runScript, type ScriptResult } from '../../../bin/load/run-script';
import { bundleScript, evaluateScript, type ScenarioName, type Script } from '../../../bin/load/script';
import { SimulatedServer } from './simulated-server';

async function script(name: ScenarioName, env: Record<string, string>): Promise<Script> {
  return evaluateScript(name, await bundleScript(name), { BASE_URL: 'http://127.0.0.1:9', ...env });
}

async function simulate(
  name: ScenarioName,
  env: Record<string, string>,
  ports: LoadPorts,
): Promise<ScriptResult & { readonly crossed: readonly string[] }> {
  const result = await runScript(await script(name, env), ports);
  const crossed = result.thresholds.filter(({ passed }) => !passed).map(({ text }) => text);
  return { ...result, crossed };
}

test('sends an open load in full, and every threshold passes against a good server', async () => {
  // 1,000 requests per second for 12 minutes, scaled by 0.04 and by 0.002, without the users.
  const env = { RATE_SCALE: '0.04', TIME_SCALE: '0.002', USERS: '0' };
  const { requests, dropped, crossed, abortedBy } = await simulate(
    'load',
    env,
    new SimulatedServer(() => 200),
  );
  expect({ dropped, crossed, abortedBy }).toEqual({ dropped: 0, crossed: [], abortedBy: [] });
  expect(requests).toBeGreaterThan(0.99 * 40 * 1.2);
});

test('fails smoke against a server that fails each fifth request, in every one of its requests', async () => {
  const failing = new SimulatedServer((number) => (number % 5 === 0 ? 503 : 200));
  const { requests, crossed } = await simulate('smoke', { TIME_SCALE: '0.01' }, failing);
  expect(requests).toBe(9);
  expect(crossed).toEqual([
    'http_req_failed{scenario:smoke,kind:api}: rate<0.001',
    'checks{scenario:smoke,kind:api}: rate>0.999',
  ]);
});

test('ends stress at the step that breaks, and says which', async () => {
  // Steps at 50, 100, 150 and 200 requests per second; the server takes 125.
  const limited = new SimulatedServer((_number, servedInLastSecond) =>
    servedInLastSecond < 125 ? 200 : 503,
  );
  const env = { RATE_SCALE: '0.1', TIME_SCALE: '0.005' };
  const { crossed, abortedBy, thresholds } = await simulate('stress', env, limited);
  expect(crossed.filter((text) => /at_[12]_/.test(text))).toEqual([]);
  expect(abortedBy).toContainEqual(expect.stringContaining('scenario:at_3_150_rps'));
  expect(thresholds).toContainEqual(
    expect.objectContaining({
      text: expect.stringMatching(/^http_reqs\{scenario:at_4_200/),
      samples: 0,
      passed: false,
    }),
  );
});

test('ends early where the API is down', async () => {
  const down = new SimulatedServer(() => 503);
  const { requests, seconds, abortedBy } = await simulate(
    'soak',
    { RATE_SCALE: '0.04', TIME_SCALE: '0.004' },
    down,
  );
  expect(abortedBy).toContainEqual(expect.stringMatching(/^http_req_failed.*rate<0.5$/));
  expect(requests).toBeLessThan(10);
  expect(seconds).toBeLessThan(1);
});

test('waits for every request that was sent, and counts it', async () => {
  const simulated = new SimulatedServer(() => 200);
  const late: LoadPorts = {
    ...simulated,
    // Answers come when the load has ended.
    send: (request, onAnswer) => void setImmediate(() => simulated.send(request, onAnswer)),
  };
  const env = { RATE_SCALE: '0.04', TIME_SCALE: '0.002', USERS: '0', P99_MS: '60000' };
  const { requests, crossed } = await simulate('load', env, late);
  expect(requests).toBeGreaterThan(0.99 * 40 * 1.2);
  expect(crossed).toEqual([]);
});

test('fails with the error of what sends its requests, at once', async () => {
  const simulated = new SimulatedServer(() => 200);
  const broken: LoadPorts = {
    ...simulated,
    send: () => {
      throw new Error('no sockets left');
    },
  };
  await expect(simulate('smoke', {}, broken)).rejects.toThrow('no sockets left');
  expect(simulated.now()).toBeLessThan(1000);
});

test('counts the time of a request from when it was due, however late the generator is', async () => {
  const simulated = new SimulatedServer(() => 200);
  // The generator stands still for 200 ms at a time, and the server answers in 5 ms.
  const stalling: LoadPorts = { ...simulated, sleep: () => simulated.sleep(200) };
  const env = { RATE_SCALE: '0.1', TIME_SCALE: '0.02', USERS: '0', SPIKE_FACTOR: '2' };
  const [punctual, stalled] = [
    await simulate('spike', env, new SimulatedServer(() => 200)),
    await simulate('spike', env, stalling),
  ];
  expect(punctual.figures.api).toMatchObject({ p50: expect.closeTo(5, 0), p99: expect.closeTo(5, 0) });
  // Spread evenly over the 200 ms.
  expect(stalled.figures.api?.p50).toBeGreaterThan(80);
  expect(stalled.figures.api?.p50).toBeLessThan(130);
  expect(stalled.figures.lateP99Ms).toBeGreaterThan(150);
  expect(Math.abs(stalled.requests - punctual.requests)).toBeLessThan(25);
});

test('holds as many users as there are to be, each with one connection and its own pauses', async () => {
  const simulated = new SimulatedServer(() => 200);
  let connected = 0;
  const senders = new Set<number>();
  const ports: LoadPorts = {
    ...simulated,
    user: () => {
      connected += 1;
      const number = connected;
      return (request, onAnswer) => {
        senders.add(number);
        simulated.send(request, onAnswer);
      };
    },
  };
  const env = { RATE_SCALE: '0.01', TIME_SCALE: '0.01', USERS: '5000', THINK_SECONDS: '2' };
  const { figures, crossed, timeline } = await simulate('load', env, ports);
  expect({ connected, crossed }).toEqual({ connected: 50, crossed: [] });
  expect(figures).toMatchObject({ users: 50, errorPercent: 0, requestsPerSecond: expect.closeTo(10, 0) });
  expect(senders.size).toBeGreaterThan(40);
  expect(timeline.at(-1)).toMatchObject({ users: 50 });
});

test('tells a spike after its first seconds apart, when it should be over', async () => {
  // Slow while the load jumps, and quick again 8 s later.
  const simulated = new SimulatedServer(() => 200);
  const recovering: LoadPorts = {
    ...simulated,
    send: (request, onAnswer) =>
      simulated.send(request, ({ answer }) => {
        const seconds = simulated.now() / 1000;
        onAnswer({ answer, milliseconds: seconds > 12 && seconds < 20 ? 3000 : 20 });
      }),
  };
  const env = { RATE_SCALE: '0.1', TIME_SCALE: '0.1', SPIKE_FACTOR: '10' };
  const { figures } = await simulate('spike', env, recovering);
  expect(figures.api?.p95).toBeGreaterThan(2000);
  expect(figures.settledP99Ms).toBeCloseTo(20, -1);
});

test('refusals are no answers and no errors in the figures, but fail the thresholds', async () => {
  // Of ten requests the server refuses the last three at once, and answers one wrongly.
  const statusOf = (number: number) => (number % 10 >= 7 ? 503 : number % 10 === 6 ? 500 : 200);
  const refusing = (headers: Readonly<Record<string, string>>): LoadPorts => {
    const simulated = new SimulatedServer(statusOf);
    return {
      ...simulated,
      send: (request, onAnswer) =>
        simulated.send(request, ({ answer }) => {
          const isRefused = answer.status === 503;
          const own = isRefused ? { ...answer, headers } : answer;
          onAnswer({ answer: own, milliseconds: isRefused ? 1 : 50 });
        }),
    };
  };
  const env = { RATE_SCALE: '0.1', TIME_SCALE: '0.05', USERS: '0' };
  const run = await simulate('spike', env, refusing({ 'retry-after': '2' }));
  const { figures, requests, refused, timeline, thresholds } = run;
  expect(refused / requests).toBeCloseTo(0.3, 1);
  expect(figures).toMatchObject({
    // With the refusals it would be 1.
    api: { p50: expect.closeTo(50, 0) },
    settledP99Ms: null,
    errorPercent: expect.closeTo(10, 0),
  });
  expect(figures.requestsPerSecond).toBeCloseTo(0.7 * (figures.offeredPerSecond ?? 0), -1);
  expect(timeline.reduce((sum, row) => sum + row.refused, 0)).toBe(refused);
  expect(timeline.some(({ errors }) => (errors.server ?? 0) > 0)).toBe(true);
  const failed = thresholds.find(({ text }) => text.startsWith('http_req_failed{scenario:peak'));
  expect(failed).toMatchObject({ measured: expect.closeTo(0.4, 1), passed: false });

  // Without the header nobody knows that it is a refusal.
  const other = await simulate('spike', env, refusing({}));
  expect(other.refused).toBe(0);
  expect(other.figures.errorPercent).toBeCloseTo(40, 0);
});
