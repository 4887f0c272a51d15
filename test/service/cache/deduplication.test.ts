import { setTimeout as sleep } from 'node:timers/promises';
import { RequestDeduplicator } from '../../../service/cache/deduplication/request-deduplicator';
import {
  SharedDeduplicator,
  type SharedWork,
} from '../../../service/cache/deduplication/shared-deduplicator';
import { SharedFailure } from '../../../service/cache/deduplication/shared-failure';
import { SharedLease } from '../../../service/cache/deduplication/shared-lease';
import { MemorySharedCache } from '../../../service/cache/shared/memory-shared-cache';
import type { SharedCache } from '../../../service/cache/shared/shared-cache';
import { ValkeyMessages } from '../../../service/cache/shared/valkey-messages';
import { ValkeySharedCache } from '../../../service/cache/shared/valkey-shared-cache';
import { describeWithServers, until } from '../../helpers/servers';
import { connected, openClient, ValkeyServer } from './valkey-server';

const now = () => new Date();

describe('callers of one pod', () => {
  test('share the work under way, and one that asks after it begins anew', async () => {
    const pod = new RequestDeduplicator();
    let works = 0;
    const work = async () => {
      works += 1;
      await sleep(5);
      return works;
    };
    expect(await Promise.all([1, 2, 3].map(() => pod.execute('a', work)))).toEqual([1, 1, 1]);
    expect(await Promise.all([pod.execute('a', work), pod.execute('b', work)])).toEqual([3, 3]);
    expect(pod.size).toBe(0);
  });

  test('fail together at once, and whoever then asks does not join the failure', async () => {
    const pod = new RequestDeduplicator();
    const failure = new Error('the provider is overloaded');
    const seen: unknown[] = [];
    const caller = async () => {
      try {
        return await pod.execute<string>('a', () => Promise.reject(failure));
      } catch (error) {
        seen.push(error);
        return pod.execute('a', async () => 'again');
      }
    };
    expect(await Promise.all([caller(), caller(), caller()])).toEqual(['again', 'again', 'again']);
    expect(seen).toEqual([failure, failure, failure]);
  });

  test('fail where the work throws before it waits', async () => {
    const pod = new RequestDeduplicator();
    const work = () => {
      throw new Error('at once');
    };
    await expect(pod.execute('a', work)).rejects.toThrow('at once');
    expect(pod.size).toBe(0);
  });
});

/** A shared cache of which a pod is cut off. */
class Cut {
  isCut = false;
  constructor(private readonly cache: SharedCache) {}
  as(): SharedCache {
    return new Proxy(this.cache, {
      get: (target, name: keyof SharedCache) => {
        if (name === 'isConnected') return !this.isCut;
        const operation = target[name] as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) =>
          this.isCut ? Promise.reject(new Error('cut off')) : operation.apply(target, values);
      },
    });
  }
}

const FAST = { waitMs: 20_000, leaseMs: 300 };

/** What pods on one shared cache do. */
function shareWorks(open: () => SharedDeduplicator): void {
  let keys = 0;
  const newKey = () => {
    keys += 1;
    return `work ${keys}`;
  };

  test('1,000 calls over two pods are one work', async () => {
    const pods = [open(), open()];
    let works = 0;
    const work: SharedWork<{ text: string }> = {
      ...FAST,
      work: async ({ isShared }) => {
        works += 1;
        await sleep(300);
        return { text: `shared ${isShared}` };
      },
    };
    const key = newKey();
    const calls = Array.from({ length: 1000 }, (_, index) => pods[index % 2]?.execute(key, work));
    const results = await Promise.all(calls);
    expect(works).toBe(1);
    expect(new Set(results.map((result) => result?.text))).toEqual(new Set(['shared true']));
  });

  test('a failing leader fails those who wait in other pods with its error, which the next caller does not get', async () => {
    const pods = [open(), open()] as const;
    const key = newKey();
    const work: SharedWork<string> = {
      ...FAST,
      work: async () => {
        await sleep(300);
        throw Object.assign(new TypeError('no such model'), { code: 'model_not_found' });
      },
    };
    const [own, other] = await Promise.allSettled(pods.map((pod) => pod.execute(key, work)));
    const errors = [own, other].map((one) => (one as PromiseRejectedResult).reason);
    const shared = errors.find((error) => error instanceof SharedFailure);
    expect(shared).toMatchObject({
      message: 'no such model',
      originalName: 'TypeError',
      code: 'model_not_found',
    });
    expect(errors.filter((error) => error instanceof TypeError)).toHaveLength(1);
    expect(await pods[0].execute(key, { ...FAST, work: async () => 'next' })).toBe('next');
  });

  test('errors and results can have a form of their own', async () => {
    const pods = [open(), open()] as const;
    const key = newKey();
    const work: SharedWork<bigint> = {
      ...FAST,
      work: () => sleep(300, 12n),
      encode: (value) => String(value),
      decode: (text) => BigInt(text),
    };
    expect(await Promise.all(pods.map((pod) => pod.execute(key, work)))).toEqual([12n, 12n]);
  });

  test('a result that has no text is the leader’s alone, and the others do the work', async () => {
    const pods = [open(), open()] as const;
    const key = newKey();
    const work: SharedWork<bigint> = { ...FAST, work: () => sleep(50, 12n) };
    expect(await Promise.all(pods.map((pod) => pod.execute(key, work)))).toEqual([12n, 12n]);
  });

  test('a caller that leaves is free at once; the work goes on for the others', async () => {
    const pod = open();
    const key = newKey();
    const caller = new AbortController();
    const work = { ...FAST, work: () => sleep(150, 'done') };
    const left = pod.execute(key, { ...work, signal: caller.signal });
    const stays = pod.execute(key, work);
    caller.abort(new Error('the caller left'));
    await expect(left).rejects.toThrow('the caller left');
    await expect(pod.execute(key, { ...work, signal: caller.signal })).rejects.toThrow('the caller left');
    expect(await stays).toBe('done');
  });

  test('whoever has waited long enough does the work itself', async () => {
    const pods = [open(), open()] as const;
    const key = newKey();
    let end: ((result: string) => void) | undefined;
    const work = () => new Promise<string>((resolve) => (end = resolve));
    const leading = pods[0].execute(key, { ...FAST, work });
    await until(async () => expect(end).toBeDefined());
    const impatient = { ...FAST, waitMs: 100, work: async () => 'impatient' };
    expect(await pods[1].execute(key, impatient)).toBe('impatient');
    end?.('leader');
    expect(await leading).toBe('leader');
  });

  test('a work that is longer than the lease keeps it', async () => {
    const pods = [open(), open()] as const;
    const key = newKey();
    let works = 0;
    const work = {
      ...FAST,
      // Long enough that a busy machine still renews it.
      leaseMs: 2000,
      work: async () => {
        works += 1;
        return sleep(3000, 'done');
      },
    };
    const first = pods[0].execute(key, work);
    await until(async () => expect(works).toBe(1));
    await sleep(2200);
    expect(await Promise.all([first, pods[1].execute(key, work)])).toEqual(['done', 'done']);
    expect(works).toBe(1);
  });
}

describe('pods on a shared cache in memory', () => {
  const cache = new MemorySharedCache(now);
  shareWorks(() => new SharedDeduplicator({ shared: cache, messages: cache }));

  test('a leader that is cut off frees the others within its lease, and one of them leads', async () => {
    const cut = new Cut(cache);
    const dead = new SharedDeduplicator({ shared: cut.as(), messages: cache });
    const others = [1, 2].map(() => new SharedDeduplicator({ shared: cache, messages: cache }));
    let works = 0;
    const key = 'a killed leader';
    const forever = dead.execute(key, { ...FAST, work: () => new Promise<string>(() => undefined) });
    expect(forever).toBeInstanceOf(Promise);
    await sleep(50);
    const work = {
      ...FAST,
      work: async () => {
        works += 1;
        return sleep(50, 'another leads');
      },
    };
    const waiting = others.map((pod) => pod.execute(key, work));
    cut.isCut = true;
    expect(await Promise.all(waiting)).toEqual(['another leads', 'another leads']);
    expect(works).toBe(1);
  });

  test('each pod does the work once where the shared cache is away', async () => {
    const cut = new Cut(cache);
    cut.isCut = true;
    const pods = [1, 2].map(() => new SharedDeduplicator({ shared: cut.as(), messages: null }));
    let works = 0;
    const work = {
      ...FAST,
      work: async ({ isShared }: { isShared: boolean }) => {
        works += 1;
        return sleep(20, isShared);
      },
    };
    expect(await Promise.all([0, 1, 0, 1].map((pod) => pods[pod]?.execute('alone', work)))).toEqual(
      Array(4).fill(false),
    );
    expect(works).toBe(2);
  });

  test('without a shared cache a pod shares its works with itself', async () => {
    const pod = new SharedDeduplicator({ shared: null, messages: null });
    const work = { ...FAST, work: async ({ isShared }: { isShared: boolean }) => isShared };
    expect(await pod.execute('a', work)).toBe(false);
  });

  test('a lost lease is told to its holder, which releases nothing of the next one', async () => {
    const lease = await SharedLease.acquire({ shared: cache, key: 'lease', token: 'one', leaseMs: 60 });
    expect(await SharedLease.acquire({ shared: cache, key: 'lease', token: 'two', leaseMs: 60 })).toBeNull();
    await cache.set('lease', 'three', 60_000);
    await until(async () => expect(lease?.signal.aborted).toBe(true));
    await lease?.release();
    expect(await SharedLease.holder(cache, 'lease')).toBe('three');
  });
});

describeWithServers('pods on one Valkey', ['valkey-server'], () => {
  let server: ValkeyServer;
  const closes: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await ValkeyServer.start();
  });
  afterAll(async () => {
    for (const close of closes) await close();
    await server?.remove();
  });

  shareWorks(() => {
    const opened = openClient({ port: server.port });
    const { client } = opened;
    const messages = new ValkeyMessages({
      ...{
        client,
        tls: false,
        login: undefined,
        retryStepMs: 10,
        retryMaxMs: 100,
        onFailure: () => undefined,
      },
    });
    messages.open();
    closes.push(async () => {
      messages.close();
      await client.close();
    });
    const shared = new ValkeySharedCache({
      get isConnected() {
        return true;
      },
      command: async (...values) => connected(opened).then(() => client.command(...values)),
      evaluate: async (...values) => connected(opened).then(() => client.evaluate(...values)),
    });
    return new SharedDeduplicator({ shared, messages });
  });
});
