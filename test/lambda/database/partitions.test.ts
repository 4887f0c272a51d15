import { join } from 'node:path';
import type { Client } from 'pg';
import { insertGenerated, insertUsersAndPrices } from '../../../bin/db/generated-requests';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions, monthsAhead } from '../../../lambda/database/partitions/create-partitions';
import { detachPartitions } from '../../../lambda/database/partitions/detach-partitions';
import { monthOf, monthOfPartition, partitionName, startOf } from '../../../lambda/database/partitions/month';
import { requestPartitions } from '../../../lambda/database/partitions/request-partitions';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer, untilRows } from './postgres';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));
const STOCK = { total: 9200, users: 10, start: '2025-11-01T00:00:00Z', end: '2026-02-01T00:00:00Z' };
const NOVEMBER = monthOf(new Date(STOCK.start));

test('months are counted over the end of a year, in UTC', () => {
  const december = monthOf(new Date('2025-12-31T23:59:59Z'));
  expect(december).toBe(NOVEMBER + 1);
  expect(startOf(december + 1)).toBe('2026-01-01T00:00:00Z');
  expect(partitionName('t', december)).toBe('t_2025_12');
  expect(monthOfPartition('t', 't_2025_12')).toBe(december);
  expect(monthOfPartition('t', 't_2025_12_old')).toBeUndefined();
});

describeWithServers('monthly partitions', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let database: string;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
    database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, FILES);
  });
  afterAll(async () => {
    await client?.end();
    await server?.remove();
  });

  const states = async () => (await requestPartitions(client)).map(({ name, state }) => `${name} ${state}`);
  const count = async (table: string) =>
    (await rowsOf(client, `SELECT count(*)::int AS rows FROM ${table}`))[0]?.['rows'];

  test('are made once, owned like the whole, with every index', async () => {
    const names = [
      'llm_requests_2025_11',
      'llm_requests_2025_12',
      'llm_requests_2026_01',
      'llm_requests_2026_02',
    ];
    expect(await createPartitions(client, NOVEMBER, NOVEMBER + 3)).toEqual(names);
    expect(await createPartitions(client, NOVEMBER, NOVEMBER + 3)).toEqual([]);
    expect(await monthsAhead(client, NOVEMBER)).toBe(3);
    const made = await rowsOf(
      client,
      `SELECT pg_get_userbyid(relowner) AS owner, (SELECT count(*)::int FROM pg_index WHERE indrelid = c.oid) AS indexes
       FROM pg_class c WHERE relname = ANY($1)`,
      [names],
    );
    expect(made).toEqual(names.map(() => ({ owner: DATABASE_ROLES.owner, indexes: 9 })));
  });

  test('are created while another session writes to the others', async () => {
    await insertUsersAndPrices(client, STOCK);
    const writer = await server.connect(database);
    await writer.query('BEGIN');
    await insertGenerated(writer, STOCK, 0, STOCK.total / 2);
    expect(await createPartitions(client, NOVEMBER, NOVEMBER + 4)).toEqual(['llm_requests_2026_03']);
    await insertGenerated(writer, STOCK, STOCK.total / 2, STOCK.total);
    await writer.query('COMMIT');
    await writer.end();
    expect(await count('llm_requests')).toBe(STOCK.total);
  });

  test('are detached after the retention period while others read, and keep their rows', async () => {
    const [detacher, reader] = [await server.connect(database), await server.connect(database)];
    await reader.query('BEGIN; SELECT count(*) FROM llm_requests');
    const detached = detachPartitions(detacher, NOVEMBER + 1);
    // It waits for whoever has used the table; nobody waits for it.
    await untilRows(
      client,
      `SELECT FROM pg_stat_activity WHERE query LIKE '%DETACH%' AND wait_event_type = 'Lock'`,
    );
    await client.query(`SET lock_timeout = '1ms'`);
    expect(await count('llm_requests')).toBe((STOCK.total * 62) / 92);
    await client.query('RESET lock_timeout');
    expect(await states()).toContain('llm_requests_2025_11 pending');
    await reader.query('COMMIT');
    expect(await detached).toEqual(['llm_requests_2025_11']);

    expect(await states()).toContain('llm_requests_2025_11 detached');
    expect(await count('llm_requests_2025_11')).toBe((STOCK.total * 30) / 92);
    expect(await detachPartitions(client, NOVEMBER + 1)).toEqual([]);
    await Promise.all([detacher.end(), reader.end()]);
  });

  test('whose detachment was killed is finished by the next run', async () => {
    const [victim, reader] = [await server.connect(database), await server.connect(database)];
    await reader.query('BEGIN; SELECT count(*) FROM llm_requests');
    const killed = detachPartitions(victim, NOVEMBER + 2).catch((error: Error) => error);
    const waiting = `FROM pg_stat_activity WHERE query LIKE '%DETACH%' AND wait_event_type = 'Lock'`;
    await untilRows(client, `SELECT ${waiting}`);
    await client.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
    expect(await killed).toBeInstanceOf(Error);
    await reader.query('COMMIT');
    await reader.end();

    expect(await states()).toContain('llm_requests_2025_12 pending');
    expect(await detachPartitions(client, NOVEMBER + 2)).toEqual(['llm_requests_2025_12']);
    expect(await states()).toContain('llm_requests_2025_12 detached');
    expect(await count('llm_requests_2025_12')).toBe((STOCK.total * 31) / 92);
  });

  test('that are detached are never silently replaced by an empty one', async () => {
    await expect(createPartitions(client, NOVEMBER, NOVEMBER)).rejects.toThrow(
      'llm_requests_2025_11 is detached, but requests of its month need it: attach it (docs/database.md)',
    );
  });

  test('are attached again with the documented statement', async () => {
    await client.query(
      `ALTER TABLE llm_requests ATTACH PARTITION llm_requests_2025_11
       FOR VALUES FROM ('2025-11-01T00:00:00Z') TO ('2025-12-01T00:00:00Z')`,
    );
    expect(await states()).toContain('llm_requests_2025_11 attached');
  });
});
