import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TimedAnswer } from '../../../bin/load/client/connection';
import { type Send, Sender } from '../../../bin/load/client/sender';
import type { PlannedRequest } from '../../load/client.ts';

/** Says back what it got; `/close` ends the connection after its answer, `/drop` before it, `/slow` waits. */
let server: Server;
let origin: string;
const sockets = new Set<Socket>();
let sender: Sender;

beforeEach(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/drop') return request.socket.destroy();
    if (request.url === '/slow') return undefined;
    if (request.url === '/close') response.setHeader('connection', 'close');
    response.setHeader('x-got', `${request.method} ${request.url} ${request.headers['x-load-test']}`);
    return response.end(Buffer.concat(chunks));
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sender = new Sender(origin, () => performance.now());
});

afterEach(() => {
  sender.close();
  server.closeAllConnections();
  server.close();
  sockets.clear();
});

function requestOf(path: string, body: string | null = null, timeoutMs = 60_000): PlannedRequest {
  return {
    entry: { name: 'one', weight: 1, method: body === null ? 'GET' : 'POST', path, status: 200 },
    url: `${origin}${path}`,
    headers: { 'X-Load-Test': 'true' },
    body,
    readsBody: true,
    timeoutMs,
  };
}

const ask = (send: Send, request: PlannedRequest) =>
  new Promise<TimedAnswer>((resolve) => send(request, resolve));

test('requests one after another share a connection, and those at once have one each', async () => {
  for (let count = 0; count < 5; count += 1) await ask(sender.send, requestOf('/a'));
  expect([sockets.size, sender.mostConnections]).toEqual([1, 1]);
  const three = ['x', 'y', 'ü'].map((text) => ask(sender.send, requestOf('/b?c=d', text)));
  expect((await Promise.all(three)).map(({ answer }) => answer.body)).toEqual(['x', 'y', 'ü']);
  expect([sockets.size, sender.mostConnections]).toEqual([3, 3]);
});

test('a request says what the plan says', async () => {
  const { answer, milliseconds } = await ask(sender.send, requestOf('/path?q=1', '{}'));
  expect(answer).toMatchObject({ status: 200, headers: { 'x-got': 'POST /path?q=1 true' } });
  expect(milliseconds).toBeGreaterThan(0);
});

test('users keep a connection each, which is opened when they come and again when the server ends it', async () => {
  const [ann, bob] = [sender.user(), sender.user()];
  await ask(ann, requestOf('/a'));
  await ask(ann, requestOf('/a'));
  await ask(bob, requestOf('/close'));
  expect(sockets.size).toBe(2);
  expect((await ask(bob, requestOf('/a'))).answer.status).toBe(200);
  expect(sockets.size).toBe(3);
});

test('a request on a connection that is cut has failed, and is not sent again', async () => {
  await ask(sender.send, requestOf('/a'));
  const { answer } = await ask(sender.send, requestOf('/drop'));
  expect(answer).toMatchObject({ status: 0, timedOut: false });
  expect(sockets.size).toBe(1);
  expect((await ask(sender.send, requestOf('/a'))).answer.status).toBe(200);
});

test('a request without an answer fails after its time, and its connection is given up', async () => {
  const { answer, milliseconds } = await ask(sender.send, requestOf('/slow', null, 50));
  expect([answer.status, answer.timedOut, milliseconds]).toEqual([0, true, 50]);
  expect(sender.connections).toBe(0);
});

test('a server that is away fails requests at once', async () => {
  server.close();
  await once(server, 'close');
  expect((await ask(sender.send, requestOf('/a'))).answer).toMatchObject({ status: 0, timedOut: false });
});
