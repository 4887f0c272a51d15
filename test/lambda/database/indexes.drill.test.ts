import { join } from 'node:path';
import type { Client } from 'pg';
import {
  type GeneratedRequests,
  HEAVY_USER,
  insertGenerated,
  insertUsersAndPrices,
  RARE_WORD,
} from '../../../bin/db/generated-requests';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { refreshRollup } from '../../../lambda/database/rollups/refresh-rollup';
import {
  ACTIVE_REQUESTS,
  COST_SUMMARY,
  DAILY_COSTS,
  HISTORY_FIRST_PAGE,
  HISTORY_NEXT_PAGE,
  PROMPT_SEARCH,
  type RequestQuery,
} from '../../../service/database/requests/queries';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { planOf, rowsRead, scansOf } from './plans';
import { DATABASE_PROGRAMS, rowsOf, TestServer, untilRows } from './postgres';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));

/** Schema without the indexes and the roll-up. */
const TABLES = FILES.filter(({ name }) => name < '0004');

const STOCK: GeneratedRequests = {
  total: 1_000_000,
  users: 1000,
  start: '2026-08-01T00:00:00Z',
  end: '2026-11-01T00:00:00Z',
};
const PARTITIONS = ['2026_08', '2026_09', '2026_10'];
const PAGE = 100;
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** For a user with a large share of all rows, PostgreSQL may read the index by time and skip the other users. */
const ORDINARY_USER = 'user-0500';

/** Each query of the seed: its values, the partitions that it has to look into. */
const QUERIES: readonly (readonly [string, RequestQuery, readonly unknown[], readonly string[]])[] = [
  ['the first page of a history', HISTORY_FIRST_PAGE, [ORDINARY_USER, PAGE], PARTITIONS],
  [
    'a later page of a history',
    HISTORY_NEXT_PAGE,
    [ORDINARY_USER, PAGE, '2026-09-10T00:00:00Z', LAST_ID],
    ['2026_08', '2026_09'],
  ],
  [
    'the costs of a period',
    COST_SUMMARY,
    [HEAVY_USER, '2026-08-15T00:00:00Z', '2026-09-15T00:00:00Z'],
    ['2026_08', '2026_09'],
  ],
  ['active requests', ACTIVE_REQUESTS, [HEAVY_USER], PARTITIONS],
  ['requests by words of their prompt', PROMPT_SEARCH, [`every ${RARE_WORD}`, PAGE], PARTITIONS],
];

/** Faster loading: nothing here survives the test. */
const LOADING = [
  'shared_buffers=1GB',
  'maintenance_work_mem=512MB',
  'work_mem=64MB',
  'autovacuum=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
];

describeWithServers('on a million requests', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let database: string;
  let client: Client;
  const unindexed = new Map<string, string[]>();

  beforeAll(async () => {
    server = await TestServer.start(LOADING);
    database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, TABLES);
    await createPartitions(client, monthOf(new Date(STOCK.start)), monthOf(new Date(STOCK.end)) - 1);
    await insertUsersAndPrices(client, STOCK);
    // Their users exist: looking each up would take half of the time.
    await client.query('SET session_replication_role = replica');
    await insertGenerated(client, STOCK, 0, STOCK.total);
    await client.query('RESET session_replication_role');
    await client.query('ANALYZE llm_requests');
    for (const [name, query, values] of QUERIES) {
      unindexed.set(name, scansOf(await planOf(client, query, values)));
    }
    // Onto tables full of rows, as on a database that is in use.
    await migrate(client, FILES);
    await client.query('VACUUM ANALYZE llm_requests');
    await client.query('ANALYZE user_cost_summary');
  });
  afterAll(async () => {
    await client?.end();
    await server?.remove();
  });

  test('a migration leaves every index of the seed valid on every partition', async () => {
    const rows = await rowsOf(
      client,
      `SELECT DISTINCT indisvalid AS valid, (SELECT count(*)::int FROM pg_inherits WHERE inhparent = indexrelid) AS partitions
       FROM pg_index WHERE indrelid = 'llm_requests'::regclass`,
    );
    expect(rows).toEqual([{ valid: true, partitions: PARTITIONS.length }]);
  });

  test.each(QUERIES)('%s: by the index, which it needs', async (name, query, values, partitions) => {
    const scans = (all: readonly string[]) => all.filter((scan) => !/users/.test(scan)).sort();
    expect(scans(scansOf(await planOf(client, query, values)))).toEqual(
      partitions.map((partition) => query.index.replace('llm_requests', `llm_requests_${partition}`)),
    );
    // Without it: every row of the partitions, one after the other.
    expect(scans(unindexed.get(name) ?? [])).toEqual(
      partitions.map((partition) => `Seq Scan llm_requests_${partition}`),
    );
  });

  test('costs by day: from the roll-up, by its index', async () => {
    const plan = await planOf(client, DAILY_COSTS, [HEAVY_USER, '2026-08-01', '2026-08-31']);
    expect(scansOf(plan)).toEqual([DAILY_COSTS.index]);
  });

  test('page 1,000 reads one page of rows, and with OFFSET all pages before it', async () => {
    const [before] = await rowsOf(
      client,
      `SELECT "timestamp"::text, id FROM llm_requests WHERE user_id = $1
       ORDER BY "timestamp" DESC, id DESC OFFSET $2 LIMIT 1`,
      [HEAVY_USER, 999 * PAGE - 1],
    );
    const keyset = [HEAVY_USER, PAGE, before?.['timestamp'], before?.['id']];
    const offset = { text: `${HISTORY_FIRST_PAGE.text} OFFSET $3` };
    const offsetValues = [HEAVY_USER, PAGE, 999 * PAGE];
    const ids = async (text: string, values: readonly unknown[]) =>
      (await rowsOf(client, text, values)).map(({ id }) => id);

    const page = await ids(HISTORY_NEXT_PAGE.text, keyset);
    expect(page).toHaveLength(PAGE);
    expect(page).toEqual(await ids(offset.text, offsetValues));
    expect(await rowsRead(client, HISTORY_NEXT_PAGE, keyset)).toBe(PAGE);
    expect(await rowsRead(client, offset, offsetValues)).toBeGreaterThanOrEqual(1000 * PAGE);
  });

  test('the roll-up adds up to the last decimal', async () => {
    const [sums] = await rowsOf(
      client,
      `SELECT (SELECT sum(cost) FROM llm_requests) = (SELECT sum(total_cost) FROM user_cost_summary) AS equal_costs,
         (SELECT sum(request_count)::int FROM user_cost_summary) AS requests`,
    );
    expect(sums).toEqual({ equal_costs: true, requests: STOCK.total });
  });

  describe('while the roll-up is refreshed', () => {
    let refresher: Client;
    let reader: Client;
    let holder: Client;

    beforeAll(async () => {
      refresher = await server.connect(database);
      reader = await server.connect(database);
      holder = await server.connect(database);
      // Who has to wait for a lock at all, fails.
      await reader.query(`SET lock_timeout = '1ms'`);
    });
    afterAll(async () => {
      await Promise.all([refresher, reader, holder].map((one) => one?.end()));
    });

    /** Holds a refresh in the middle, with its locks taken, for the time of `meanwhile`. */
    async function during<T>(refresh: () => Promise<T>, meanwhile: () => Promise<void>): Promise<T> {
      await holder.query('BEGIN; LOCK TABLE llm_requests_2026_08 IN ACCESS EXCLUSIVE MODE');
      const refreshed = refresh();
      try {
        await untilRows(
          holder,
          `SELECT FROM pg_locks WHERE NOT granted AND relation = 'llm_requests_2026_08'::regclass`,
        );
        await meanwhile();
      } finally {
        await holder.query('ROLLBACK');
      }
      return refreshed;
    }
    const read = () => rowsOf(reader, DAILY_COSTS.text, [HEAVY_USER, '2026-08-01', '2026-08-31']);

    test('readers wait for nothing, and a second refresh leaves it to the first', async () => {
      await refresher.query(`SET lock_timeout = '60s'`);
      const result = await during(
        () => refreshRollup(refresher),
        async () => {
          expect(await read()).toHaveLength(31);
          expect(await refreshRollup(reader)).toEqual({ outcome: 'skipped', reason: 'another-refresh-runs' });
        },
      );
      const [view] = await rowsOf(client, 'SELECT count(*)::int AS rows FROM user_cost_summary');
      expect(result).toEqual({ outcome: 'refreshed', ...view });
    });

    test('they would wait for one that is not CONCURRENTLY', async () => {
      await during(
        () => refresher.query('REFRESH MATERIALIZED VIEW user_cost_summary'),
        () => expect(read()).rejects.toThrow('canceling statement due to lock timeout'),
      );
    });

    test('a killed one leaves the old rows and no lock', async () => {
      await client.query(`UPDATE llm_requests SET cost = cost + 1 WHERE user_id = $1 AND status = 'active'`, [
        HEAVY_USER,
      ]);
      const total = async () => (await rowsOf(client, 'SELECT sum(total_cost) FROM user_cost_summary'))[0];
      const old = await total();
      const victim = await server.connect(database);
      await victim.query(`SET lock_timeout = '60s'`);
      const killed = during(
        () => refreshRollup(victim),
        async () => {
          await holder.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REFRESH%' AND state = 'active'`,
          );
        },
      );
      await expect(killed).rejects.toThrow('terminating connection due to administrator command');
      expect(await total()).toEqual(old);
      expect(await refreshRollup(client)).toMatchObject({ outcome: 'refreshed' });
      expect(await total()).not.toEqual(old);
    });
  });
});
