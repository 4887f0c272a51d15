import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { listen } from '../../../service/http/listeners';
import type { Server } from '../../../service/http/server-types';
import { until } from '../../helpers/servers';

const HOST = '127.0.0.1';
const onLinux = process.platform === 'linux' ? test : test.skip;

function testApp(): Server {
  const app = Fastify();
  app.get('/', async () => ({ ok: true }));
  return app as unknown as Server;
}

/** Turns of the event loop, each of some ms of work, until all connections are accepted. */
async function turnsUntilAccepted(app: Server, count: number): Promise<number> {
  let [accepted, turns] = [0, 0];
  app.server.on('connection', () => {
    accepted += 1;
  });
  const { port } = app.server.address() as AddressInfo;
  const sockets = Array.from({ length: count }, () => connect(port, HOST).on('error', () => undefined));
  while (accepted < count) {
    turns += 1;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const untilMs = performance.now() + 2;
    while (performance.now() < untilMs);
  }
  for (const socket of sockets) socket.destroy();
  return turns;
}

onLinux('many connections are accepted in a turn of the event loop; one socket takes one', async () => {
  const app = testApp();
  const listeners = await listen(app, { port: 0, host: HOST });
  expect(await turnsUntilAccepted(app, 200)).toBeLessThan(100);
  await Promise.all([listeners.close(), app.close()]);
  const plain = testApp();
  await plain.listen({ port: 0, host: HOST });
  expect(await turnsUntilAccepted(plain, 200)).toBeGreaterThanOrEqual(200);
  await plain.close();
});

test('requests on all sockets are answered, also those that are no HTTP', async () => {
  const app = testApp();
  const listeners = await listen(app, { port: 0, host: HOST });
  const url = `http://${HOST}:${listeners.port}/`;
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const sent = request(url, { agent: false }).end();
      const [answer] = await once(sent, 'response');
      answer.resume();
      return answer.statusCode;
    }),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  const rubbish = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect(listeners.port, HOST);
      socket.write('no HTTP\r\n\r\n');
      const [bytes] = await once(socket, 'data');
      socket.destroy();
      return String(bytes).split('\r\n')[0];
    }),
  );
  expect(new Set(rubbish)).toEqual(new Set(['HTTP/1.1 400 Bad Request']));
  await Promise.all([listeners.close(), app.close()]);
});

test('fails on a port that another server has, be it one of ours', async () => {
  const other = createServer().listen(0, HOST);
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const refused = testApp();
  await expect(listen(refused, { port, host: HOST })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  other.close();
  const app = testApp();
  const listeners = await listen(app, { port: 0, host: HOST });
  await expect(listen(testApp(), { port: listeners.port, host: HOST })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await Promise.all([listeners.close(), app.close()]);
});

test('closing waits for open connections, and takes no more', async () => {
  const app = testApp();
  const listeners = await listen(app, { port: 0, host: HOST });
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect(listeners.port, HOST).on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    }),
  );
  let hasClosed = false;
  const closed = Promise.all([listeners.close(), app.close()]).then(() => {
    hasClosed = true;
  });
  await until(async () => {
    const late = connect(listeners.port, HOST);
    const [error] = await once(late, 'error');
    expect(error.code).toBe('ECONNREFUSED');
  });
  expect(hasClosed).toBe(false);
  for (const socket of sockets) socket.destroy();
  await closed;
});
