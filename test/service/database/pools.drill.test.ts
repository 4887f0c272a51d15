import { join } from 'node:path';
import { ConnectionPool } from '../../../service/database/connection-pool';
import { DatabaseUnavailableError } from '../../../service/database/database-errors';
import type { DatabaseLogin } from '../../../service/database/login';
import { LoginTurn } from '../../../service/database/login-turn';
import type { Database, Queryable } from '../../../service/database/pools';
import { withClient, writeForServer } from '../../helpers/database-servers';
import {
  describeWithServers,
  freePort,
  type Program,
  type RunningServer,
  startServer,
  until,
} from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { fixedPassword, openTestDatabase, RecordedLog } from './pool-settings';

const USER = 'service';
const PASSWORD = 'service password';

interface Route {
  readonly server: TestServer;
  readonly login: DatabaseLogin;
  readonly end: () => Promise<void>;
}

async function startDirect(): Promise<Route> {
  const server = await TestServer.start();
  const database = await server.createDatabase();
  await server.administer(`CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`);
  await server.administer(
    `CREATE TABLE items (id integer PRIMARY KEY, text text NOT NULL); GRANT ALL ON items TO ${USER}`,
    database,
  );
  const login: DatabaseLogin = {
    hosts: ['127.0.0.1'],
    port: server.port,
    database,
    user: USER,
    password: fixedPassword(PASSWORD),
    tls: false,
  };
  return { server, login, end: () => server.remove() };
}

/** PgBouncer in transaction mode with two server connections. */
async function startPooled(): Promise<Route> {
  const { server, login } = await startDirect();
  const port = await freePort();
  const settings = [
    '[databases]',
    `* = host=127.0.0.1 port=${server.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${writeForServer(join(server.folder, 'userlist.txt'), `"${USER}" "${PASSWORD}"\n`)}`,
    'pool_mode = transaction',
    'default_pool_size = 2',
    'max_prepared_statements = 0',
  ];
  const pooler: RunningServer = startServer('pgbouncer', [
    writeForServer(join(server.folder, 'pgbouncer.ini'), settings.join('\n')),
  ]);
  const { database } = login;
  const client = { host: '127.0.0.1', port, user: USER, password: PASSWORD, database };
  await until(() => withClient(client, (connected) => connected.query('SELECT 1')), pooler);
  const end = async () => {
    await pooler.stop('SIGQUIT');
    await server.remove();
  };
  return { server, login: { ...login, port }, end };
}

const ROUTES: readonly [string, readonly Program[], () => Promise<Route>][] = [
  ['directly', DATABASE_PROGRAMS, startDirect],
  ['through PgBouncer in transaction mode', [...DATABASE_PROGRAMS, 'pgbouncer'], startPooled],
];

for (const [name, programs, start] of ROUTES) {
  describeWithServers(`a pool that connects ${name}`, programs, () => {
    let route: Route;
    let database: Database & { warmUp(): Promise<void> };
    let log: RecordedLog;

    beforeAll(async () => {
      route = await start();
    });
    afterAll(() => route?.end());
    beforeEach(() => {
      ({ database, log } = openTestDatabase(route.login));
    });
    afterEach(async () => {
      await database.writes.query('clean', 'DELETE FROM items');
      await database.close();
    });

    const insert = (client: Queryable, id: number) =>
      client.query('insert', 'INSERT INTO items VALUES ($1, $2)', [id, 'text']);
    const ids = async () =>
      (await database.reads.query('ids', 'SELECT id FROM items ORDER BY id')).rows.map(({ id }) => id);

    test('answers statements of many callers with few connections', async () => {
      const calls = Array.from({ length: 50 }, (_, index) =>
        database.reads.query('echo', 'SELECT $1::int AS value', [index]),
      );
      expect((await Promise.all(calls)).map(({ rows }) => rows[0]?.['value'])).toEqual(
        calls.map((_, index) => index),
      );
      const { active, idle, waiting, events, queries } = database.reads.statistics;
      expect(waiting).toBe(0);
      expect(active + idle).toBeLessThanOrEqual(4);
      expect(events).toMatchObject({ errors: 0, timeouts: 0, refused: 0 });
      expect(queries['echo']).toMatchObject({ count: 50, failures: 0 });
    });

    test('opens its least number of connections at the start', async () => {
      await database.warmUp();
      expect(database.reads.statistics).toMatchObject({ active: 0, idle: 2 });
      expect(database.writes.statistics).toMatchObject({ active: 0, idle: 1 });
    });

    test('prepares no statement', async () => {
      const { rows } = await database.reads.query('names', 'SELECT name FROM pg_prepared_statements');
      expect(rows).toEqual([]);
    });

    test('stores all of a transaction', async () => {
      const result = await database.writes.transaction(async (client) => {
        await insert(client, 1);
        await insert(client, 2);
        return 'done';
      });
      expect(result).toBe('done');
      expect(await ids()).toEqual([1, 2]);
    });

    test('stores nothing of a transaction that throws, and keeps the connection', async () => {
      const failing = database.writes.transaction(async (client) => {
        await insert(client, 1);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await ids()).toEqual([]);
      expect(database.writes.statistics).toMatchObject({ active: 0, idle: 1, events: { removed: 0 } });
    });

    test('fails a transaction whose failed statement was ignored', async () => {
      await insert(database.writes, 1);
      const ignoring = database.writes.transaction(async (client) => {
        await insert(client, 2);
        await insert(client, 1).catch(() => undefined);
      });
      await expect(ignoring).rejects.toThrow('the transaction was rolled back');
      expect(await ids()).toEqual([1]);
    });

    test('keeps a connection whose statement failed', async () => {
      await expect(database.reads.query('bad', 'SELECT 1/0')).rejects.toThrow('division by zero');
      expect(database.reads.statistics).toMatchObject({
        idle: 1,
        events: { removed: 0 },
        queries: { bad: { count: 1, failures: 1 } },
      });
    });

    test('fails callers that get no connection in time, and serves later ones', async () => {
      const holding = [1, 2].map(() =>
        database.writes.transaction((client) => client.query('sleep', 'SELECT pg_sleep(3)')),
      );
      const waiting = database.writes.query('late', 'SELECT 1');
      await expect(waiting).rejects.toThrow(DatabaseUnavailableError);
      await expect(waiting).rejects.toThrow(/writes .*: no connection within 2000 ms; 2 of 2 are in use/);
      await Promise.all(holding);
      await expect(database.writes.query('later', 'SELECT 1')).resolves.toBeDefined();
      expect(database.writes.statistics.events.timeouts).toBe(1);
    });

    test('logs slow statements without their values', async () => {
      await database.reads.query('slow', 'SELECT pg_sleep(1.1),\n  $1::text', ['a secret prompt']);
      const slow = log.lines.filter(({ level }) => level === 'warn');
      expect(slow).toMatchObject([
        { fields: { pool: 'reads', query: 'slow', text: 'SELECT pg_sleep(1.1), $1::text' } },
      ]);
      expect(JSON.stringify(log.lines)).not.toContain('a secret prompt');
    });

    test('loses a connection that is cut while idle, and opens another', async () => {
      await database.warmUp();
      await route.server.administer(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${USER}'`,
      );
      await until(async () => {
        await database.reads.query('again', 'SELECT 1');
      });
      expect(await ids()).toEqual([]);
    });

    test('tells a statement whose connection was cut from one that failed', async () => {
      const sleeping = database.reads.query('sleep', 'SELECT pg_sleep(20)').catch((error) => error);
      await until(async () => {
        await route.server.administer(
          `SELECT 1 / count(*)::int FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND usename = '${USER}'`,
        );
      });
      await route.server.administer(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND usename = '${USER}'`,
      );
      expect(await sleeping).toBeInstanceOf(DatabaseUnavailableError);
      expect(database.reads.statistics).toMatchObject({ active: 0, idle: 0 });
    });

    test('says how it is', async () => {
      expect(await database.health()).toMatchObject({
        healthy: true,
        pools: { reads: { healthy: true }, writes: { healthy: true } },
      });
    });

    test('finishes what is under way when it closes, and takes nothing more', async () => {
      const { database: closing } = openTestDatabase(route.login);
      const running = closing.reads.query('sleep', 'SELECT pg_sleep(0.3)');
      const closed = closing.close();
      await expect(running).resolves.toBeDefined();
      await closed;
      await expect(closing.reads.query('late', 'SELECT 1')).rejects.toThrow('it is closing');
    });
  });
}

describeWithServers('the pools of a process', DATABASE_PROGRAMS, () => {
  let route: Route;

  beforeAll(async () => {
    route = await startDirect();
  });
  afterAll(() => route?.end());

  test('open their connections one after another', async () => {
    let opening = 0;
    let most = 0;
    const password = {
      current: async () => {
        opening += 1;
        most = Math.max(most, opening);
        await new Promise((resolve) => setTimeout(resolve, 20));
        opening -= 1;
        return PASSWORD;
      },
      refused: () => false,
    };
    const { database } = openTestDatabase({ ...route.login, password });
    const sleep = (pool: Queryable) => pool.query('sleep', 'SELECT pg_sleep(0.5)');
    await Promise.all([...Array(4).fill(database.reads), ...Array(2).fill(database.writes)].map(sleep));
    expect(database.reads.statistics.events.connected).toBe(4);
    expect(database.writes.statistics.events.connected).toBe(2);
    expect(most).toBe(1);
    await database.close();
  });

  test('wait for a transaction without an answer once, not again for its ROLLBACK', async () => {
    const pool = new ConnectionPool({
      name: 'writes',
      login: route.login,
      limits: {
        ...{ max: 1, min: 0, maxUses: 100, allowExitOnIdle: false },
        ...{ idleTimeoutMs: 30_000, connectionTimeoutMs: 2000, queryTimeoutMs: 2000 },
      },
      applicationName: 'test',
      turn: new LoginTurn(),
      slowQueryMs: 5000,
      log: new RecordedLog(),
    });
    const started = performance.now();
    const work = pool.transaction((client) => client.query('sleep', 'SELECT pg_sleep(8)'));
    await expect(work).rejects.toThrow(DatabaseUnavailableError);
    // Twice would be 4 s.
    expect(performance.now() - started).toBeLessThan(3900);
    expect((await pool.query('echo', 'SELECT 1 AS value')).rows).toEqual([{ value: 1 }]);
    await pool.close();
  });

  test('ask for the password again when the server refuses it, once', async () => {
    const passwords = ['old', PASSWORD];
    const password = {
      current: async () => passwords[0] ?? '',
      refused: () => {
        passwords.shift();
        return true;
      },
    };
    const { database } = openTestDatabase({ ...route.login, password });
    await expect(database.reads.query('one', 'SELECT 1')).resolves.toBeDefined();
    expect(database.reads.statistics.events.refused).toBe(1);
    await database.close();
  });

  test('name server and user where the log-in is refused, and not the password', async () => {
    const { database } = openTestDatabase({ ...route.login, password: fixedPassword('wrong words') });
    const outcome = await database.reads.query('one', 'SELECT 1').catch((error: Error) => error);
    expect(outcome).toBeInstanceOf(DatabaseUnavailableError);
    expect(String(outcome)).toMatch(
      /reads \(127\.0\.0\.1:\d+\/test_\w+ as service\): password authentication/,
    );
    expect(String(outcome)).not.toContain('wrong words');
    expect(await database.health()).toMatchObject({ healthy: false, pools: { reads: { healthy: false } } });
    await database.close();
  });

  test('take replicas in turn', async () => {
    const login = { ...route.login, hosts: ['127.0.0.1', 'localhost'] };
    const asked: string[] = [];
    const password = {
      current: async (host: string) => {
        asked.push(host);
        return PASSWORD;
      },
      refused: () => false,
    };
    const reports = { login: { ...login, password }, max: 2, min: 2 };
    const { database } = openTestDatabase(route.login, { reports });
    await database.warmUp();
    expect(asked).toEqual(['127.0.0.1', 'localhost']);
    expect(database.reports).not.toBe(database.reads);
    await database.close();
  });

  test('come back after the server was away', async () => {
    const { database } = openTestDatabase(route.login);
    await database.warmUp();
    await route.server.stop('SIGINT');
    await expect(database.reads.query('one', 'SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    expect((await database.health()).healthy).toBe(false);
    await route.server.resume();
    await expect(database.reads.query('one', 'SELECT 1')).resolves.toBeDefined();
    expect((await database.health()).healthy).toBe(true);
    await database.close();
  });
});
