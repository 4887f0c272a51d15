import fc from 'fast-check';
import { FallbackTokenCounter } from '../../../service/budgets/tokens/fallback-token-counter';
import { MemoryTokenCounter } from '../../../service/budgets/tokens/memory-token-counter';
import type { TokenCounter } from '../../../service/budgets/tokens/token-counter';
import {
  TokenLimitError,
  TokenLimiter,
  type TokenQuestion,
} from '../../../service/budgets/tokens/token-limiter';
import { ValkeyTokenCounter } from '../../../service/budgets/tokens/valkey-token-counter';
import { describeWithServers } from '../../helpers/servers';
import { connected, openClient, type TestClient, ValkeyServer } from '../cache/valkey-server';

/** What every counter does. */
function countsTokens(counter: () => TokenCounter): void {
  test('grants tokens up to the limit of a minute, and not one more', async () => {
    const window = { name: 'limit', minute: 1 };
    expect(await counter().take(window, 60, 100)).toEqual({ granted: true, used: 60 });
    expect(await counter().take(window, 41, 100)).toEqual({ granted: false, used: 60 });
    expect(await counter().take(window, 40, 100)).toEqual({ granted: true, used: 100 });
    expect(await counter().take(window, 0, 100)).toEqual({ granted: true, used: 100 });
  });

  test('counts names and minutes apart', async () => {
    await counter().take({ name: 'apart', minute: 1 }, 100, 100);
    expect(await counter().take({ name: 'apart', minute: 2 }, 100, 100)).toMatchObject({ granted: true });
    expect(await counter().take({ name: 'other', minute: 2 }, 100, 100)).toMatchObject({ granted: true });
  });

  test('takes tokens back, at most to 0', async () => {
    const window = { name: 'back', minute: 1 };
    await counter().take(window, 60, 100);
    await counter().add(window, -50);
    expect(await counter().take(window, 0, 100)).toEqual({ granted: true, used: 10 });
    await counter().add(window, -50);
    expect(await counter().take(window, 100, 100)).toEqual({ granted: true, used: 100 });
  });

  test('of 100 calls at once lets as many through as there is room for', async () => {
    const window = { name: 'many', minute: 1 };
    const counts = await Promise.all(Array.from({ length: 100 }, () => counter().take(window, 30, 1000)));
    expect(counts.filter(({ granted }) => granted)).toHaveLength(33);
  });
}

describe('the token counter of a pod', () => {
  const counter = new MemoryTokenCounter();
  countsTokens(() => counter);

  test('keeps the count of a minute when an earlier one is corrected', async () => {
    await counter.take({ name: 'late', minute: 2 }, 60, 100);
    await counter.add({ name: 'late', minute: 1 }, 10);
    expect(await counter.take({ name: 'late', minute: 2 }, 0, 100)).toMatchObject({ used: 60 });
  });
});

describeWithServers('the token counter in Valkey', ['valkey-server'], () => {
  let server: ValkeyServer;
  let opened: TestClient;
  let counter: TokenCounter;

  beforeAll(async () => {
    server = await ValkeyServer.start();
    opened = openClient({ port: server.port });
    counter = new ValkeyTokenCounter(opened.client);
    await connected(opened);
  });
  afterAll(async () => {
    await opened?.client.close();
    await server?.remove();
  });

  countsTokens(() => counter);

  test('keeps a window for two minutes', async () => {
    await counter.take({ name: 'key:1', minute: 7 }, 5, 100);
    const left = Number(await server.send('PTTL', '{rl:key:1}:tokens:7'));
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(120_000);
  });
});

test('fails where Valkey answers something else', async () => {
  const counter = new ValkeyTokenCounter({ evaluate: async () => 'OK' });
  await expect(counter.take({ name: 'a', minute: 1 }, 1, 1)).rejects.toThrow('a decision and a count');
});

describe('a token counter with a fallback', () => {
  test('knows the tokens from before a failure, and asks again after a second', async () => {
    let time = 0;
    let fails = false;
    const failures: string[] = [];
    const shared = new MemoryTokenCounter();
    const broken = async () => {
      throw new Error('broken');
    };
    const counter = new FallbackTokenCounter({
      shared: {
        take: (window, tokens, limit) => (fails ? broken() : shared.take(window, tokens, limit)),
        add: (window, tokens) => (fails ? broken() : shared.add(window, tokens)),
      },
      isConnected: () => true,
      own: new MemoryTokenCounter(),
      now: () => new Date(time),
      onFailure: ({ message }) => failures.push(message),
    });
    const window = { name: 'a', minute: 0 };
    await counter.take(window, 60, 100);
    fails = true;
    expect(await counter.take(window, 50, 100)).toEqual({ granted: false, used: 60 });
    await counter.add(window, -20);
    expect(failures).toEqual(['broken']);
    fails = false;
    time = 1000;
    // The shared counter has not heard of the 20 tokens that were given back.
    expect(await counter.take(window, 0, 100)).toEqual({ granted: true, used: 60 });
  });
});

describe('the limiter of tokens', () => {
  const question: TokenQuestion = {
    keyId: 'k',
    projectId: 'p',
    tokensPerMinute: { key: 100, project: 150 },
    estimate: 60,
  };
  let time = 0;
  const limiter = () => new TokenLimiter({ counter: new MemoryTokenCounter(), now: () => new Date(time) });
  beforeEach(() => {
    time = 30_500;
  });

  test('asks nothing without a limit', async () => {
    const counter = { take: jest.fn(), add: jest.fn() };
    const unlimited = new TokenLimiter({ counter, now: () => new Date(time) });
    expect(await unlimited.take({ ...question, tokensPerMinute: { key: null, project: null } })).toBeNull();
    expect(counter.take).not.toHaveBeenCalled();
  });

  test('refuses what passes the limit of the key, and says when the minute ends', async () => {
    const limits = limiter();
    await limits.take(question);
    await expect(limits.take(question)).rejects.toMatchObject({
      ...{ name: 'TokenLimitError', scope: 'key', limit: 100, used: 60, estimate: 60, retryAfterSeconds: 30 },
      message:
        'The key may use 100 tokens a minute; 60 are used, and this call may use 60. Send it again in 30 s, or with a smaller max_tokens.',
    });
    time = 60_000;
    expect(await limits.take(question)).not.toBeNull();
  });

  test("refuses what passes the project's limit with other keys, and counts nothing for the key then", async () => {
    const limits = limiter();
    await limits.take(question);
    await limits.take({ ...question, keyId: 'second' });
    const third = { ...question, keyId: 'third' };
    await expect(limits.take(third)).rejects.toMatchObject({ scope: 'project', used: 120 });
    const alone = { ...third, tokensPerMinute: { key: 100, project: null } };
    expect(await limits.take({ ...alone, estimate: 100 })).not.toBeNull();
  });

  test('tells a call that no minute has room for', async () => {
    await expect(limiter().take({ ...question, estimate: 101 })).rejects.toThrow('no minute has room');
  });

  test.each([
    // actual, at the end of the call (ms), room left in the minute of the start, and in that of the end
    { actual: 10, end: 31_000, start: 90, later: 100 },
    { actual: 90, end: 31_000, start: 10, later: 100 },
    { actual: 10, end: 61_000, start: 90, later: 100 },
    { actual: 90, end: 61_000, start: 40, later: 70 },
  ])('counts $actual tokens instead of 60 for a call that ends at $end ms', async (row) => {
    const counter = new MemoryTokenCounter();
    const added = jest.spyOn(counter, 'add');
    const limits = new TokenLimiter({ counter, now: () => new Date(time) });
    const grant = await limits.take({ ...question, tokensPerMinute: { key: 100, project: null } });
    time = row.end;
    grant?.correct(row.actual);
    grant?.correct(row.actual);
    expect(added).toHaveBeenCalledTimes(1);
    const rooms = { 0: 100 - 60, 1: 100 };
    const [window, tokens] = added.mock.calls[0] ?? [];
    if (window) rooms[window.minute as 0 | 1] -= Number(tokens);
    expect(rooms).toEqual({ 0: row.start, 1: row.later });
  });

  test('never grants more than the limits, whatever comes at once', async () => {
    const calls = fc.array(
      fc.record({ keyId: fc.constantFrom('a', 'b'), estimate: fc.integer({ min: 0, max: 80 }) }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(calls, async (asked) => {
        const limits = limiter();
        const granted = await Promise.all(
          asked.map((call) =>
            limits.take({ ...question, ...call }).then(
              () => call,
              (error: unknown) => {
                expect(error).toBeInstanceOf(TokenLimitError);
                return { ...call, estimate: 0 };
              },
            ),
          ),
        );
        const sum = (key: string) =>
          granted.reduce((total, { keyId, estimate }) => total + (keyId === key ? estimate : 0), 0);
        expect(Math.max(sum('a'), sum('b'))).toBeLessThanOrEqual(100);
        expect(sum('a') + sum('b')).toBeLessThanOrEqual(150);
      }),
      { numRuns: 100 },
    );
  });
});
