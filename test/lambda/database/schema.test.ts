import { join } from 'node:path';
import type { Client } from 'pg';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { loginWithIam } from '../../../lambda/database/migrator/service-logins';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from './postgres';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));
const MONTH = monthOf(new Date('2026-11-15T00:00:00Z'));

describeWithServers('the schema', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let client: Client;

  // As on RDS: the master is no superuser, rds_iam exists.
  beforeAll(async () => {
    server = await TestServer.start();
    await server.administer(`
      CREATE ROLE rds_iam;
      CREATE ROLE master LOGIN CREATEROLE CREATEDB;
      GRANT rds_iam TO master WITH ADMIN OPTION;
      GRANT pg_monitor TO master WITH ADMIN OPTION`);
    const database = await server.createDatabase('master');
    await server.administer('CREATE EXTENSION pg_stat_statements', database);
    client = await server.connect(database, { user: 'master' });
    await migrate(client, FILES);
    await createPartitions(client, MONTH, MONTH);
    await client.query(`INSERT INTO users (id) VALUES ('ada')`);
  });
  afterAll(async () => {
    await client?.end();
    await server?.remove();
  });

  test('belongs to the owner, all of it', async () => {
    const owners = await rowsOf(
      client,
      `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'pg_stat_statements%'`,
    );
    expect(owners).toEqual([{ owner: DATABASE_ROLES.owner }]);
  });

  test('leaves the master its password: it may act as no role that logs in with IAM', async () => {
    const acts = await rowsOf(
      client,
      `SELECT roleid::regrole::text AS role, pg_has_role(roleid, 'rds_iam', 'MEMBER') AS with_iam FROM pg_auth_members
       WHERE member = 'master'::regrole AND (set_option OR inherit_option) AND roleid::regrole::text LIKE 'llm%'`,
    );
    expect(acts).toEqual([{ role: DATABASE_ROLES.owner, with_iam: false }]);
  });

  test('has every index, valid, on the partition too', async () => {
    const indexes = await rowsOf(
      client,
      `SELECT c.relname AS name, i.indisvalid AS valid,
         (SELECT count(*)::int FROM pg_inherits WHERE inhparent = c.oid) AS partitions
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE i.indrelid = 'llm_requests'::regclass ORDER BY 1`,
    );
    expect(indexes).toEqual(
      [
        'idx_llm_requests_active',
        'idx_llm_requests_cost',
        'idx_llm_requests_project_timestamp',
        'idx_llm_requests_project_user_timestamp',
        'idx_llm_requests_prompt_fulltext',
        'idx_llm_requests_stored_prompts',
        'idx_llm_requests_timestamp',
        'idx_llm_requests_user_timestamp',
        'llm_requests_pkey',
      ].map((name) => ({ name, valid: true, partitions: 1 })),
    );
  });

  test('holds money in no floating-point column', async () => {
    const columns = await rowsOf(
      client,
      `SELECT table_name, column_name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name NOT LIKE 'pg_stat%' AND data_type IN ('real', 'double precision')`,
    );
    expect(columns).toEqual([]);
  });

  const request = {
    user_id: `'ada'`,
    timestamp: `'2026-11-20T12:00:00Z'`,
    provider: `'acme'`,
    model: `'large'`,
    prompt: `'Hello'`,
    input_tokens: '10',
    cached_input_tokens: '5',
    output_tokens: '20',
    cost: '0.0000000001',
    latency_ms: '300',
    status: `'completed'`,
  };
  const insert = (changes: Record<string, string>) => {
    const row = { ...request, ...changes };
    const names = Object.keys(row).map((name) => `"${name}"`);
    return client.query(
      `INSERT INTO llm_requests (${names.join(', ')}) VALUES (${Object.values(row).join(', ')}) RETURNING cost`,
    );
  };

  test('keeps costs to ten decimals', async () => {
    expect((await insert({})).rows).toEqual([{ cost: '0.0000000001' }]);
  });

  test('takes a prompt whose search document would be too long', async () => {
    const words = `(SELECT string_agg(md5(n::text), ' ') FROM generate_series(1, 100000) n)`;
    await expect(insert({ prompt: words })).resolves.toBeDefined();
  });

  test.each([
    ['a negative cost', { cost: '-0.01' }, 'llm_requests_cost_check'],
    ['a cost that is no number', { cost: `'NaN'` }, 'llm_requests_cost_check'],
    ['negative tokens', { output_tokens: '-1' }, 'llm_requests_output_tokens_check'],
    ['more cached tokens than tokens', { cached_input_tokens: '11' }, 'cached_tokens_are_input'],
    ['a status that nobody knows', { status: `'done'` }, 'llm_requests_status_check'],
    ['an error of a request that succeeded', { error_code: `'timeout'` }, 'only_failures_have_errors'],
    ['a user that nobody knows', { user_id: `'bob'` }, 'llm_requests_user_id_fkey'],
    ['a time outside of all partitions', { timestamp: `'2020-01-01Z'` }, 'no partition of relation'],
  ])('fails on %s', async (_, changes, message) => {
    await expect(insert(changes as unknown as Record<string, string>)).rejects.toThrow(message);
  });

  test.each([
    ['api', 'SELECT prompt FROM llm_requests', undefined],
    ['api', `UPDATE llm_requests SET status = 'failed' WHERE user_id = 'nobody'`, undefined],
    ['api', 'DELETE FROM llm_requests', 'permission denied'],
    ['api', 'DROP TABLE llm_requests', 'must be owner'],
    ['api', 'CREATE TABLE mine ()', 'permission denied'],
    ['api', 'REFRESH MATERIALIZED VIEW user_cost_summary', 'permission denied'],
    ['rollup', 'REFRESH MATERIALIZED VIEW CONCURRENTLY user_cost_summary', undefined],
    ['rollup', 'SELECT sum(cost) FROM llm_requests', undefined],
    ['rollup', 'SELECT prompt FROM llm_requests', 'permission denied'],
    ['rollup', 'DROP MATERIALIZED VIEW user_cost_summary', 'must be owner'],
    ['report', 'SELECT sum(cost) FROM llm_requests', undefined],
    ['report', 'SELECT query FROM pg_stat_statements', undefined],
    ['report', 'SELECT prompt FROM llm_requests', 'permission denied'],
    ['report', `UPDATE users SET name = 'x'`, 'permission denied'],
    ['migrator', 'ALTER TABLE users ADD COLUMN mine text; ALTER TABLE users DROP COLUMN mine', undefined],
    ['migrator', 'DROP ROLE llm_cost_ops_api', 'permission denied'],
  ] as const)('as %s: %s', async (role, sql, failure) => {
    await client.query(`GRANT ${DATABASE_ROLES[role]} TO master WITH SET TRUE`);
    await client.query(`SET ROLE ${DATABASE_ROLES[role]}`);
    const outcome = client.query(sql).finally(() => client.query('RESET ROLE'));
    if (failure === undefined) await expect(outcome).resolves.toBeDefined();
    else await expect(outcome).rejects.toThrow(failure);
  });

  test('lets the roles of functions log in with IAM, and the service’s users where that is their way', async () => {
    const members = async () =>
      (
        await rowsOf(
          client,
          `SELECT r.rolname AS name FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
           WHERE m.roleid = 'rds_iam'::regrole AND r.rolname LIKE 'llm%' ORDER BY 1`,
        )
      ).map(({ name }) => name);
    const { migrator, report, rollup, api, writer, admin } = DATABASE_ROLES;
    expect(await members()).toEqual([migrator, report, rollup]);
    await loginWithIam(client);
    expect(await members()).toEqual([admin, api, migrator, report, rollup, writer]);
  });

  test('is the same after another run', async () => {
    expect(await migrate(client, FILES)).toEqual({ applied: [], indexesBuilt: [], unknown: [] });
  });

  test('can be brought on by the migrator, who is no master', async () => {
    const next = {
      name: '9000_next',
      sql: `SET LOCAL ROLE ${DATABASE_ROLES.owner}; ALTER TABLE users ADD COLUMN note text`,
      checksum: 'c',
    };
    const { database } = client as unknown as { database: string };
    const migrator = await server.connect(database, { user: DATABASE_ROLES.migrator });
    try {
      expect(await migrate(migrator, [...FILES, next])).toMatchObject({ applied: ['9000_next'] });
    } finally {
      await migrator.end();
    }
  });

  test('meets an older release without harm', async () => {
    expect(await migrate(client, FILES)).toEqual({ applied: [], indexesBuilt: [], unknown: ['9000_next'] });
  });

  test('fails on a file that was changed after it ran, and on one that comes too late', async () => {
    const changed = FILES.map((file, index) => (index === 1 ? { ...file, checksum: 'other' } : file));
    const late = { name: '0003_a_late_one', sql: 'SELECT 1', checksum: 'c' };
    await expect(migrate(client, [...changed, late])).rejects.toThrow(
      'migrations are append-only: 0002_users_and_prices has changed since it ran; 0003_a_late_one comes before 9000_next, which has run; restore the old file and write a new migration',
    );
  });
});
