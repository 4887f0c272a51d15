import { setTimeout as sleep } from 'node:timers/promises';
import { FailureLog } from '../../../service/cache/failure-log';
import { FallbackRateCounter } from '../../../service/cache/fallback-rate-counter';
import { MemoryRateCounter } from '../../../service/cache/memory-rate-counter';
import type { RateCounter } from '../../../service/cache/rate-counter';
import { SteppedRateCounter } from '../../../service/cache/stepped-rate-counter';
import { ValkeyRateCounter } from '../../../service/cache/valkey-rate-counter';
import { describeWithServers } from '../../helpers/servers';
import { connected, openClient, type TestClient, ValkeyServer } from './valkey-server';

/** What every counter does. */
function countsInWindows(counter: () => RateCounter): void {
  test('counts the requests of each key apart', async () => {
    const counts = [];
    for (const key of ['a', 'b', 'a', 'a']) counts.push((await counter().count(key, 60_000)).requests);
    expect(counts).toEqual([1, 1, 2, 3]);
  });

  test('counts every one of 200 requests at once', async () => {
    const counts = await Promise.all(Array.from({ length: 200 }, () => counter().count('many', 60_000)));
    const requests = counts.map((count) => count.requests).sort((one, other) => one - other);
    expect(requests).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  test('tells when the window ends, however many requests come, and begins a new one', async () => {
    const { remainingMs } = await counter().count('window', 300);
    expect(remainingMs).toBe(300);
    await sleep(150);
    const second = await counter().count('window', 300);
    expect(second.requests).toBe(2);
    expect(second.remainingMs).toBeLessThanOrEqual(160);
    await sleep(200);
    expect(await counter().count('window', 300)).toEqual({ requests: 1, remainingMs: 300 });
  });
}

describe('the counter of a pod', () => {
  const counter = new MemoryRateCounter(() => new Date());
  countsInWindows(() => counter);
});

describe('a counter that asks in steps', () => {
  const clock = () => new Date();
  const counter = new SteppedRateCounter({ counter: new MemoryRateCounter(clock), now: clock });
  countsInWindows(() => counter);

  /** Two pods with one shared counter, on a clock that the test moves. */
  function pods() {
    let time = 0;
    const now = () => new Date(time);
    const shared = new MemoryRateCounter(now);
    let asked = 0;
    const counted: RateCounter = {
      count: (...args) => {
        asked += 1;
        return shared.count(...args);
      },
    };
    return {
      first: new SteppedRateCounter({ counter: counted, now }),
      second: new SteppedRateCounter({ counter: counted, now }),
      asked: () => asked,
      pass: (ms: number) => {
        time += ms;
      },
    };
  }

  test('counts the first 200 requests of a window one by one, by all pods together', async () => {
    const { first, second } = pods();
    const counts = [];
    for (let turn = 0; turn < 100; turn += 1) {
      counts.push((await first.count('key', 60_000)).requests, (await second.count('key', 60_000)).requests);
    }
    expect(counts).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  test('asks 50 times a second about a busy key, and every pod learns of the others’ requests', async () => {
    const { first, second, asked, pass } = pods();
    for (const pod of [first, second])
      for (let count = 0; count < 200; count += 1) await pod.count('key', 60_000);
    const before = asked();
    let last = { requests: 0 };
    for (let ms = 0; ms < 1000; ms += 1) {
      pass(1);
      await first.count('key', 60_000);
      last = await second.count('key', 60_000);
    }
    expect(asked() - before).toBeLessThanOrEqual(2 * 51);
    // Each pod may miss what the other has counted since it last told.
    expect(last.requests).toBeGreaterThan(400 + 2000 - 2 * 20);
    expect(last.requests).toBeLessThanOrEqual(400 + 2000);
  });

  test('begins a new window with none of the former one', async () => {
    const { first, pass } = pods();
    for (let count = 0; count < 300; count += 1) await first.count('key', 1000);
    pass(1000);
    expect(await first.count('key', 1000)).toEqual({ requests: 1, remainingMs: 1000 });
  });
});

describeWithServers('the counter in Valkey', ['valkey-server'], () => {
  let server: ValkeyServer;
  let opened: TestClient;
  let counter: RateCounter;

  beforeAll(async () => {
    server = await ValkeyServer.start();
    opened = openClient({ port: server.port });
    counter = new ValkeyRateCounter(opened.client);
    await connected(opened);
  });
  afterAll(async () => {
    await opened?.client.close();
    await server?.remove();
  });

  countsInWindows(() => counter);

  test('gives an expiry to a key that has lost it', async () => {
    await counter.count('eternal', 60_000);
    await server.send('PERSIST', '{rl:eternal}:requests');
    expect(await counter.count('eternal', 60_000)).toEqual({ requests: 2, remainingMs: 60_000 });
    expect(await server.send('PTTL', '{rl:eternal}:requests')).toBeGreaterThan(50_000);
  });
});

describe('a counter with a fallback', () => {
  const EXACT = { requests: 7, remainingMs: 1000 };

  function fallback(shared: RateCounter['count'], isConnected = () => true) {
    let time = 0;
    const decisions: string[] = [];
    const failures: string[] = [];
    const asked = jest.fn(shared);
    const now = () => new Date(time);
    const counter = new FallbackRateCounter({
      shared: { count: asked },
      isConnected,
      own: new MemoryRateCounter(now),
      now,
      onDecision: (decision) => decisions.push(decision),
      onFailure: ({ message }) => failures.push(message),
    });
    return { counter, asked, decisions, failures, advance: (ms: number) => (time += ms) };
  }

  test('lets the shared count decide', async () => {
    const { counter, decisions } = fallback(async () => EXACT);
    expect(await counter.count('key', 60_000)).toEqual(EXACT);
    expect(decisions).toEqual(['shared']);
  });

  test('knows the pod’s requests from before the failure', async () => {
    let fails = false;
    const { counter, decisions, failures } = fallback(async () => {
      if (fails) throw new Error('broken');
      return EXACT;
    });
    await counter.count('key', 60_000);
    await counter.count('key', 60_000);
    fails = true;
    expect(await counter.count('key', 60_000)).toEqual({ requests: 3, remainingMs: 60_000 });
    expect(decisions).toEqual(['shared', 'shared', 'pod']);
    expect(failures).toEqual(['broken']);
  });

  test('waits 100 ms for an answer, and does not ask again for a second', async () => {
    const { counter, asked, failures, advance } = fallback(() => new Promise(() => undefined));
    const started = performance.now();
    expect((await counter.count('key', 60_000)).requests).toBe(1);
    const waited = performance.now() - started;
    expect(waited).toBeGreaterThan(90);
    await counter.count('key', 60_000);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(failures).toEqual(['the shared counter of rate limits did not answer within 100 ms']);
    advance(1000);
    await counter.count('key', 60_000);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test('does not ask while there is no connection', async () => {
    const { counter, asked, failures } = fallback(
      async () => EXACT,
      () => false,
    );
    expect((await counter.count('key', 60_000)).requests).toBe(1);
    expect(asked).not.toHaveBeenCalled();
    expect(failures).toEqual([]);
  });

  test('fails where Valkey answers something else', async () => {
    const counter = new ValkeyRateCounter({ evaluate: async () => 'OK' });
    await expect(counter.count('key', 60_000)).rejects.toThrow('must answer a count and a time, got "OK"');
  });
});

test('failures are all counted, and logged once a minute with the number of the others', () => {
  let time = 0;
  const warn = jest.fn();
  const onFailure = jest.fn();
  const log = new FailureLog({ logger: { warn }, now: () => new Date(time), onFailure });
  for (const milliseconds of [0, 1, 59_999, 60_000]) {
    time = milliseconds;
    log.note(new Error(`at ${milliseconds}`));
  }
  expect(onFailure).toHaveBeenCalledTimes(4);
  expect(warn.mock.calls.map(([{ err, unlogged }]) => [err.message, unlogged])).toEqual([
    ['at 0', 0],
    ['at 60000', 2],
  ]);
});
