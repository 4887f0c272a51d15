import { join } from 'node:path';
import type { Client } from 'pg';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { detachPartitions } from '../../../lambda/database/partitions/detach-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { requestPartitions } from '../../../lambda/database/partitions/request-partitions';
import { deleteExpired } from '../../../lambda/database/retention/delete-expired';
import { expirePrompts } from '../../../lambda/database/retention/expire-prompts';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from './postgres';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));
const MONTH = monthOf(new Date());
const PROJECT = '00000000-0000-7000-8000-000000000001';
const SHORT = '00000000-0000-7000-8000-000000000002';
const LONG = '00000000-0000-7000-8000-000000000003';
const always = () => true;

describeWithServers('what is kept for a time', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let client: Client;
  let migrator: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server?.remove());
  beforeEach(async () => {
    const database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, FILES);
    await createPartitions(client, MONTH - 5, MONTH + 1);
    await client.query(`
      INSERT INTO users (id) VALUES ('ada');
      INSERT INTO projects (id, name, prompt_retention_days) VALUES ('${SHORT}', 'short', 7), ('${LONG}', 'long', 100)`);
    migrator = await server.connect(database, { user: DATABASE_ROLES.migrator });
  });
  afterEach(async () => {
    await migrator.end();
    await client.end();
  });

  const expire = async (hasTime: () => boolean) =>
    expirePrompts(migrator, {
      partitions: (await requestPartitions(client)).map(({ name }) => name),
      defaultDays: 30,
      hasTime,
    });
  const store = (project: string, days: number, count = 1) =>
    client.query(
      `INSERT INTO llm_requests (user_id, project_id, "timestamp", provider, model, prompt, status, cost)
       SELECT 'ada', $1, now() - $2 * interval '1 day', 'acme', 'large', 'words', 'active', 0.5
       FROM generate_series(1, $3)`,
      [project, days, count],
    );
  const withPrompt = () =>
    rowsOf(
      client,
      `SELECT project_id::text AS project, round(extract(epoch FROM now() - "timestamp") / 86400)::int AS days
       FROM llm_requests WHERE prompt <> '' ORDER BY 1, 2`,
    );

  test('prompts expire by their project’s retention, and by the default; rows and costs stay', async () => {
    for (const project of [PROJECT, SHORT, LONG])
      for (const days of [1, 20, 60, 120]) await store(project, days);
    expect(await expire(always)).toEqual({ expired: 6, left: false });
    expect(await withPrompt()).toEqual([
      { project: PROJECT, days: 1 },
      { project: PROJECT, days: 20 },
      { project: SHORT, days: 1 },
      { project: LONG, days: 1 },
      { project: LONG, days: 20 },
      { project: LONG, days: 60 },
    ]);
    expect(await rowsOf(client, 'SELECT count(*)::int, sum(cost)::text FROM llm_requests')).toEqual([
      { count: 12, sum: '6.0000000000' },
    ]);
    expect(await expire(always)).toEqual({ expired: 0, left: false });
  });

  test('the prompt of a row that comes late expires as well', async () => {
    await store(PROJECT, 60);
    await expire(always);
    await store(PROJECT, 90);
    expect(await expire(always)).toEqual({ expired: 1, left: false });
  });

  test('prompts are deleted in slices, and the rest in the next run', async () => {
    await store(PROJECT, 60, 12_000);
    const runs: { expired: number; left: boolean }[] = [];
    // Partitions and projects without old prompts take a slice too.
    for (let budget = 10; runs.at(-1)?.left !== false; budget += 1) {
      let slices = budget;
      runs.push(await expire(() => slices-- > 0));
    }
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.reduce((sum, { expired }) => sum + expired, 0)).toBe(12_000);
    expect(await withPrompt()).toEqual([]);
  });

  test('the slice of expired prompts is found by the index', async () => {
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query(
      `EXPLAIN SELECT ctid FROM llm_requests WHERE prompt <> '' AND "timestamp" < now() - interval '30 days'
         AND project_id = ANY ('{${PROJECT}}'::uuid[]) ORDER BY "timestamp" LIMIT 5000`,
    );
    expect(JSON.stringify(rows)).toContain('timestamp_project_id_idx');
  });

  test('keys of batches are kept for 7 days, refused records for 30, and pods and sessions while they live', async () => {
    const hash = `'\\x${'00'.repeat(32)}'`;
    await client.query(`
      INSERT INTO idempotency_keys
        SELECT '${PROJECT}', 'key-' || days, now() - days * interval '1 day', ${hash} FROM unnest('{6,8}'::int[]) days;
      INSERT INTO rejected_requests (id, project_id, received_at, source, code, message)
        SELECT gen_random_uuid(), '${PROJECT}', now() - days * interval '1 day', 'http', 'nul_byte', days::text
        FROM unnest('{29,31}'::int[]) days;
      INSERT INTO api_keys (id, project_id, name, hash, prefix, roles, created_by)
        VALUES ('${SHORT}', '${PROJECT}', 'key', ${hash}, 'abc', '{read}', 'test');
      INSERT INTO sessions (id_hash, key_id, expires_at) VALUES (${hash}, '${SHORT}', now() - interval '1 minute');
      INSERT INTO used_logins (state_hash, expires_at) VALUES (${hash}, now() - interval '1 minute');
      INSERT INTO pods (pod_id, kind, seen_at) VALUES ('gone', 'api', now() - interval '2 days'), ('here', 'api', now());
      INSERT INTO pod_commands (id, pod_id, command, created_at, created_by)
        VALUES (gen_random_uuid(), 'gone', 'profile', now() - interval '8 days', 'test');
      INSERT INTO gateway_instances (instance_id, pod_id, renewed_at) VALUES
        ('${PROJECT}', 'here', now()),
        ('${SHORT}', 'gone', now() - interval '2 days'),
        ('${LONG}', 'has a call', now() - interval '2 days');
      INSERT INTO calls_under_way (call_id, instance_id, project_id, key_id, record)
        VALUES (gen_random_uuid(), '${LONG}', '${PROJECT}', '${PROJECT}', '{}')`);
    expect(await deleteExpired(migrator, always)).toEqual({
      idempotency_keys: 1,
      rejected_requests: 1,
      sessions: 1,
      used_logins: 1,
      pods: 1,
      pod_commands: 1,
      gateway_instances: 1,
    });
    expect(await rowsOf(client, 'SELECT key FROM idempotency_keys')).toEqual([{ key: 'key-6' }]);
    expect(await rowsOf(client, 'SELECT message FROM rejected_requests')).toEqual([{ message: '29' }]);
    expect(await rowsOf(client, 'SELECT pod_id FROM pods')).toEqual([{ pod_id: 'here' }]);
    expect(await rowsOf(client, 'SELECT pod_id FROM gateway_instances ORDER BY 1')).toEqual([
      { pod_id: 'has a call' },
      { pod_id: 'here' },
    ]);
  });

  test('months from the retention’s begin have a partition; one that was detached stays so', async () => {
    await detachPartitions(migrator, MONTH - 4);
    const created = await createPartitions(migrator, MONTH - 7, MONTH + 2, MONTH);
    expect(created).toHaveLength(3);
    const states = (await requestPartitions(client)).map(({ month, state }) => [month - MONTH, state]);
    expect(states).toEqual([
      [-7, 'attached'],
      [-6, 'attached'],
      [-5, 'detached'],
      ...[-4, -3, -2, -1, 0, 1, 2].map((month) => [month, 'attached']),
    ]);
  });
});
