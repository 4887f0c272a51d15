import { join } from 'node:path';
import type { Client } from 'pg';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { measureLedger } from '../../../lambda/database/rollups/measure-ledger';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from './postgres';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));
const PROJECT = '00000000-0000-7000-8000-000000000001';

describeWithServers('the measures of the ledger', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let client: Client;
  let rollup: Client;

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, FILES);
    const month = monthOf(new Date());
    await createPartitions(client, month - 1, month + 1);
    await client.query(`INSERT INTO users (id) VALUES ('ada')`);
    rollup = await server.connect(database, { user: DATABASE_ROLES.rollup });
  });
  afterAll(async () => {
    await rollup?.end();
    await client?.end();
    await server?.remove();
  });
  beforeEach(() =>
    client.query('TRUNCATE llm_requests, rejected_requests, costs_hourly, rollup_changes, rollup_state'),
  );

  /** Stores a request some hours ago. */
  const store = (hoursAgo: number, status: string, pricing: string) =>
    client.query(
      `INSERT INTO llm_requests (user_id, "timestamp", provider, model, status, pricing, latency_ms)
       VALUES ('ada', now() - $1 * interval '1 hour', 'acme', 'large', $2, $3, 1)`,
      [hoursAgo, status, pricing],
    );
  const reject = (minutesAgo: number) =>
    client.query(
      `INSERT INTO rejected_requests (id, project_id, received_at, source, code, message)
       VALUES (gen_random_uuid(), $1, now() - $2 * interval '1 minute', 'api', 'nul_byte', 'has a NUL byte')`,
      [PROJECT, minutesAgo],
    );

  test('are 0 in an empty ledger', async () => {
    expect(await measureLedger(rollup)).toEqual({ rejected: 0, unpriced: 0, leftActive: 0 });
  });

  test('count the records that were refused in the last hour', async () => {
    for (const minutes of [1, 59, 61]) await reject(minutes);
    expect(await measureLedger(rollup)).toMatchObject({ rejected: 2 });
  });

  test('count requests that have been active for more than an hour, and no ended ones', async () => {
    await store(0.9, 'active', 'priced');
    await store(1.1, 'active', 'priced');
    await store(24, 'active', 'priced');
    await store(2, 'completed', 'priced');
    expect(await measureLedger(rollup)).toMatchObject({ leftActive: 2 });
  });

  test('count the last day without a full price, until the requests get theirs', async () => {
    await store(2, 'completed', 'unpriced');
    await store(3, 'completed', 'partial');
    await store(4, 'completed', 'priced');
    await store(30, 'completed', 'unpriced');
    await refreshCosts(rollup, () => true);
    expect(await measureLedger(rollup)).toMatchObject({ unpriced: 2 });
    await client.query(`
      UPDATE llm_requests SET pricing = 'priced' WHERE pricing = 'unpriced';
      INSERT INTO rollup_changes (hour) SELECT DISTINCT date_trunc('hour', "timestamp", 'UTC') FROM llm_requests`);
    await refreshCosts(rollup, () => true);
    expect(await measureLedger(rollup)).toMatchObject({ unpriced: 1 });
  });
});
