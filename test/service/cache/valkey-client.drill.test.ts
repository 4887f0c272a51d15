import { readFileSync } from 'node:fs';
import { cacheToken } from '../../../service/cache/iam-token';
import { type Certificates, makeCertificates } from '../../helpers/database-servers';
import { describeWithServers, freePort, serverFolder, until } from '../../helpers/servers';
import { IAM_CACHE, IAM_CREDENTIALS, IamServer } from './iam-server';
import { connected, openClient, type TestClient, ValkeyServer } from './valkey-server';

const ECHO = 'return ARGV[1]';

/** A login whose passwords are numbered; Valkey accepts the ones that it is told. */
function numberedLogin() {
  const given: string[] = [];
  return {
    given,
    login: {
      user: 'api',
      password: async () => {
        given.push(`password ${given.length + 1}`);
        return String(given.at(-1));
      },
    },
  };
}

/** Lets the user log in with one password only. */
function accept(server: ValkeyServer, password: string): Promise<unknown> {
  return server.send('ACL', 'SETUSER', 'api', 'reset', 'on', `>${password}`, '~*', '&*', '+@all', '-@admin');
}

describeWithServers('a client of one server', ['valkey-server'], () => {
  let server: ValkeyServer;
  let opened: TestClient | undefined;

  beforeAll(async () => {
    server = await ValkeyServer.start();
  });
  afterEach(async () => {
    await opened?.client.close();
    opened = undefined;
  });
  afterAll(() => server?.remove());

  test('asks for a new password for each connection', async () => {
    const { given, login } = numberedLogin();
    await accept(server, 'password 1');
    opened = openClient({ port: server.port, login });
    await connected(opened);
    expect(await opened.client.evaluate(ECHO, 'key', 'hello')).toBe('hello');
    await accept(server, 'password 2');
    await server.send('CLIENT', 'KILL', 'USER', 'api', 'SKIPME', 'yes');
    await until(async () => expect(await opened?.client.evaluate(ECHO, 'key', 'again')).toBe('again'));
    expect(given).toEqual(['password 1', 'password 2']);
  });

  test('tries again after a refused log-in, and names the user and not the password', async () => {
    const { login } = numberedLogin();
    await accept(server, 'password 3');
    opened = openClient({ port: server.port, login });
    await connected(opened);
    expect(opened.failures.map(({ message }) => message)).toEqual(
      Array(2).fill(expect.stringMatching(/^Valkey refused the log-in of api: WRONGPASS [^0-9]*$/)),
    );
  });

  test('tries again where no password could be had', async () => {
    let fails = true;
    await accept(server, 'words');
    const password = async () => {
      if (fails) throw new Error('no credentials');
      return 'words';
    };
    opened = openClient({ port: server.port, login: { user: 'api', password } });
    await until(async () => expect(opened?.failures.length).toBeGreaterThan(2));
    expect(opened.failures[0]?.message).toBe('no credentials');
    fails = false;
    await connected(opened);
  });

  test('replaces the connection of a server that hangs', async () => {
    opened = openClient({ port: server.port });
    await connected(opened);
    server.signal('SIGSTOP');
    const answer = opened.client.evaluate(ECHO, 'key', 'late');
    await until(async () => expect(opened?.failures.at(-1)?.message).toMatch(/^Socket timeout/));
    server.signal('SIGCONT');
    expect(await answer).toBe('late');
  });

  test('closes while it cannot connect', async () => {
    opened = openClient({ port: await freePort() });
    await until(async () => expect(opened?.failures.length).toBeGreaterThan(2));
    await opened.client.close();
    const { length } = opened.failures;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(opened.failures).toHaveLength(length);
  });

  test('closes before its first connection is there', async () => {
    let answer: (password: string) => void = () => undefined;
    const password = () => new Promise<string>((resolve) => (answer = resolve));
    opened = openClient({ port: server.port, login: { user: 'api', password } });
    const closing = opened.client.close();
    answer('words');
    await closing;
    expect(opened.client.isConnected).toBe(false);
    expect(String(await server.send('CLIENT', 'LIST'))).not.toContain('user=api');
  });
});

describeWithServers('a client of a cluster with TLS', ['valkey-server'], () => {
  let server: ValkeyServer;
  let certificates: Certificates;
  let tlsPort: number;

  beforeAll(async () => {
    const folder = serverFolder();
    certificates = makeCertificates(folder, 'cache');
    tlsPort = await freePort();
    const { caFile, certificateFile, keyFile } = certificates;
    server = await ValkeyServer.start(
      [
        ...['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--tls-port', String(tlsPort)],
        ...['--tls-cert-file', certificateFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', caFile],
        ...['--tls-auth-clients', 'no', '--cluster-announce-ip', '127.0.0.1'],
        // The bus's own port would be 10,000 above, which may be none.
        ...['--cluster-port', String(await freePort())],
      ],
      folder,
    );
    await server.send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => expect(await server.send('CLUSTER', 'INFO')).toContain('cluster_state:ok'));
  });
  afterAll(() => server?.remove());

  const open = (changes = {}) => {
    const tls = { ca: readFileSync(certificates.caFile, 'utf8') };
    return openClient({ host: 'localhost', port: tlsPort, clusterMode: true, tls, ...changes });
  };

  test('logs in to every node, and connects again with a new password', async () => {
    const { given, login } = numberedLogin();
    await server.send('ACL', 'SETUSER', 'api', 'reset', 'on', 'nopass', '~*', '&*', '+@all', '-@admin');
    const opened = open({ login });
    await connected(opened);
    expect(await opened.client.evaluate(ECHO, '{rl:a}:requests', 'hello')).toBe('hello');
    const before = given.length;
    await server.send('CLIENT', 'KILL', 'USER', 'api', 'SKIPME', 'yes');
    await until(async () =>
      expect(await opened.client.evaluate(ECHO, '{rl:a}:requests', 'again')).toBe('again'),
    );
    expect(given.length).toBeGreaterThan(before);
    await opened.client.close();
  });

  test('connects again after the whole cluster was away', async () => {
    const opened = open();
    await connected(opened);
    await server.stop();
    await until(async () => expect(opened.client.isConnected).toBe(false));
    await server.resume();
    await until(async () => expect(await opened.client.evaluate(ECHO, 'key', 'back')).toBe('back'));
    await opened.client.close();
  });

  test('refuses a certificate of another authority', async () => {
    const opened = open({ tls: {} });
    await until(async () => expect(opened.failures.length).toBeGreaterThan(0));
    expect(opened.client.isConnected).toBe(false);
    await opened.client.close();
  });
});

describe('a cache with IAM', () => {
  let server: IamServer;

  beforeAll(async () => {
    server = await IamServer.start();
  });
  afterAll(() => server.close());

  test('takes a token of its own for each connection, 15 minutes later too', async () => {
    const opened = openClient({
      port: server.port,
      login: {
        user: IAM_CACHE.user,
        password: () => cacheToken({ ...IAM_CACHE, credentials: IAM_CREDENTIALS }, server.now()),
      },
    });
    await connected(opened);
    server.advance(3_600_000);
    server.dropConnections();
    await until(async () => expect(server.tokens).toHaveLength(2));
    await connected(opened);
    expect(opened.failures).toEqual([]);
    expect(server.tokens[0]).toContain('20261127T120000Z');
    expect(server.tokens[1]).toContain('20261127T130000Z');
    await opened.client.close();
  });
});
