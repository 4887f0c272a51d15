import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import Fastify from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { Principal } from '../../../service/access/principal';
import { MemorySharedCache } from '../../../service/cache/shared/memory-shared-cache';
import { registerErrors } from '../../../service/http/plugins/errors';
import { streamRequestsRoute } from '../../../service/http/routes/stream-requests';
import type { Server } from '../../../service/http/server-types';
import { type FeedEvent, RequestFeed } from '../../../service/requests/feed/request-feed';
import type { RequestRow } from '../../../service/requests/record/request-row';
import { until } from '../../helpers/servers';

const PROJECT = '00000000-0000-7000-8000-00000000000a';

function row(changes: Partial<RequestRow> = {}): RequestRow {
  return {
    id: '01930000-0000-7000-8000-000000000001',
    timestamp: new Date('2026-11-27T12:00:00Z'),
    projectId: PROJECT,
    userId: 'ann',
    provider: 'openai',
    model: 'gpt-4o-mini',
    serviceTier: null,
    region: null,
    prompt: 'secret',
    inputTokens: 1,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
    units: null,
    cost: '0.0000010000',
    listCost: '0.0000010000',
    savedCost: '0.0000000000',
    pricing: 'priced',
    usageSource: 'reported',
    priceRule: null,
    latencyMs: 5,
    status: 'completed',
    cacheHit: false,
    errorCode: null,
    tags: {},
    keyId: '00000000-0000-7000-8000-00000000000b',
    contentHash: Buffer.alloc(32),
    ...changes,
  };
}

/** Pods on one line of messages. */
function pods(count: number) {
  const messages = new MemorySharedCache(() => new Date(0));
  const sent = jest.spyOn(messages, 'publish');
  const feeds = Array.from(
    { length: count },
    (_, index) =>
      new RequestFeed({ messages, sender: `pod ${index}`, hasOtherPods: count > 1, elapsedMs: () => 0 }),
  );
  return { messages, sent, feeds };
}

const ALL = { projectId: null };

describe('a feed', () => {
  test('sends nothing while nobody watches, in this pod or another', async () => {
    const { feeds, sent } = pods(2);
    feeds[0]?.publish([row()]);
    expect(sent).not.toHaveBeenCalled();
  });

  test('brings ended requests of the scope, from this pod and others, without their prompts', async () => {
    const { feeds } = pods(3);
    const seen: FeedEvent[] = [];
    feeds[0]?.subscribe({ projectId: PROJECT }, (event) => seen.push(event));
    await new Promise(setImmediate);
    for (const [index, feed] of feeds.entries()) {
      feed.publish([
        row({ model: `model ${index}` }),
        row({ status: 'active' }),
        row({ projectId: PROJECT.replace('a', 'b') }),
      ]);
    }
    await until(async () => expect(seen).toHaveLength(3));
    expect(seen.map((event) => event.kind === 'request' && event.request.model).sort()).toEqual([
      'model 0',
      'model 1',
      'model 2',
    ]);
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  test('leaves out what is too much, and counts it', async () => {
    const { feeds } = pods(2);
    const seen: FeedEvent[] = [];
    feeds[1]?.subscribe(ALL, (event) => seen.push(event));
    await new Promise(setImmediate);
    feeds[0]?.publish(Array.from({ length: 1000 }, () => row()));
    await until(async () => expect(seen.at(-1)).toEqual({ kind: 'dropped', count: 800 }));
    expect(seen).toHaveLength(201);
  });

  test('survives messages that are none of ours', async () => {
    const { feeds, messages } = pods(2);
    const seen: FeedEvent[] = [];
    feeds[0]?.subscribe(ALL, (event) => seen.push(event));
    for (const text of ['', '{}', '{"from":"x","requests":[{}],"dropped":0}'])
      await messages.publish('feed-requests', text);
    await messages.publish('feed-requests', '{"from":"x","requests":[],"dropped":3}');
    expect(seen).toEqual([{ kind: 'dropped', count: 3 }]);
  });

  test('stops listening with its last reader', async () => {
    const { feeds, messages } = pods(2);
    const seen: FeedEvent[] = [];
    const stops = [1, 2].map(() => feeds[0]?.subscribe(ALL, (event) => seen.push(event)));
    stops[0]?.();
    stops[0]?.();
    expect(feeds[0]?.size).toBe(1);
    stops[1]?.();
    await messages.publish('feed-requests', '{"from":"x","requests":[],"dropped":3}');
    expect(seen).toEqual([]);
  });
});

describe('a stream of requests', () => {
  const principal: Principal = {
    keyId: 'key',
    organisation: true,
    projectId: null,
    roles: new Set(['read']),
  };
  let tellAccess: (subject: string | null) => void = () => undefined;

  async function serve(pingSeconds = 3600) {
    const feed = pods(1).feeds[0] as RequestFeed;
    const app = Fastify({ forceCloseConnections: true }) as unknown as Server;
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
    registerErrors(app);
    app.decorateRequest('principal');
    app.addHook('onRequest', async (request) => {
      request.principal = principal;
    });
    streamRequestsRoute(app, { feed, pingSeconds, onAccessChanged: (listener) => (tellAccess = listener) });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { app, feed, url: `http://127.0.0.1:${port}/api/stream/requests`, port };
  }

  test('begins with what it covers, goes on with pings, and ends with the server', async () => {
    const { app, url, feed } = await serve(0.02);
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
    })();
    await until(async () =>
      expect(text).toMatch(/^retry: 2000\nevent: open\ndata: {"servers":"one"}\n\n: ping\n\n/),
    );
    feed.publish([row()]);
    await until(async () =>
      expect(text).toContain(`id: ${row().id}\nevent: request\ndata: {"id":"${row().id}"`),
    );
    await app.close();
    await reading;
    expect(feed.size).toBe(0);
  });

  test('ends when the rights of its key may have changed', async () => {
    const { app, url, feed } = await serve();
    const ends = [];
    for (const subject of ['key:key', null]) {
      const response = await fetch(url);
      tellAccess('key:another');
      expect(feed.size).toBe(1);
      tellAccess(subject);
      ends.push(await response.text());
    }
    expect(ends).toHaveLength(2);
    await app.close();
  });

  test('is cut where its reader is too slow', async () => {
    const { app, port, feed } = await serve();
    const socket: Socket = connect(port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write('GET /api/stream/requests HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await until(async () => expect(feed.size).toBe(1));
    await until(async () => {
      const tags = { long: 'x'.repeat(100_000) };
      feed.publish(Array.from({ length: 50 }, () => row({ tags })));
      expect(feed.size).toBe(0);
    });
    socket.resume();
    await closed;
    await app.close();
  });

  test('is refused above the bound of streams', async () => {
    const { app, url, feed } = await serve();
    const stop = new AbortController();
    await Promise.all(Array.from({ length: 200 }, () => fetch(url, { signal: stop.signal })));
    const refused = await fetch(url);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    stop.abort();
    await until(async () => expect(feed.size).toBe(0));
    await app.close();
  });
});
