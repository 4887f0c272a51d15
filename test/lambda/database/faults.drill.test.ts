import { join } from 'node:path';
import type { Client } from 'pg';
import { insertGenerated, insertUsersAndPrices } from '../../../bin/db/generated-requests';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { type Migration, readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { refreshRollup } from '../../../lambda/database/rollups/refresh-rollup';
import { connect } from '../../../service/database/connect';
import { batchInsert } from '../../../service/database/requests/batch-insert';
import { ROOT } from '../../helpers/commands';
import { runCommand } from '../../helpers/database-servers';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, SUPERUSER_PASSWORD, TestServer, untilRows } from './postgres';
import { requests } from './requests';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));
const TABLES = FILES.filter(({ name }) => name < '0004');
const STOCK = { total: 20_000, users: 50, start: '2026-10-01T00:00:00Z', end: '2026-11-01T00:00:00Z' };
const MONTH = monthOf(new Date(STOCK.start));

const nextMigration = (sql: string): Migration => ({
  name: '9000_next',
  sql: `SET LOCAL ROLE ${DATABASE_ROLES.owner}; ${sql}`,
  checksum: 'c',
});

describeWithServers('after a fault', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let database: string;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server?.remove());

  beforeEach(async () => {
    database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, TABLES);
    await createPartitions(client, MONTH, MONTH);
    await insertUsersAndPrices(client, STOCK);
    await insertGenerated(client, STOCK, 0, STOCK.total);
  });
  afterEach(async () => {
    await client.end();
    await server.administer(`DROP DATABASE ${database} WITH (FORCE)`);
  });

  /** Everything a schema has, in one text; equal texts, equal schemas. */
  async function fingerprint(of: Client): Promise<unknown> {
    return {
      relations: await rowsOf(
        of,
        `SELECT c.relname, c.relkind, pg_get_userbyid(c.relowner) AS owner, c.relacl::text, i.indisvalid, pg_get_indexdef(i.indexrelid) AS index
         FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
      ),
      columns: await rowsOf(
        of,
        `SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns
         WHERE table_schema = 'public' ORDER BY 1, 2`,
      ),
      constraints: await rowsOf(
        of,
        `SELECT conrelid::regclass::text AS table, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
      ),
      history: await rowsOf(of, 'SELECT name, checksum FROM schema_migrations ORDER BY 1'),
    };
  }
  const count = async (of: Client = client) =>
    Number((await rowsOf(of, 'SELECT count(*)::int AS rows FROM llm_requests'))[0]?.['rows']);

  /** The schema that a run without faults ends in. */
  async function undisturbed(files: readonly Migration[]): Promise<unknown> {
    const other = await server.createDatabase();
    try {
      return await server.with(other, async (calm) => {
        await migrate(calm, TABLES);
        await createPartitions(calm, MONTH, MONTH);
        await migrate(calm, files);
        return fingerprint(calm);
      });
    } finally {
      await server.administer(`DROP DATABASE ${other} WITH (FORCE)`);
    }
  }

  /** Runs `fault` while a migration waits in its last statement for a lock that `client` holds. */
  async function inTheMiddle(fault: (pid: number) => Promise<unknown>): Promise<unknown> {
    const files = [...FILES, nextMigration('CREATE TABLE half_done (); LOCK TABLE model_prices')];
    const victim = await server.connect(database);
    const [{ pid }] = (await victim.query('SELECT pg_backend_pid() AS pid')).rows;
    const holder = await server.connect(database);
    await holder.query('BEGIN; LOCK TABLE model_prices');
    const outcome = migrate(victim, files).catch((error: Error) => error);
    await untilRows(
      client,
      `SELECT FROM pg_locks WHERE pid = $1 AND NOT granted AND relation = 'model_prices'::regclass`,
      [pid],
    );
    await fault(pid);
    const error = await outcome;
    await Promise.all([holder, victim].map((one) => one.end().catch(() => undefined)));
    return error;
  }

  const done = nextMigration('CREATE TABLE half_done (); LOCK TABLE model_prices');

  test('a migration whose session was killed leaves the schema before it, and a rerun ends it', async () => {
    const error = await inTheMiddle((pid) => client.query('SELECT pg_terminate_backend($1)', [pid]));
    expect(error).toMatchObject({
      message:
        'Migration 9000_next (up) failed: Original error: terminating connection due to administrator command',
    });
    expect(await fingerprint(client)).toEqual(await undisturbed(FILES));

    await expect(migrate(client, [...FILES, done])).resolves.toMatchObject({ applied: [done.name] });
    expect(await fingerprint(client)).toEqual(await undisturbed([...FILES, done]));
    expect(await count()).toBe(STOCK.total);
  });

  test('a crash of the server in the middle of a migration does neither', async () => {
    const error = await inTheMiddle(() => server.stop('SIGQUIT'));
    expect(error).toBeInstanceOf(Error);
    await server.resume();
    client = await server.connect(database);
    expect(await fingerprint(client)).toEqual(await undisturbed(FILES));

    await migrate(client, [...FILES, done]);
    expect(await fingerprint(client)).toEqual(await undisturbed([...FILES, done]));
    expect(await count()).toBe(STOCK.total);
  });

  test('an index that was half built is dropped and built again', async () => {
    const victim = await server.connect(database);
    const [{ pid }] = (await victim.query('SELECT pg_backend_pid() AS pid')).rows;
    // A transaction that has written to the table: a concurrent build waits for its end, its index there but invalid.
    await client.query(`BEGIN; UPDATE llm_requests_2026_10 SET cost = cost WHERE user_id = 'user-0001'`);
    const outcome = migrate(victim, FILES).catch((error: Error) => error);
    const killer = await server.connect(database);
    await untilRows(
      killer,
      `SELECT FROM pg_stat_activity a, pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE a.pid = $1 AND a.query LIKE 'CREATE INDEX CONCURRENTLY%' AND a.wait_event_type = 'Lock'
         AND NOT i.indisvalid AND c.relkind = 'i'`,
      [pid],
    );
    await killer.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await outcome).toMatchObject({
      message: expect.stringContaining('terminating connection due to administrator command'),
    });
    await client.query('COMMIT');
    await killer.end();

    const { indexesBuilt } = await migrate(client, FILES);
    expect(indexesBuilt).toHaveLength(8);
    expect(await fingerprint(client)).toEqual(await undisturbed(FILES));
    expect(await count()).toBe(STOCK.total);
  });

  test('two deployments at once end in the schema of one', async () => {
    const others = [await server.connect(database), await server.connect(database)];
    const results = await Promise.all(others.map((other) => migrate(other, [...FILES, done])));
    await Promise.all(others.map((other) => other.end()));
    const names = [...FILES.slice(TABLES.length), done].map(({ name }) => name);
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual(names);
    expect(await fingerprint(client)).toEqual(await undisturbed([...FILES, done]));
    expect(await count()).toBe(STOCK.total);
  });

  test('a deployment that waits too long for another reports it', async () => {
    await client.query('SELECT pg_advisory_lock($1)', [0x6d_69_67_01]);
    const other = await server.connect(database);
    await expect(migrate(other, FILES, { waitSeconds: 0 })).rejects.toThrow(
      "another migration has run for 0 s: wait until it ends, or end its session (pg_stat_activity, application_name 'llm-cost-ops-migrator'), then run again",
    );
    await other.end();
  });

  test('a migration that fails takes back what it did', async () => {
    const broken = nextMigration('DROP INDEX idx_llm_requests_cost; SELECT 1 / 0');
    await expect(migrate(client, [...FILES, broken])).rejects.toThrow('division by zero');
    expect(await fingerprint(client)).toEqual(await undisturbed(FILES));
  });

  test('a wrong password fails at once and is in no message', async () => {
    const settings = server.settings(database, {
      host: '127.0.0.1',
      password: async () => 'not the password',
    });
    await expect(connect(settings)).rejects.toThrow(
      `cannot log in to 127.0.0.1:${server.port}/${database} as postgres: password authentication failed for user "postgres"`,
    );
    const right = await connect({ ...settings, password: async () => SUPERUSER_PASSWORD });
    await right.end();
  });

  test('a batch that the server does not answer any more is simply sent again', async () => {
    const batch = requests(1000, STOCK.start);
    const victim = await server.connect(database);
    await victim.query('BEGIN');
    expect(await batchInsert(victim, batch)).toBe(1000);
    await server.stop('SIGQUIT');
    await expect(victim.query('COMMIT')).rejects.toThrow();
    await server.resume();

    client = await server.connect(database);
    expect(await count()).toBe(STOCK.total);
    expect(await batchInsert(client, batch)).toBe(1000);
    expect(await batchInsert(client, batch)).toBe(0);
    expect(await count()).toBe(STOCK.total + 1000);
  });

  describe('of a full disk', () => {
    /** Largest file that the server may write from now on, bytes: what a full disk feels like. */
    const limitFiles = async (limit: number | 'unlimited') => {
      const result = await runCommand(['prlimit', '--pid', String(server.pid), `--fsize=${limit}:`]);
      expect(result).toEqual({ code: 0, output: '' });
    };
    /** Above a segment of the write-ahead log, 16 MiB. */
    const LIMIT = 17 * 2 ** 20;

    afterEach(() => limitFiles('unlimited'));

    test('migrations, batches and refreshes leave what was there, and go on when there is room', async () => {
      await migrate(client, FILES);
      const before = await fingerprint(client);
      const total = async () => (await rowsOf(client, 'SELECT sum(total_cost) FROM user_cost_summary'))[0];
      const oldTotal = await total();
      await limitFiles(LIMIT);
      const full = await server.connect(database);

      const big = nextMigration(
        `CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 30000)`,
      );
      await expect(migrate(full, [...FILES, big])).rejects.toThrow('could not extend file');

      let stored = 0;
      const fill = async () => {
        for (let batch = 0; batch < 200; batch += 1) {
          stored += await batchInsert(full, requests(1000, STOCK.start, batch));
        }
      };
      await expect(fill()).rejects.toThrow('could not extend file');
      expect(await count()).toBe(STOCK.total + stored);

      // What a refresh compares with goes to temporary files, for which there is a quota.
      await full.query(`SET temp_file_limit = 0; SET work_mem = '64kB'`);
      await expect(refreshRollup(full)).rejects.toThrow('temporary file size exceeds');
      expect(await total()).toEqual(oldTotal);
      await full.end();
      expect(await fingerprint(client)).toEqual(before);

      await limitFiles('unlimited');
      const free = await server.connect(database);
      expect(await migrate(free, [...FILES, big])).toMatchObject({ applied: [big.name] });
      expect(await refreshRollup(free)).toMatchObject({ outcome: 'refreshed' });
      expect(await total()).not.toEqual(oldTotal);
      expect(await count(free)).toBe(STOCK.total + stored);
      await free.end();
    });
  });
});
