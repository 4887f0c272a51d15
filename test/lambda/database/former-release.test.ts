import { join } from 'node:path';
import type { Client } from 'pg';
import { insertGenerated, insertUsersAndPrices } from '../../../bin/db/generated-requests';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { detachPartitions } from '../../../lambda/database/partitions/detach-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import { refreshRollup } from '../../../lambda/database/rollups/refresh-rollup';
import { batchInsert } from '../../../service/database/requests/batch-insert';
import {
  ACTIVE_REQUESTS,
  COST_SUMMARY,
  DAILY_COSTS,
  HISTORY_FIRST_PAGE,
  HISTORY_NEXT_PAGE,
  PROMPT_SEARCH,
} from '../../../service/database/requests/queries';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from './postgres';
import { requests } from './requests';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));
/** The schema of release 0.1. */
const FORMER = FILES.filter(({ name }) => name < '0006');
const STOCK = { total: 20_000, users: 50, start: '2026-10-01T00:00:00Z', end: '2026-12-01T00:00:00Z' };
const OCTOBER = monthOf(new Date(STOCK.start));

describeWithServers('the migrations of the service on a database of release 0.1', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let client: Client;
  /** A session of the former release, as the API. */
  let api: Client;
  let files: unknown;
  let inserted = 0;

  /** Which file holds each partition's rows: a rewrite would change it. */
  const filesOfRows = () =>
    rowsOf(
      client,
      `SELECT relname, relfilenode FROM pg_class WHERE relname ~ '^llm_requests_\\d{4}_\\d{2}$' ORDER BY 1`,
    );

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, FORMER);
    await createPartitions(client, OCTOBER, OCTOBER + 2);
    await insertUsersAndPrices(client, STOCK);
    await insertGenerated(client, STOCK, 0, STOCK.total);
    files = await filesOfRows();
    api = await server.connect(database, { user: DATABASE_ROLES.api });
    const migrator = await server.connect(database);
    // Writers of the former release go on; a lock that blocked them would end a statement after its time-out.
    await api.query(`SET statement_timeout = '2s'`);
    let migrating = true;
    const writing = (async () => {
      for (let batch = 1; migrating; batch += 1) {
        inserted += await batchInsert(api, requests(50, '2026-11-15T00:00:00Z', batch));
      }
    })();
    await migrate(migrator, FILES);
    migrating = false;
    await writing;
    await migrator.end();
  });
  afterAll(async () => {
    await api?.end();
    await client?.end();
    await server?.remove();
  });

  test('run while the former release writes, and lose none of its rows', async () => {
    expect(inserted).toBeGreaterThan(0);
    expect(await rowsOf(client, 'SELECT count(*)::int AS rows FROM llm_requests')).toEqual([
      { rows: STOCK.total + inserted },
    ]);
  });

  test('rewrite no partition', async () => {
    expect(await filesOfRows()).toEqual(files);
  });

  test('leave valid constraints and indexes', async () => {
    const invalid = await rowsOf(
      client,
      `SELECT conname AS name FROM pg_constraint WHERE NOT convalidated AND connamespace = 'public'::regnamespace
       UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid`,
    );
    expect(invalid).toEqual([]);
  });

  test('give old rows the default project and leave their costs as they are', async () => {
    const [row] = await rowsOf(
      client,
      `SELECT count(DISTINCT project_id)::int AS projects, min(project_id::text) AS project,
         bool_and(pricing = 'priced' AND usage_source = 'reported' AND tags = '{}') AS defaults
       FROM llm_requests`,
    );
    expect(row).toEqual({
      projects: 1,
      project: '00000000-0000-7000-8000-000000000001',
      defaults: true,
    });
  });

  test.each([
    ['a history', HISTORY_FIRST_PAGE, ['user-0001', 10]],
    [
      'a later page',
      HISTORY_NEXT_PAGE,
      ['user-0001', 10, '2026-11-10T00:00:00Z', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ],
    ['costs', COST_SUMMARY, ['user-0001', '2026-10-01', '2026-12-01']],
    ['active requests', ACTIVE_REQUESTS, ['user-0001']],
    ['words', PROMPT_SEARCH, ['sentence', 10]],
    ['costs by day', DAILY_COSTS, ['user-0001', '2026-10-01', '2026-12-01']],
  ])('leave the former release its queries: %s', async (_, { text }, values) => {
    await expect(api.query(text, values)).resolves.toBeDefined();
  });

  test('leave the former release its writes: a batch, a price, a user, the end of a request', async () => {
    expect(await batchInsert(api, requests(10, '2026-11-20T00:00:00Z', 999_999))).toBe(10);
    await api.query(`INSERT INTO users (id, name) VALUES ('new', 'New')`);
    await api.query(`INSERT INTO model_prices VALUES ('acme', 'new', now(), 1, 1, 1)`);
    await api.query(`UPDATE llm_requests SET status = 'failed', latency_ms = 9 WHERE status = 'active'`);
  });

  test('leave the former release its roll-up and its partitions', async () => {
    expect(await refreshRollup(client)).toMatchObject({ outcome: 'refreshed' });
    expect(await createPartitions(client, OCTOBER, OCTOBER + 3)).toEqual(['llm_requests_2027_01']);
    expect(await detachPartitions(client, OCTOBER)).toEqual([]);
  });

  test('let the new roll-ups take the old rows in', async () => {
    await refreshCosts(client, () => true);
    const [row] = await rowsOf(
      client,
      `SELECT (SELECT sum(cost) FROM costs_hourly) = (SELECT sum(cost) FROM llm_requests
         WHERE "timestamp" < (SELECT complete_until FROM rollup_state)) AS same`,
    );
    expect(row).toEqual({ same: true });
  });
});
