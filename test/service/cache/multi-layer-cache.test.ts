import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { CacheInvalidator } from '../../../service/cache/invalidation/cache-invalidator';
import { cacheKey, canonicalText } from '../../../service/cache/layers/cache-key';
import { cached } from '../../../service/cache/layers/cached';
import { MultiLayerCache, type MultiLayerCacheProps } from '../../../service/cache/layers/multi-layer-cache';
import { TagVersions } from '../../../service/cache/layers/tag-versions';
import { WriteThroughCache } from '../../../service/cache/layers/write-through-cache';
import { CacheBus } from '../../../service/cache/shared/cache-bus';
import { CachePausedError, GuardedSharedCache } from '../../../service/cache/shared/guarded-shared-cache';
import { MemorySharedCache } from '../../../service/cache/shared/memory-shared-cache';

let time = Date.parse('2026-11-27T12:00:00Z');
const now = () => new Date(time);

/** Pods that share a cache in memory. */
function platform() {
  const shared = new MemorySharedCache(now);
  let pods = 0;
  const pod = (changes: Partial<MultiLayerCacheProps> = {}, onFailure: (error: Error) => void = fail) => {
    pods += 1;
    const bus = new CacheBus({ shared, messages: shared, sender: `pod ${pods}`, onFailure });
    const cache = new MultiLayerCache({
      ...{ maxBytes: 1e6, shared, bus, now, random: () => 0, freeze: true },
      ...changes,
    });
    return { cache, bus, invalidator: new CacheInvalidator({ cache, bus }) };
  };
  return { shared, pod };
}

function fail(error: Error): never {
  throw error;
}

/** A promise that a test settles. */
function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}

const KEY = cacheKey('test', 1);
const HOUR = { ttlSeconds: 3600 };

describe('the two layers', () => {
  test.each([[undefined], [null], [0], [''], [false], [{ a: [1, { b: null }] }]])(
    'tell %j from a miss, in L1 and in L2',
    async (value) => {
      const { pod } = platform();
      const [one, two] = [pod().cache, pod().cache];
      expect(await one.get(KEY)).toBeUndefined();
      await one.set(KEY, value, HOUR);
      expect(await one.get(KEY)).toEqual({ value, layer: 'l1' });
      expect(await two.get(KEY)).toEqual({ value, layer: 'l2' });
      expect(await two.get(KEY)).toEqual({ value, layer: 'l1' });
    },
  );

  test('end an entry after its life, which chance shortens by up to a tenth', async () => {
    for (const [random, alive, gone] of [
      [0, 99, 101],
      [0.999, 90, 92],
    ] as const) {
      const { pod } = platform();
      const [one, two] = [pod({ random: () => random }).cache, pod().cache];
      await one.set(KEY, 'value', { ttlSeconds: 100 });
      time += alive * 1000 - 100;
      expect((await two.get(KEY))?.value).toBe('value');
      time += (gone - alive) * 1000;
      expect([await one.get(KEY), await two.get(KEY)]).toEqual([undefined, undefined]);
    }
  });

  test('look into L2 again after a minute, in case that an event was missed', async () => {
    const { pod } = platform();
    const { cache } = pod();
    await cache.set(KEY, 'value', HOUR);
    time += 61_000;
    expect((await cache.get(KEY))?.layer).toBe('l2');
    // A pod without others misses nothing.
    const alone = pod({ shared: null, bus: null }).cache;
    await alone.set(KEY, 'value', HOUR);
    time += 61_000;
    expect((await alone.get(KEY))?.layer).toBe('l1');
  });

  test('keep L1 within its bytes, the least recently used entry goes first', async () => {
    const { pod } = platform();
    const { cache } = pod({ maxBytes: 100_000, shared: null });
    for (let index = 0; index < 1000; index += 1) {
      await cache.set(cacheKey('test', index), 'x'.repeat(500), HOUR);
      await cache.get(cacheKey('test', 0));
    }
    const { l1 } = cache.statistics();
    expect(l1.bytes).toBeLessThanOrEqual(100_000);
    expect(l1.entries).toBeGreaterThan(20);
    expect(l1.evictions).toBe(1000 - l1.entries);
    expect(await cache.get(cacheKey('test', 0))).toBeDefined();
    expect(await cache.get(cacheKey('test', 1))).toBeUndefined();
    // One that would push out a sixteenth of the others is not kept.
    await cache.set(KEY, 'x'.repeat(4000), HOUR);
    expect(await cache.get(KEY)).toBeUndefined();
  });

  test('count hits and misses of each layer', async () => {
    const lookups: string[] = [];
    const { pod } = platform();
    const { cache } = pod({ observer: { lookup: (layer, result) => lookups.push(`${layer} ${result}`) } });
    await cache.get(KEY);
    await cache.set(KEY, 1, HOUR);
    await cache.get(KEY);
    cache.clearL1();
    await cache.get(KEY);
    expect(lookups).toEqual(['l1 miss', 'l2 miss', 'l1 hit', 'l1 miss', 'l2 hit']);
    expect(cache.statistics()).toMatchObject({
      l1: { hits: 1, misses: 2, entries: 1, maxBytes: 1e6 },
      l2: { hits: 1, misses: 1, errors: 0, connected: true },
    });
  });

  test('refuse a life that is none', async () => {
    const { cache } = platform().pod();
    for (const ttlSeconds of [0, -1, 2_592_001, Number.NaN]) {
      await expect(cache.set(KEY, 1, { ttlSeconds })).rejects.toThrow(`got ${ttlSeconds}`);
    }
  });

  test('miss what another build has stored, and count it', async () => {
    const { pod, shared } = platform();
    const { cache } = pod();
    for (const text of [
      '',
      '9{"later":"format"}\nx',
      '1{"versions":{}',
      '1{"versions":{},"endsAt":9e15}\n{',
    ]) {
      await shared.set(`c:${KEY}`, text, 60_000);
      expect(await cache.get(KEY)).toBeUndefined();
    }
    expect(cache.statistics().l2).toMatchObject({ hits: 0, misses: 4, errors: 4 });
  });

  test('freeze values where that is asked for, so that a caller who changes one fails', async () => {
    const { cache } = platform().pod();
    await cache.set(KEY, { list: [{ a: 1 }] }, HOUR);
    const hit = await cache.get<{ list: { a: number }[] }>(KEY);
    expect(() => hit?.value.list.push({ a: 2 })).toThrow(TypeError);
  });
});

describe('a reading that is kept', () => {
  test('runs once for callers that ask at the same time', async () => {
    const { cache } = platform().pod();
    const source = later<string>();
    let reads = 0;
    const read = () => {
      reads += 1;
      return source.promise;
    };
    const callers = Array.from({ length: 50 }, () => cache.remember(KEY, HOUR, read));
    source.resolve('value');
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['value']));
    expect(await cache.remember(KEY, HOUR, read)).toBe('value');
    expect(reads).toBe(1);
  });

  test('is not done again by a caller whose question to L2 ended after it', async () => {
    const { pod, shared } = platform();
    const { cache } = pod();
    let reads = 0;
    const read = async () => {
      reads += 1;
      return 'value';
    };
    const answer = later<undefined>();
    const slow = jest.spyOn(shared, 'get').mockImplementationOnce(() => answer.promise);
    const late = cache.remember(KEY, HOUR, read);
    await cache.remember(KEY, HOUR, read);
    answer.resolve(undefined);
    expect(await late).toBe('value');
    expect(reads).toBe(1);
    slow.mockRestore();
  });

  test('fails for all who wait, and is tried again by the next caller', async () => {
    const { cache } = platform().pod();
    let reads = 0;
    const read = async () => {
      reads += 1;
      if (reads === 1) throw new Error('no database');
      return 'value';
    };
    const callers = await Promise.allSettled([1, 2, 3].map(() => cache.remember(KEY, HOUR, read)));
    expect(callers.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    expect(await cache.remember(KEY, HOUR, read)).toBe('value');
  });

  const invalidations = {
    'its tag': (cache: MultiLayerCache) => cache.invalidateTags(['user:p:ann']),
    'its key': (cache: MultiLayerCache) => cache.delete(KEY),
    'its namespace': (cache: MultiLayerCache) => cache.invalidateNamespace('test'),
  };
  for (const [what, invalidate] of Object.entries(invalidations)) {
    for (const where of ['this', 'another'] as const) {
      test(`is not kept where ${what} was invalidated meanwhile in ${where} pod`, async () => {
        const { pod } = platform();
        const [one, two] = [pod().cache, pod().cache];
        const source = later<string>();
        const reading = one.remember(KEY, { ...HOUR, tags: ['user:p:ann'] }, () => source.promise);
        // The reading has begun when the value changes.
        await new Promise(setImmediate);
        await invalidate(where === 'this' ? one : two);
        source.resolve('old');
        expect(await reading).toBe('old');
        expect(await one.get(KEY)).toBeUndefined();
      });
    }
  }
});

describe('a tag', () => {
  const tagged = { ...HOUR, tags: ['user:p:ann', 'model:x'] };

  test('ends its members in L2 and in every pod, and no others', async () => {
    const { pod } = platform();
    const [one, two] = [pod(), pod()];
    const [member, stranger] = [cacheKey('test', 'member'), cacheKey('test', 'stranger')];
    await one.cache.set(member, 1, tagged);
    await one.cache.set(stranger, 1, { ...HOUR, tags: ['user:p:bob'] });
    await two.cache.get(member);
    expect(await one.invalidator.invalidateByTag('user:p:ann')).toBe(true);
    for (const { cache } of [one, two]) {
      expect(await cache.get(member)).toBeUndefined();
      expect(await cache.get(stranger)).toBeDefined();
    }
    await one.invalidator.setWithTags(member, 2, ['user:p:ann'], 60);
    expect((await two.cache.get(member))?.value).toBe(2);
  });

  test('that ends tells in every pod whoever has made something of its members', async () => {
    const { pod } = platform();
    const [one, two] = [pod(), pod()];
    const told: string[] = [];
    one.cache.onInvalidation(() => told.push('one'));
    two.cache.onInvalidation(() => told.push('two'));
    await one.cache.set(KEY, 1, tagged);
    await one.cache.delete(KEY);
    expect(told).toEqual([]);
    await one.invalidator.invalidateByTag('user:p:ann');
    expect(told.sort()).toEqual(['one', 'two']);
    two.cache.clearL1();
    expect(told).toEqual(['one', 'two', 'two']);
  });

  test('that is lost makes its members invalid, and they stay so when it is made again', async () => {
    const { pod, shared } = platform();
    const { cache } = pod();
    await cache.set(KEY, 'old', tagged);
    // The tag's own key is evicted, as `allkeys-lru` may do.
    await shared.delete(`t:${createHash('sha256').update('user:p:ann').digest('base64url')}`);
    cache.clearL1();
    expect(await cache.get(KEY)).toBeUndefined();
    await cache.set(cacheKey('test', 'another'), 1, tagged);
    expect(await cache.get(KEY)).toBeUndefined();
    expect((await cache.get(cacheKey('test', 'another')))?.value).toBe(1);
  });

  test('that L2 was not told of gives nothing to this pod, and L2 is told later', async () => {
    const { pod, shared } = platform();
    const [one, two] = [pod().cache, pod().cache];
    await one.set(KEY, 'old', tagged);
    const failing = jest.spyOn(shared, 'delete').mockRejectedValue(new Error('away'));
    expect(await one.invalidateTags(['user:p:ann'])).toBe(false);
    expect(await one.get(KEY)).toBeUndefined();
    expect(one.statistics().l2).toMatchObject({ errors: 1, waitingInvalidations: 1 });
    // What is read meanwhile stays in this pod.
    await one.set(KEY, 'new', tagged);
    expect(await one.get(KEY)).toEqual({ value: 'new', layer: 'l1' });
    failing.mockRestore();
    expect(await one.retryInvalidations()).toBe(true);
    expect(await two.get(KEY)).toBeUndefined();
  });
});

describe('versions of tags', () => {
  const tagged = { ...HOUR, tags: ['user:p:ann'] };
  let elapsedMs = 0;
  let asked: string[];
  let versions: TagVersions;
  let shared: MemorySharedCache;

  beforeEach(() => {
    [elapsedMs, asked] = [0, []];
    shared = new MemorySharedCache(now);
    const ensure = shared.ensure.bind(shared);
    shared.ensure = (key, value, ttlMs) => {
      asked.push(key);
      return ensure(key, value, ttlMs);
    };
    versions = new TagVersions({ shared, elapsedMs: () => elapsedMs });
  });

  test('are asked for once in ten seconds, and again for entries that live longer', async () => {
    const first = await versions.current(['a', 'b'], 1000);
    expect(asked).toHaveLength(2);
    elapsedMs = 9_999;
    expect(await versions.current(['b', 'a'], 1000)).toEqual(first);
    expect(asked).toHaveLength(2);
    await versions.current(['a'], 1001);
    expect(asked).toHaveLength(3);
    elapsedMs = 10_000;
    expect(await versions.current(['b'], 1000)).toEqual({ b: first['b'] });
    expect(asked).toHaveLength(4);
  });

  test('that are old make an entry invalid from the start, and never valid', async () => {
    const old = await versions.current(['a'], 1000);
    const other = new TagVersions({ shared });
    await other.invalidate(['a']);
    expect(await versions.current(['a'], 1000)).toEqual(old);
    expect(await versions.areCurrent(old)).toBe(false);
    // Also after somebody has made another one.
    await other.current(['a'], 1000);
    expect(await versions.areCurrent(old)).toBe(false);
    elapsedMs = 10_000;
    expect(await versions.areCurrent(await versions.current(['a'], 1000))).toBe(true);
  });

  test('are asked for again after an invalidation, here or in another pod', async () => {
    const platformOfTwo = platform();
    const [one, two] = [platformOfTwo.pod().cache, platformOfTwo.pod().cache];
    for (const invalidate of [
      () => one.invalidateTags(tagged.tags),
      () => two.invalidateTags(tagged.tags),
      async () => {
        await one.invalidateTags(tagged.tags, { tellPods: false });
        one.clearL1();
      },
    ]) {
      await one.set(KEY, 'before', tagged);
      await invalidate();
      expect(await two.get(KEY)).toBeUndefined();
      await one.set(KEY, 'after', tagged);
      expect(await two.get(KEY)).toEqual({ value: 'after', layer: 'l2' });
      await one.delete(KEY);
    }
  });
});

describe('invalidation', () => {
  test('by time', async () => {
    const { invalidator, cache } = platform().pod();
    await invalidator.setWithTtl(KEY, 'value', 60);
    time += 61_000;
    expect(await cache.get(KEY)).toBeUndefined();
  });

  test('by event, in whichever pod it happens', async () => {
    const { pod } = platform();
    const [one, two] = [pod(), pod()];
    const subjects: (string | null)[] = [];
    one.invalidator.onEvent('prices', (subject) => subjects.push(subject));
    one.invalidator.invalidateOnEvent('user-changed', (user) => [cacheKey('user', user)]);
    await one.cache.set(cacheKey('user', 'ann'), 1, HOUR);
    await one.cache.set(cacheKey('user', 'bob'), 1, HOUR);
    await two.invalidator.announce('user-changed', 'ann');
    await two.invalidator.announce('prices', 'all');
    await new Promise(setImmediate);
    expect(await one.cache.get(cacheKey('user', 'ann'))).toBeUndefined();
    expect(await one.cache.get(cacheKey('user', 'bob'))).toBeDefined();
    expect(subjects).toEqual(['all']);
  });

  test('by version', async () => {
    const { invalidator } = platform().pod();
    await invalidator.setVersioned(KEY, { flag: true }, 1);
    await invalidator.setVersioned(KEY, { flag: false }, 2);
    expect((await invalidator.getVersioned(KEY, 1))?.value).toEqual({ flag: true });
    expect((await invalidator.getVersioned(KEY, 2))?.value).toEqual({ flag: false });
    expect(await invalidator.getVersioned(KEY, 3)).toBeUndefined();
    expect(() => invalidator.getVersioned(KEY, 1.5)).toThrow("'version' must be a whole number");
  });

  test('ignores messages that are none of ours, and goes on', async () => {
    const { pod, shared } = platform();
    const failures: Error[] = [];
    const { cache } = pod({}, (error) => failures.push(error));
    await cache.set(KEY, 1, HOUR);
    for (const message of ['', 'no JSON', '{}', '{"from":"y","event":{"kind":"keys"}}']) {
      await shared.publish('cache-events', message);
    }
    expect((await cache.get(KEY))?.layer).toBe('l1');
    // The layers and the invalidator listen.
    expect(failures).toHaveLength(8);
    await shared.publish('cache-events', JSON.stringify({ from: 'y', event: { kind: 'clear' } }));
    expect((await cache.get(KEY))?.layer).toBe('l2');
  });
});

describe('a store behind the cache', () => {
  function store(pods: ReturnType<typeof platform>) {
    const rows = new Map<string, string>();
    const counts = { loads: 0, fails: false };
    const open = () =>
      new WriteThroughCache<string | undefined>({
        cache: pods.pod().cache,
        keyOf: (key) => cacheKey('rows', key),
        store: {
          load: async (key) => {
            counts.loads += 1;
            return rows.get(key);
          },
          save: async (key, value) => {
            if (counts.fails) throw new Error('no database');
            rows.set(key, String(value));
          },
        },
      });
    return { rows, counts, open };
  }

  test('gets a write first, and every pod reads it', async () => {
    const { rows, counts, open } = store(platform());
    const [one, two] = [open(), open()];
    expect(await two.get('a')).toBeUndefined();
    await one.set('a', 'first');
    expect(rows.get('a')).toBe('first');
    expect(await two.get('a')).toBe('first');
    await two.set('a', 'second');
    expect(await one.get('a')).toBe('second');
    expect(counts.loads).toBe(3);
  });

  test('that fails, fails the write, and nothing of it is in the cache', async () => {
    const { counts, open } = store(platform());
    const rows = open();
    await rows.set('a', 'first');
    counts.fails = true;
    await expect(rows.set('a', 'second')).rejects.toThrow('no database');
    expect(await rows.get('a')).toBe('first');
  });

  test('and the cache agree after writers at the same time, in whatever order they end', async () => {
    const pods = platform();
    const { rows, open } = store(pods);
    await Promise.all(Array.from({ length: 20 }, (_, index) => open().set('a', `value ${index}`)));
    expect(await open().get('a')).toBe(rows.get('a'));
  });
});

describe('the key of arguments', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const argument = fc.oneof(
    json,
    fc.constant(undefined),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.double(),
  );
  const args = fc.array(argument, { maxLength: 3 });

  test('is the same for equal arguments only', () => {
    fc.assert(
      fc.property(args, args, (one, other) => {
        const isSame = canonicalText(one) === canonicalText(other);
        expect(isSame).toBe(isEqual(one, other));
        expect(cacheKey('test', ...one) === cacheKey('test', ...other)).toBe(isSame);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ],
    [['1'], [1]],
    [[null], [undefined]],
    [[], [undefined]],
    [[{ a: undefined }], [{}]],
    [[-0], [0]],
    [[1n], [1]],
    [['!u'], [undefined]],
    [
      [['a'], 'b'],
      ['a', ['b']],
    ],
    [[new Date(0)], [0]],
    [['\u00e9'], ['e\u0301']],
    [['\ud800'], ['\ufffd']],
  ])('differs between %j and %j', (one, other) => {
    expect(cacheKey('test', ...one)).not.toBe(cacheKey('test', ...other));
  });

  test('does not depend on the order of fields', () => {
    expect(cacheKey('test', { a: 1, b: { c: 2, d: 3 } })).toBe(cacheKey('test', { b: { d: 3, c: 2 }, a: 1 }));
  });

  test('fails for what has no text of its own', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const part of [() => 1, Symbol('x'), new Map(), circle])
      expect(() => cacheKey('test', part)).toThrow(RangeError);
    expect(() => cacheKey('No Namespace', 1)).toThrow('a namespace must have');
  });

  test('covers every argument of a cached function, which runs once for each', async () => {
    const { cache } = platform().pod();
    const calls: unknown[][] = [];
    const sum = cached(
      {
        cache,
        namespace: 'sum',
        ttlSeconds: 60,
        tags: (project: string, _a: number, _b?: number) => [`project:${project}`],
      },
      async (project: string, a: number, b?: number) => {
        calls.push([project, a, b]);
        return b === undefined ? undefined : a + b;
      },
    );
    const asked: [string, number, number?][] = [
      ['p', 1, 2],
      ['p', 2, 1],
      ['q', 1, 2],
      ['p', 1],
      ['p', 1, 2],
      ['p', 1],
    ];
    const answers = [];
    for (const one of asked) answers.push(await sum(...one));
    expect(answers).toEqual([3, 3, 3, undefined, 3, undefined]);
    expect(calls).toHaveLength(4);
    await cache.invalidateTags(['project:p']);
    for (const one of asked) await sum(...one);
    expect(calls).toHaveLength(7);
  });
});

/** Equality of arguments by another way than their text. */
function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Object.is(one, other);
  if (one instanceof Date || other instanceof Date) {
    return one instanceof Date && other instanceof Date && one.getTime() === other.getTime();
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [ours, theirs] = [Object.entries(one), new Map(Object.entries(other))];
  return (
    ours.length === theirs.size &&
    ours.every(([name, value]) => theirs.has(name) && isEqual(value, theirs.get(name)))
  );
}

describe('a shared cache with a deadline', () => {
  const hanging = () => {
    const cache = new MemorySharedCache(now);
    let asked = 0;
    jest.spyOn(cache, 'get').mockImplementation(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    const failures: string[] = [];
    const guarded = new GuardedSharedCache({
      ...{ cache, now, deadlineMs: 5 },
      onFailure: ({ message }) => failures.push(message),
    });
    return { cache, guarded, failures, asked: () => asked };
  };

  test('is not asked for a second after three failures, and then again', async () => {
    const { guarded, failures, asked } = hanging();
    for (let index = 0; index < 10; index += 1) await guarded.get('a').catch(() => undefined);
    expect(asked()).toBe(3);
    expect(failures).toEqual(Array(3).fill('the shared cache did not answer within 5 ms'));
    await expect(guarded.get('a')).rejects.toThrow(CachePausedError);
    time += 1000;
    await guarded.get('a').catch(() => undefined);
    expect(asked()).toBe(4);
  });

  test('is not asked while it is away', async () => {
    const { cache, guarded, failures } = hanging();
    cache.isConnected = false;
    await expect(guarded.set('a', 'b', 1000)).rejects.toThrow(CachePausedError);
    expect(failures).toEqual([]);
  });

  test('makes misses of failures: values stay in L1', async () => {
    const { guarded } = hanging();
    const { cache } = platform().pod({ shared: guarded, bus: null });
    expect(await cache.get(KEY)).toBeUndefined();
    await cache.set(KEY, 'value', HOUR);
    expect(await cache.get(KEY)).toEqual({ value: 'value', layer: 'l1' });
    expect(cache.statistics().l2).toMatchObject({ hits: 0, misses: 1, errors: 1 });
  });
});
