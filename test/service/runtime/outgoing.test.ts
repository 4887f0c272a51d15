import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { settingsOf } from '../../../k8s/charts/settings';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { readConfig } from '../../../service/config';
import { agentOptions } from '../../../service/runtime/outgoing';
import { until } from '../../helpers/servers';

/** What the cluster's endpoints add to the charts' variables. */
const DATABASE = { DATABASE_HOST: 'database' };

/** Variables as the charts render them, with some changed. */
const optionsOf = (changes: Record<string, string> = {}) =>
  agentOptions(readConfig({ ...settingsOf(loadEnvironment('dev')), ...DATABASE, ...changes }));

test("outgoing connections have the seed's numbers: 50 sockets, 10 idle, probes after 1 s, 60 s, the newest first", () => {
  expect(optionsOf()).toEqual({
    keepAlive: true,
    keepAliveMsecs: 1000,
    maxSockets: 50,
    maxFreeSockets: 10,
    timeout: 60_000,
    scheduling: 'lifo',
  });
});

test.each([
  ['HTTP_KEEP_ALIVE', 'false', { keepAlive: false }],
  ['HTTP_KEEP_ALIVE_MS', '2000', { keepAliveMsecs: 2000 }],
  ['HTTP_MAX_SOCKETS', '7', { maxSockets: 7 }],
  ['HTTP_MAX_FREE_SOCKETS', '3', { maxFreeSockets: 3 }],
  ['HTTP_TIMEOUT_MS', '5000', { timeout: 5000 }],
  ['HTTP_SCHEDULING', 'fifo', { scheduling: 'fifo' }],
])('outgoing connections follow %s', (name, value, expected) =>
  expect(optionsOf({ [name]: value })).toMatchObject(expected),
);

describe('a server of many requests at once', () => {
  let server: Server;
  let agent: Agent | undefined;
  /** Open connections, in the order in which they came. */
  const open: Socket[] = [];
  let mostOpen = 0;
  /** Answers of requests that wait, and the connection of each. */
  const waiting: { socket: Socket; answer: () => void }[] = [];

  beforeAll(async () => {
    server = createServer((asked, response) => {
      waiting.push({ socket: asked.socket, answer: () => void response.end('done') });
    });
    server.on('connection', (socket: Socket) => {
      open.push(socket);
      mostOpen = Math.max(mostOpen, open.length);
      socket.once('close', () => open.splice(open.indexOf(socket), 1));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => agent?.destroy());
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function send(): Promise<void> {
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, agent }, (response) => {
        response.resume().once('end', resolve).once('error', reject);
      })
        .once('error', reject)
        .end();
    });
  }

  const untilCount = (count: () => number, expected: number) =>
    until(async () => expect(count()).toBe(expected));

  test('sees at most 50 connections, and 10 after the requests, of which the last one is used next', async () => {
    agent = new Agent(optionsOf());
    const requests = Array.from({ length: 120 }, send);
    await untilCount(() => waiting.length, 50);
    let answered = 0;
    while (answered < requests.length) {
      // The others wait for a connection that is free.
      await until(async () => expect(waiting.length).toBeGreaterThan(0));
      expect(open.length).toBeLessThanOrEqual(50);
      waiting.shift()?.answer();
      answered += 1;
    }
    await Promise.all(requests);
    expect(mostOpen).toBe(50);
    await untilCount(() => open.length, 10);

    // Two requests, answered one after the other: the connection of the second is idle for the shortest time.
    const pair = [send(), send()];
    await untilCount(() => waiting.length, 2);
    const [first, second] = waiting.splice(0);
    first?.answer();
    await pair[0];
    second?.answer();
    await pair[1];
    const next = send();
    await untilCount(() => waiting.length, 1);
    expect(waiting[0]?.socket).toBe(second?.socket);
    waiting.shift()?.answer();
    await next;
    expect(open).toHaveLength(10);
  });

  test('sees the connection of the first again where the order is fifo', async () => {
    agent = new Agent(optionsOf({ HTTP_SCHEDULING: 'fifo' }));
    const pair = [send(), send()];
    await untilCount(() => waiting.length, 2);
    const [first, second] = waiting.splice(0);
    first?.answer();
    await Promise.race(pair);
    second?.answer();
    await Promise.all(pair);
    const next = send();
    await untilCount(() => waiting.length, 1);
    expect(waiting[0]?.socket).toBe(first?.socket);
    waiting.shift()?.answer();
    await next;
  });
});
