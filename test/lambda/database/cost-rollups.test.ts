import { join } from 'node:path';
import fc from 'fast-check';
import type { Client } from 'pg';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { detachPartitions } from '../../../lambda/database/partitions/detach-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from './postgres';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));
const PROJECT = '00000000-0000-7000-8000-000000000001';
const OTHER_PROJECT = '00000000-0000-7000-8000-000000000002';
const always = () => true;

/** What the hourly table has to hold up to an instant, from the requests themselves. */
const HOURLY = `
  SELECT date_trunc('hour', "timestamp", 'UTC') AS hour, project_id, provider, model, count(*) AS requests,
    count(*) FILTER (WHERE status = 'completed') AS completed, count(*) FILTER (WHERE status = 'failed') AS failed,
    sum(cost) AS cost, sum(coalesce(list_cost, cost)) AS list_cost, sum(input_tokens) AS input_tokens,
    count(*) FILTER (WHERE pricing = 'unpriced') AS unpriced_requests, coalesce(sum(latency_ms), 0) AS latency_ms_sum
  FROM llm_requests WHERE "timestamp" < (SELECT complete_until FROM rollup_state)
  GROUP BY 1, 2, 3, 4`;
const DAILY = `
  SELECT ("timestamp" AT TIME ZONE 'UTC')::date AS day, project_id, user_id, provider, model, count(*) AS requests,
    sum(cost) AS cost
  FROM llm_requests WHERE "timestamp" < (SELECT complete_until FROM rollup_state)
  GROUP BY 1, 2, 3, 4, 5`;
const WITHOUT_USERS = `
  SELECT ("timestamp" AT TIME ZONE 'UTC')::date AS day, project_id, provider, model, count(*) AS requests,
    sum(cost) AS cost
  FROM llm_requests WHERE "timestamp" < (SELECT complete_until FROM rollup_state)
  GROUP BY 1, 2, 3, 4`;
const HOURLY_COLUMNS = `hour, project_id, provider, model, requests, completed, failed, cost, list_cost, input_tokens,
  unpriced_requests, latency_ms_sum`;
const DAILY_COLUMNS = 'day, project_id, user_id, provider, model, requests, cost';
const WITHOUT_USERS_COLUMNS = 'day, project_id, provider, model, requests, cost';

describeWithServers('the cost roll-ups', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let database: string;
  let client: Client;
  let rollup: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server?.remove());

  beforeEach(async () => {
    database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, FILES);
    const month = monthOf(new Date());
    await createPartitions(client, month - 2, month + 1);
    await client.query(`
      INSERT INTO users (id) VALUES ('ada'), ('bob');
      INSERT INTO projects (id, name) VALUES ('${OTHER_PROJECT}', 'other')`);
    rollup = await server.connect(database, { user: DATABASE_ROLES.rollup });
  });
  afterEach(async () => {
    await rollup.end();
    await client.end();
  });

  /** Stores a request some hours and minutes before the current hour, with its mark, as writers do. */
  async function store(
    hoursAgo: number,
    { user = 'ada', project = PROJECT, cost = '0.25', tags = {}, marked = true } = {},
  ): Promise<void> {
    await client.query(
      `WITH stored AS (
         INSERT INTO llm_requests (user_id, "timestamp", project_id, provider, model, cost, status, latency_ms, tags)
         VALUES ($1, date_trunc('hour', now(), 'UTC') - $2 * interval '1 hour' + interval '1 minute', $3, 'acme', 'large',
           $4, 'completed', 100, $5) RETURNING "timestamp")
       INSERT INTO rollup_changes (hour) SELECT date_trunc('hour', "timestamp", 'UTC') FROM stored WHERE $6`,
      [user, hoursAgo, project, cost, tags, marked],
    );
  }

  const differences = async () => [
    ...(await rowsOf(client, `(${HOURLY}) EXCEPT SELECT ${HOURLY_COLUMNS} FROM costs_hourly`)),
    ...(await rowsOf(client, `SELECT ${HOURLY_COLUMNS} FROM costs_hourly EXCEPT (${HOURLY})`)),
    ...(await rowsOf(client, `(${DAILY}) EXCEPT SELECT ${DAILY_COLUMNS} FROM costs_daily_by_user`)),
    ...(await rowsOf(client, `SELECT ${DAILY_COLUMNS} FROM costs_daily_by_user EXCEPT (${DAILY})`)),
    ...(await rowsOf(client, `(${WITHOUT_USERS}) EXCEPT SELECT ${WITHOUT_USERS_COLUMNS} FROM costs_daily`)),
    ...(await rowsOf(client, `SELECT ${WITHOUT_USERS_COLUMNS} FROM costs_daily EXCEPT (${WITHOUT_USERS})`)),
  ];
  const sum = async () =>
    (await rowsOf(client, 'SELECT sum(cost)::text AS cost FROM costs_hourly'))[0]?.['cost'];

  test('hold the ended hours, and not the current one', async () => {
    await store(2);
    await store(1);
    await store(0);
    expect(await refreshCosts(rollup, always)).toMatchObject({ outcome: 'refreshed', hoursBehind: 0 });
    expect(await differences()).toEqual([]);
    expect(await sum()).toBe('0.5000000000');
    const [state] = await rowsOf(
      client,
      `SELECT complete_until = date_trunc('hour', now(), 'UTC') AS complete, now() - refreshed_at < '1 minute' AS fresh
       FROM rollup_state`,
    );
    expect(state).toEqual({ complete: true, fresh: true });
    expect(await rowsOf(client, 'SELECT 1 FROM rollup_changes')).toEqual([]);
  });

  test('start at the oldest request that was there before them', async () => {
    await store(24 * 20, { marked: false });
    await store(30, { marked: false });
    await refreshCosts(rollup, always);
    expect(await differences()).toEqual([]);
    expect(await sum()).toBe('0.5000000000');
  });

  test('take in rows that come late, and rows that change', async () => {
    await store(24 * 3);
    await refreshCosts(rollup, always);
    await store(24 * 3 + 5, { user: 'bob' });
    await client.query(`
      UPDATE llm_requests SET cost = 3 WHERE user_id = 'ada';
      INSERT INTO rollup_changes (hour) SELECT DISTINCT date_trunc('hour', "timestamp", 'UTC') FROM llm_requests`);
    expect(await refreshCosts(rollup, always)).toMatchObject({ hoursBehind: 0 });
    expect(await differences()).toEqual([]);
    expect(await sum()).toBe('3.2500000000');
  });

  test('take in rows of the last hour that a release without marks has written', async () => {
    await store(1);
    await refreshCosts(rollup, always);
    await store(1, { marked: false });
    await refreshCosts(rollup, always);
    expect(await differences()).toEqual([]);
  });

  test('go on in the next run where the time was over', async () => {
    for (const days of [9, 6, 3]) await store(24 * days, { marked: false });
    let left = 2;
    const first = await refreshCosts(rollup, () => left-- > 0);
    expect(first).toMatchObject({ outcome: 'refreshed', hoursBehind: expect.any(Number) });
    expect((first as { hoursBehind: number }).hoursBehind).toBeGreaterThan(24 * 7);
    expect(await rowsOf(client, `SELECT refreshed_at::text FROM rollup_state`)).toEqual([
      { refreshed_at: '-infinity' },
    ]);
    expect(await refreshCosts(rollup, always)).toMatchObject({ hoursBehind: 0 });
    expect(await differences()).toEqual([]);
  });

  test('are skipped while another run is under way', async () => {
    const other = await server.connect(database);
    await other.query(`SELECT pg_advisory_lock(${0x72_6f_6c_02})`);
    expect(await refreshCosts(rollup, always)).toEqual({
      outcome: 'skipped',
      reason: 'another-refresh-runs',
    });
    await other.end();
  });

  test('miss no row that is committed while a run is under way', async () => {
    await store(3);
    const writer = await server.connect(database);
    await writer.query('BEGIN');
    await writer.query(
      `INSERT INTO llm_requests (user_id, "timestamp", provider, model, status, cost)
       VALUES ('ada', date_trunc('hour', now(), 'UTC') - interval '3 hours', 'acme', 'large', 'active', 7)`,
    );
    await writer.query(
      `INSERT INTO rollup_changes (hour) VALUES (date_trunc('hour', now(), 'UTC') - interval '3 hours')`,
    );
    await refreshCosts(rollup, always);
    expect(await sum()).toBe('0.2500000000');
    await writer.query('COMMIT');
    await writer.end();
    await refreshCosts(rollup, always);
    expect(await sum()).toBe('7.2500000000');
    expect(await differences()).toEqual([]);
  });

  test('group by the declared tags alone, in hours of before their declaration as well', async () => {
    await store(5, { tags: { team: 'search', secret: 'x' } });
    await store(5, { tags: { team: 'ads' } });
    await refreshCosts(rollup, always);
    expect(await rowsOf(client, 'SELECT tags, requests::int FROM costs_hourly')).toEqual([
      { tags: {}, requests: 2 },
    ]);
    await client.query(
      `SET ROLE ${DATABASE_ROLES.admin}; INSERT INTO declared_tags VALUES ('team'); RESET ROLE`,
    );
    await refreshCosts(rollup, always);
    expect(await rowsOf(client, 'SELECT tags, requests::int FROM costs_hourly ORDER BY 1')).toEqual([
      { tags: { team: 'ads' }, requests: 1 },
      { tags: { team: 'search' }, requests: 1 },
    ]);
  });

  test('keep the costs of a month that was detached, whatever is marked', async () => {
    const month = monthOf(new Date());
    await client.query(
      `INSERT INTO llm_requests (user_id, "timestamp", provider, model, status, cost)
       VALUES ('ada', date_trunc('month', now(), 'UTC') - interval '1 month', 'acme', 'large', 'active', 9)`,
    );
    await refreshCosts(rollup, always);
    await detachPartitions(client, month);
    await client.query(`INSERT INTO declared_tags VALUES ('team')`);
    await refreshCosts(rollup, always);
    expect(await sum()).toBe('9.0000000000');
  });

  test('are the sums of the requests, whatever happens in whichever order', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('store' as const),
          hour: fc.nat(60),
          user: fc.constantFrom('ada', 'bob'),
          project: fc.constantFrom(PROJECT, OTHER_PROJECT),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('reprice' as const), hour: fc.nat(60) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('refresh' as const), days: fc.integer({ min: 1, max: 4 }) }),
      },
    );
    const property = fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      await client.query(
        'TRUNCATE llm_requests, rollup_changes, costs_hourly, costs_daily, costs_daily_by_user, rollup_state -- of this test',
      );
      for (const one of steps) {
        if (one.kind === 'store') await store(one.hour, one);
        else if (one.kind === 'refresh') {
          let left = one.days;
          await refreshCosts(rollup, () => left-- > 0);
        } else {
          await client.query(
            `WITH changed AS (
               UPDATE llm_requests SET cost = cost * 2, pricing = 'partial'
               WHERE "timestamp" >= date_trunc('hour', now(), 'UTC') - $1 * interval '1 hour' RETURNING "timestamp")
             INSERT INTO rollup_changes (hour) SELECT DISTINCT date_trunc('hour', "timestamp", 'UTC') FROM changed`,
            [one.hour],
          );
        }
      }
      await refreshCosts(rollup, always);
      expect(await differences()).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 });
  });
});
