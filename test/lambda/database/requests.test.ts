import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { BATCH_INSERT, batchInsert } from '../../../service/database/requests/batch-insert';
import { uuidV7 } from '../../../service/shared/uuid-v7';
import { ROOT } from '../../helpers/commands';
import { connect as connectClient, withClient, writeForServer } from '../../helpers/database-servers';
import { describeWithServers, freePort, type RunningServer, startServer, until } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, SUPERUSER_PASSWORD, TestServer } from './postgres';
import { requests } from './requests';

const START = '2026-11-01T00:00:00Z';
const MONTH = monthOf(new Date(START));

test('a UUID of version 7 holds its time and is ordered by it: the example of RFC 9562, A.6', () => {
  const random = Buffer.from('0cc3' + '18c4dc0c0c07398f', 'hex');
  expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  expect(uuidV7(2, random) > uuidV7(1, Buffer.alloc(10, 0xff))).toBe(true);
});

describeWithServers('a batch of requests', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
    client = await server.connect(await server.createDatabase());
    await migrate(client, readMigrations(join(ROOT, 'lambda/database/migrations')));
    await createPartitions(client, MONTH, MONTH);
    await client.query(`INSERT INTO users (id) VALUES ('user-0001')`);
  });
  afterAll(async () => {
    await client?.end();
    await server?.remove();
  });
  const count = async () =>
    (await rowsOf(client, 'SELECT count(*)::int AS rows FROM llm_requests'))[0]?.['rows'];

  test('is stored unchanged, to the last character and decimal', async () => {
    const [request] = requests(1, START);
    expect(await batchInsert(client, requests(1, START))).toBe(1);
    const [row] = await rowsOf(client, 'SELECT * FROM llm_requests');
    expect(row).toMatchObject({
      id: request?.id,
      user_id: request?.userId,
      timestamp: new Date(START),
      provider: request?.provider,
      model: request?.model,
      prompt: request?.prompt,
      input_tokens: 100,
      cached_input_tokens: 0,
      output_tokens: 50,
      cost: '0.0012345678',
      latency_ms: 900,
      status: 'completed',
      cache_hit: true,
      error_code: null,
    });
  });

  test('that overlaps with an earlier one adds what is new', async () => {
    expect(await batchInsert(client, requests(10_000, START))).toBe(9999);
    expect(await count()).toBe(10_000);
  });

  test('with one bad request is not stored at all', async () => {
    const batch = requests(100, START, 1);
    const bad = { ...batch[50], id: uuidV7(0, Buffer.alloc(10)), cost: '-1' } as (typeof batch)[number];
    await expect(batchInsert(client, [...batch, bad])).rejects.toThrow('llm_requests_cost_check');
    expect(await count()).toBe(10_000);
  });

  test('of none is no call', async () => {
    expect(await batchInsert(client, [])).toBe(0);
  });
});

describe('its statement', () => {
  test('is short for any batch: RDS Proxy pins sessions for texts above 16 kB', () => {
    expect(Buffer.byteLength(BATCH_INSERT)).toBeLessThan(1024);
  });

  test('is never prepared under a name, nor is any other of the functions and the service', () => {
    const sources = ['lambda', 'service/database']
      .flatMap((folder) =>
        readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
          (name) => `${folder}/${name}`,
        ),
      )
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ name, text: readFileSync(join(ROOT, name), 'utf8') }));
    const named = sources.filter(({ text }) =>
      /\bname: (?!string)[^,]+,\s*text\b|\btext: (?!string)[^,]+,\s*name\b/.test(text),
    );
    expect(named.map(({ name }) => name)).toEqual([]);
  });
});

describeWithServers('a batch through PgBouncer', [...DATABASE_PROGRAMS, 'pgbouncer'], () => {
  let server: TestServer;
  let pooler: RunningServer;
  let through: { host: string; port: number; user: string; password: string; database: string };

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await server.createDatabase();
    await server.with(database, async (client) => {
      await migrate(client, readMigrations(join(ROOT, 'lambda/database/migrations')));
      await createPartitions(client, MONTH, MONTH);
      await client.query(`INSERT INTO users (id) VALUES ('user-0001')`);
    });
    const port = await freePort();
    const login = `"postgres" "${SUPERUSER_PASSWORD}"\n`;
    const settings = [
      '[databases]',
      `* = host=127.0.0.1 port=${server.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${writeForServer(join(server.folder, 'userlist.txt'), login)}`,
      'pool_mode = transaction',
      // Two server connections for eight clients, and no memory of named statements: as strict as a pooler can be.
      'default_pool_size = 2',
      'max_prepared_statements = 0',
    ];
    pooler = startServer('pgbouncer', [
      writeForServer(join(server.folder, 'pgbouncer.ini'), settings.join('\n')),
    ]);
    through = { host: '127.0.0.1', port, user: 'postgres', password: SUPERUSER_PASSWORD, database };
    await until(() => withClient(through, (client) => client.query('SELECT 1')), pooler);
  });

  afterAll(async () => {
    await pooler?.stop('SIGQUIT');
    await server?.remove();
  });

  /** Eight clients at once; all of them are closed afterwards. */
  async function together<T>(use: (client: Client, index: number) => Promise<T>) {
    const clients = await Promise.all(Array.from({ length: 8 }, () => connectClient(through)));
    const outcomes = await Promise.allSettled(clients.map(use));
    await Promise.all(clients.map((client) => client.end()));
    return outcomes;
  }

  test('in transaction mode is stored once, on whichever server connection', async () => {
    const sizes = [1, 7, 100, 1000];
    const outcomes = await together(async (client, index) => {
      let stored = 0;
      for (const [round, size] of sizes.entries()) {
        const batch = requests(size, START, 1 + index * sizes.length + round);
        stored += await batchInsert(client, batch);
        stored += await batchInsert(client, batch);
      }
      return stored;
    });
    expect(outcomes).toEqual(outcomes.map(() => ({ status: 'fulfilled', value: 1108 })));
    await withClient(through, async (client) => {
      expect(await rowsOf(client, 'SELECT count(*)::int FROM llm_requests')).toEqual([{ count: 8 * 1108 }]);
      expect(await rowsOf(client, 'SELECT name FROM pg_prepared_statements')).toEqual([]);
    });
  });

  test('would fail under a name, which another server connection does not know', async () => {
    const outcomes = await together(async (client) => {
      for (let round = 0; round < 5; round += 1) {
        await client.query({ name: 'named', text: 'SELECT pg_sleep(0.01)' });
      }
    });
    expect(outcomes.map(({ status }) => status)).toContain('rejected');
  });
});
