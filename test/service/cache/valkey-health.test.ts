import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ConnectionHealth } from '../../../service/cache/connection-health';
import { until } from '../../helpers/servers';
import { connected, openClient } from './valkey-server';

describe('a client that does not recover', () => {
  let time = 0;
  const health = () => new ConnectionHealth(1000, () => time);
  const pass = (milliseconds: number) => () => {
    time += milliseconds;
  };
  const gone = (client: ConnectionHealth) => client.noteConnection(false);
  const back = (client: ConnectionHealth) => client.noteConnection(true);
  const fails = (client: ConnectionHealth) => client.noteAnswer(false);
  const answers = (client: ConnectionHealth) => client.noteAnswer(true);

  test.each<[string, boolean, ((client: ConnectionHealth) => void)[]]>([
    ['has just begun', true, [pass(999)]],
    ['never connected', false, [pass(1000)]],
    ['is connected and idle', true, [back, pass(9000)]],
    ['is away for a moment', true, [back, pass(9000), gone, pass(999)]],
    ['is away for long, whatever it tries', false, [back, gone, pass(500), gone, pass(500)]],
    ['is away again and again', true, [gone, pass(999), back, gone, pass(999)]],
    ['fails once and is idle', true, [back, fails, pass(9000)]],
    ['fails for long', false, [back, fails, pass(1000), fails]],
    ['fails now and then', true, [back, fails, pass(999), answers, fails, pass(999), fails]],
  ])('is told from one that %s', (_, isHealthy, steps) => {
    time = 0;
    const client = health();
    for (const step of steps) step(client);
    expect(client.isHealthy()).toBe(isHealthy);
    client.reset();
    expect(client.isHealthy()).toBe(true);
  });

  test('is replaced by a new one, whose commands work', async () => {
    let isSick = true;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      // What was sick when the connection began stays so: only a new connection helps.
      const answer = isSick ? '-CLUSTERDOWN The cluster is down\r\n' : '+OK\r\n';
      socket.on('data', () => socket.write(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const opened = openClient({ port, replaceMs: 100 });
    // The new client may fail before this looks again, so the message need not be the last one.
    const messages = () => opened.failures.map(({ message }) => message);
    await until(async () =>
      expect(messages()).toContainEqual(expect.stringMatching(/is replaced by a new one/)),
    );
    isSick = false;
    await until(async () => expect(await opened.client.command('PING')).toBe('OK'));
    await connected(opened);
    await opened.client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
