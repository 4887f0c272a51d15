import { join } from 'node:path';
import type { Client } from 'pg';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { batchInsert } from '../../../lambda/database/requests/batch-insert';
import { uuidV7 } from '../../../lambda/database/requests/uuid-v7';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from './postgres';
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

  test('is stored as it is, to the last character and decimal', async () => {
    const [request] = requests(1, START);
    expect(await batchInsert(client, requests(1, START))).toBe(1);
    const [row] = await rowsOf(client, 'SELECT * FROM llm_requests');
    expect(row).toEqual({
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
