import fc from 'fast-check';
import { MemorySharedCache } from '../../../service/cache/shared/memory-shared-cache';
import { CacheWarmer } from '../../../service/cache/warming/cache-warmer';
import { PopularQueries } from '../../../service/cache/warming/popular-queries';

const NEVER = new AbortController().signal;

describe('popular queries', () => {
  test('have every query that is more than its share, with a count that is not too low', () => {
    const most = 10;
    const query = fc.oneof(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 200 }).map(String));
    fc.assert(
      fc.property(fc.array(query, { maxLength: 400 }), (asked) => {
        const popular = new PopularQueries(most);
        const exact = new Map<string, number>();
        for (const one of asked) {
          popular.add(one);
          exact.set(one, (exact.get(one) ?? 0) + 1);
        }
        const top = popular.top(most);
        const counts = new Map(top.map(({ query: one, count }) => [one, count]));
        expect(top.length).toBeLessThanOrEqual(most);
        for (const [one, times] of exact) {
          if (times > asked.length / most) expect(counts.get(one)).toBeGreaterThanOrEqual(times);
        }
        expect(top.map(({ count }) => count)).toEqual(top.map(({ count }) => count).sort((a, b) => b - a));
      }),
    );
  });

  test('forget in time, and count no endless query', () => {
    const popular = new PopularQueries();
    popular.add('once');
    popular.add('often', 9);
    popular.add('x'.repeat(2001), 100);
    popular.decay();
    expect(popular.top(10)).toEqual([{ query: 'often', count: 4 }]);
  });
});

describe('a warmer', () => {
  const open = (shared: MemorySharedCache | null, elapsedMs = () => 0) => {
    const failures: unknown[] = [];
    return {
      failures,
      warmer: new CacheWarmer({
        shared,
        name: 'costs',
        elapsedMs,
        onFailure: (error) => failures.push(error),
      }),
    };
  };
  const memory = () => new MemorySharedCache(() => new Date(0));

  test('runs in a new pod what all pods were asked most, the most frequent first', async () => {
    const shared = memory();
    const [one, two] = [open(shared).warmer, open(shared).warmer];
    for (const query of ['b', 'a', 'a']) one.note(query);
    await one.save();
    for (const query of ['c', 'a']) two.note(query);
    await two.save();
    // What was saved is not counted again.
    await one.save();
    const ran: string[] = [];
    const options = { signal: NEVER, concurrency: 1 };
    const result = await open(shared).warmer.warmPopularQueries(async (query) => ran.push(query), options);
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(result).toEqual({ warmed: 3, failed: 0 });
  });

  test('goes on after a failure', async () => {
    const { warmer, failures } = open(null);
    const load = async (user: string) => {
      if (user === 'bob') throw new Error('no such user');
    };
    expect(await warmer.warmUsers(['ann', 'bob', 'cy'], load, { signal: NEVER })).toEqual({
      warmed: 2,
      failed: 1,
    });
    expect(failures).toEqual([new Error('no such user')]);
  });

  test('runs few at the same time', async () => {
    let [underWay, most] = [0, 0];
    const load = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
    };
    const users = Array.from({ length: 20 }, (_, index) => String(index));
    await open(null).warmer.warmUsers(users, load, { signal: NEVER, concurrency: 3 });
    expect(most).toBe(3);
  });

  test('ends with its time or its signal, also where a work hangs', async () => {
    const hang = () => new Promise(() => undefined);
    expect(await open(null).warmer.warmUsers(['a'], hang, { signal: NEVER, maxMs: 5 })).toEqual({
      warmed: 0,
      failed: 0,
    });
    const stopped = new AbortController();
    const warming = open(null).warmer.warmUsers(['a'], hang, { signal: stopped.signal });
    stopped.abort();
    expect(await warming).toEqual({ warmed: 0, failed: 0 });
    let time = 0;
    const slow = async () => {
      time += 10;
    };
    const late = open(null, () => time).warmer.warmUsers(['a', 'b', 'c'], slow, {
      signal: NEVER,
      concurrency: 1,
      maxMs: 15,
    });
    expect(await late).toEqual({ warmed: 2, failed: 0 });
  });

  test('begins without a list where none is there, or one that is none', async () => {
    const shared = memory();
    const { warmer, failures } = open(shared);
    const options = { signal: NEVER };
    expect(await warmer.warmPopularQueries(async () => 1, options)).toEqual({ warmed: 0, failed: 0 });
    await shared.set('warm:costs', '[{"query":1}]', 1000);
    expect(await warmer.warmPopularQueries(async () => 1, options)).toEqual({ warmed: 0, failed: 0 });
    expect(failures).toHaveLength(1);
    warmer.note('a');
    await warmer.save();
    expect(failures).toHaveLength(2);
    expect(await warmer.warmPopularQueries(async () => 1, options)).toEqual({ warmed: 1, failed: 0 });
  });
});
