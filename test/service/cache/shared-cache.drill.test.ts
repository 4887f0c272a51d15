import { setTimeout as sleep } from 'node:timers/promises';
import { SharedDeduplicator } from '../../../service/cache/deduplication/shared-deduplicator';
import { cacheKey } from '../../../service/cache/layers/cache-key';
import { MultiLayerCache } from '../../../service/cache/layers/multi-layer-cache';
import { CacheBus } from '../../../service/cache/shared/cache-bus';
import { GuardedSharedCache } from '../../../service/cache/shared/guarded-shared-cache';
import { MemorySharedCache } from '../../../service/cache/shared/memory-shared-cache';
import type { SharedCache, SharedMessages } from '../../../service/cache/shared/shared-cache';
import { ValkeyMessages, type ValkeyMessagesProps } from '../../../service/cache/shared/valkey-messages';
import { ValkeySharedCache } from '../../../service/cache/shared/valkey-shared-cache';
import { describeWithServers, until } from '../../helpers/servers';
import { ValkeyCluster } from '../../helpers/valkey-cluster';
import { connected, openClient, type TestClient, ValkeyServer } from './valkey-server';

/** A pod's way to the shared cache. */
interface Pod {
  readonly shared: SharedCache;
  readonly messages: SharedMessages;
  close(): Promise<void>;
}

const now = () => new Date();

/** Opens a pod's connections, and waits until both work. */
async function openPod(props: {
  readonly port: number;
  readonly clusterMode: boolean;
}): Promise<Pod & { opened: TestClient }> {
  const opened = openClient(props);
  await connected(opened);
  const messages = messagesOf(opened.client);
  const heard = new Promise<void>((resolve) => messages.onGap(resolve));
  messages.open();
  await heard;
  return {
    shared: new ValkeySharedCache(opened.client),
    messages,
    opened,
    close: async () => {
      messages.close();
      await opened.client.close();
    },
  };
}

function messagesOf(
  client: ValkeyMessagesProps['client'],
  changes: Partial<ValkeyMessagesProps> = {},
): ValkeyMessages {
  return new ValkeyMessages({
    ...{ client, tls: false, login: undefined, retryStepMs: 10, retryMaxMs: 100, heartbeatMs: 200 },
    onFailure: () => undefined,
    ...changes,
  });
}

/** What every shared cache does. @param pods two pods on one cache */
function isSharedCache(pods: () => readonly [Pod, Pod]): void {
  const cache = () => pods()[0].shared;
  const other = () => pods()[1].shared;

  test('keeps texts of all kinds for all pods', async () => {
    for (const [key, text] of Object.entries({
      empty: '',
      unicode: 'é\u0000😀\r\n',
      long: 'x'.repeat(1_000_000),
    })) {
      await cache().set(key, text, 60_000);
      expect(await other().get(key)).toBe(text);
    }
    expect(await cache().get('nobody set this')).toBeUndefined();
  });

  test('forgets what was deleted, and what has ended', async () => {
    await cache().set('deleted', '1', 60_000);
    await cache().set('ended', '1', 60);
    await other().delete('deleted');
    await other().delete('never was');
    expect(await cache().get('deleted')).toBeUndefined();
    await until(async () => expect(await cache().get('ended')).toBeUndefined());
  });

  test('gives a key to one of 100 that want it', async () => {
    const wants = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? cache() : other()).setIfAbsent('wanted', String(index), 60_000),
    );
    expect((await Promise.all(wants)).filter(Boolean)).toHaveLength(1);
  });

  test('gives all of 100 the text of the first', async () => {
    const texts = await Promise.all(
      Array.from({ length: 100 }, (_, index) => cache().ensure('agreed', `text ${index}`, 60_000)),
    );
    expect(new Set(texts).size).toBe(1);
    expect(await other().get('agreed')).toBe(texts[0]);
  });

  test('lengthens the life of a key that is there, and never shortens it', async () => {
    await cache().set('short', 'a', 80);
    expect(await cache().ensure('short', 'b', 60_000)).toBe('a');
    await cache().set('long', 'a', 60_000);
    expect(await cache().ensure('long', 'b', 1)).toBe('a');
    await sleep(120);
    expect(await Promise.all([cache().get('short'), cache().get('long')])).toEqual(['a', 'a']);
  });

  test('changes a key only for whoever knows its text', async () => {
    await cache().set('lease', 'mine', 60_000);
    expect(await other().extendIfEqual('lease', 'yours', 60_000)).toBe(false);
    expect(await other().deleteIfEqual('lease', 'yours')).toBe(false);
    expect(await cache().extendIfEqual('lease', 'mine', 60_000)).toBe(true);
    expect(await cache().deleteIfEqual('lease', 'mine')).toBe(true);
    expect(await cache().deleteIfEqual('lease', 'mine')).toBe(false);
  });

  test('ends a work in one step: its result is there, its lease is not, and whoever waits is known', async () => {
    const work = {
      result: { key: 'd:{work}:result', value: 'token\nresult', ttlMs: 60_000 },
      lease: { key: 'd:{work}:lease', token: 'token' },
      waiting: 'd:{work}:waiting',
    };
    await cache().set(work.lease.key, 'token', 60_000);
    expect(await cache().endWork(work)).toBe(false);
    expect(await other().get(work.result.key)).toBe('token\nresult');
    expect(await other().get(work.lease.key)).toBeUndefined();

    // The lease of another holder stays.
    await other().set(work.lease.key, 'another', 60_000);
    await other().set(work.waiting, '1', 60_000);
    expect(await cache().endWork({ ...work, result: { ...work.result, value: 'later' } })).toBe(true);
    expect(await other().get(work.result.key)).toBe('later');
    expect(await other().get(work.lease.key)).toBe('another');
  });

  test('carries messages to all pods, the sender too, until they stop listening', async () => {
    const heard: string[] = [];
    const stops = pods().map(({ messages }, index) =>
      messages.subscribe('news', (message) => heard.push(`${index} ${message}`)),
    );
    await until(async () => {
      await cache().publish('news', 'ready?');
      expect(new Set(heard)).toEqual(new Set(['0 ready?', '1 ready?']));
    });
    stops[0]?.();
    await until(async () => {
      heard.length = 0;
      await other().publish('news', 'more');
      await until(async () => expect(heard).toContain('1 more'));
      expect(heard).toEqual(['1 more']);
    });
    stops[1]?.();
  });

  test('carries a two-layer cache: an invalidation reaches the other pod’s memory', async () => {
    const [one, two] = pods().map(cacheOf) as [MultiLayerCache, MultiLayerCache];
    const key = cacheKey('test', 'shared');
    await one.set(key, { value: 1 }, { ttlSeconds: 60, tags: ['user:p:ann'] });
    expect(await two.get(key)).toEqual({ value: { value: 1 }, layer: 'l2' });
    expect(await two.get(key)).toEqual({ value: { value: 1 }, layer: 'l1' });
    await one.invalidateTags(['user:p:ann']);
    await until(async () => expect(await two.get(key)).toBeUndefined());
    await one.set(key, 'again', { ttlSeconds: 60, tags: ['user:p:ann'] });
    expect(await two.get(key)).toEqual({ value: 'again', layer: 'l2' });
    await one.delete(key);
    await until(async () => expect(await two.get(key)).toBeUndefined());
  });
}

let senders = 0;

function cacheOf({ shared, messages }: Pod): MultiLayerCache {
  senders += 1;
  const guarded = new GuardedSharedCache({
    cache: shared,
    now,
    deadlineMs: 2000,
    onFailure: () => undefined,
  });
  const bus = new CacheBus({
    shared: guarded,
    messages,
    sender: `pod ${senders}`,
    onFailure: () => undefined,
  });
  return new MultiLayerCache({ maxBytes: 1e6, shared: guarded, bus, now, random: () => 0.5, freeze: true });
}

describe('a shared cache in memory', () => {
  const memory = new MemorySharedCache(now);
  const pod: Pod = { shared: memory, messages: memory, close: async () => undefined };
  isSharedCache(() => [pod, pod]);
});

describeWithServers('a shared cache in one Valkey', ['valkey-server'], () => {
  let server: ValkeyServer;
  let pods: [Pod, Pod];

  beforeAll(async () => {
    server = await ValkeyServer.start();
    pods = [
      await openPod({ port: server.port, clusterMode: false }),
      await openPod({ port: server.port, clusterMode: false }),
    ];
  });
  afterAll(async () => {
    for (const pod of pods ?? []) await pod.close();
    await server?.remove();
  });

  isSharedCache(() => pods);

  test('logs in anew for each connection of messages', async () => {
    const pod = await openPod({ port: server.port, clusterMode: false });
    let passwords = 0;
    let gaps = 0;
    const accept = (password: string) =>
      server.send(
        'ACL',
        'SETUSER',
        'messages',
        'reset',
        'on',
        `>${password}`,
        '~*',
        '&*',
        '+@all',
        '-@admin',
      );
    await accept('password 1');
    const messages = messagesOf(pod.opened.client, {
      login: {
        user: 'messages',
        password: async () => {
          passwords += 1;
          return `password ${passwords}`;
        },
      },
    });
    messages.onGap(() => {
      gaps += 1;
    });
    messages.open();
    await until(async () => expect(gaps).toBe(1));
    await accept('password 2');
    await server.send('CLIENT', 'KILL', 'USER', 'messages');
    await until(async () => expect(gaps).toBe(2));
    expect(passwords).toBe(2);
    messages.close();
    await pod.close();
  });

  test('takes the next node when its own heartbeat no longer comes', async () => {
    const pod = await openPod({ port: server.port, clusterMode: false });
    const { addresses } = pod.opened.client;
    const failures: string[] = [];
    let gaps = 0;
    // The node of the messages is cut off from the others: what they publish does not reach it.
    const client = { addresses, isConnected: true, command: async () => 0 };
    const messages = messagesOf(client, {
      heartbeatMs: 20,
      onFailure: ({ message }) => failures.push(message),
    });
    messages.onGap(() => {
      gaps += 1;
    });
    messages.open();
    await until(async () => expect(gaps).toBeGreaterThan(1));
    expect(failures[0]).toBe('messages of Valkey no longer arrive: another node is taken');
    messages.close();
    await pod.close();
  });

  test('forgets L1 after the messages were cut, because some may have been missed', async () => {
    const pod = await openPod({ port: server.port, clusterMode: false });
    const cache = cacheOf(pod);
    const key = cacheKey('test', 'gap');
    await cache.set(key, 'old', { ttlSeconds: 60 });
    await server.send('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(async () => expect((await cache.get(key))?.layer).toBe('l2'));
    await pod.close();
  });
});

describeWithServers(
  'a shared cache in a cluster of three masters and three replicas',
  ['valkey-server'],
  () => {
    let cluster: ValkeyCluster;
    let pods: [Pod & { opened: TestClient }, Pod & { opened: TestClient }];

    beforeAll(async () => {
      cluster = await ValkeyCluster.start();
      const open = () => openPod({ port: cluster.port, clusterMode: true });
      pods = [await open(), await open()];
    });
    afterAll(async () => {
      for (const pod of pods ?? []) await pod.close();
      await cluster?.remove();
    });

    isSharedCache(() => pods);

    test('lets pods share a work', async () => {
      const sharers = pods.map(({ shared, messages }) => new SharedDeduplicator({ shared, messages }));
      let works = 0;
      const work = async () => {
        works += 1;
        return sleep(300, `result ${works}`);
      };
      const calls = Array.from({ length: 100 }, (_, index) =>
        sharers[index % 2]?.execute('cluster', { work, waitMs: 20_000 }),
      );
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['result 1']));
    });

    test('gives no wrong value while a master is killed under load, and is back by itself', async () => {
      const pod = pods[0];
      const guarded = new GuardedSharedCache({ cache: pod.shared, now, onFailure: () => undefined });
      const cache = new MultiLayerCache({
        maxBytes: 1,
        shared: guarded,
        bus: null,
        now,
        random: Math.random,
      });
      const keyOf = (index: number) => cacheKey('load', index);
      const indexes = Array.from({ length: 60 }, (_, index) => index);
      const write = () =>
        Promise.all(indexes.map((index) => cache.set(keyOf(index), { index }, { ttlSeconds: 600 })));
      await until(async () => {
        await write();
        expect(await Promise.all(indexes.map((index) => cache.get(keyOf(index))))).not.toContain(undefined);
      });

      const hits = async () => {
        const found = await Promise.all(indexes.map((index) => cache.get<{ index: number }>(keyOf(index))));
        for (const [index, hit] of found.entries())
          if (hit !== undefined) expect(hit.value).toEqual({ index });
        return found.filter(Boolean).length;
      };
      const victim = await cluster.masterOf(`c:${keyOf(0)}`);
      await victim.stop();
      // Slots of the killed master miss; nothing fails and nothing is wrong.
      let fewest = indexes.length;
      await until(async () => {
        fewest = Math.min(fewest, await hits());
        expect(fewest).toBeLessThan(indexes.length);
      });
      // The replica takes over: what is written then is found again, in all slots.
      await until(async () => {
        await write();
        expect(await hits()).toBe(indexes.length);
      });
      // Messages reach both pods again, whichever node they listened to.
      const heard = new Set<number>();
      for (const [index, { messages }] of pods.entries()) messages.subscribe('after', () => heard.add(index));
      await until(async () => {
        await pod.shared.publish('after', 'hello');
        expect(heard.size).toBe(2);
      });
    });
  },
);
