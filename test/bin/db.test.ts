import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as benchDatabase } from '../../bin/bench/database';
import { main as benchPooler } from '../../bin/bench/pooler';
import { localLogin, readLogins } from '../../bin/db/local-database';
import { main as down } from '../../bin/db-down';
import { main as migrateCommand } from '../../bin/db-migrate';
import { main as report } from '../../bin/db-report';
import { main as repriceCommand } from '../../bin/db-reprice';
import { main as up } from '../../bin/db-up';
import { withConnection } from '../../service/database/connect';
import { ROOT } from '../helpers/commands';
import { runMain } from '../helpers/run-main';
import { freePort } from '../helpers/servers';
import { rowsOf, untilRows } from '../lambda/database/postgres';

/** `npm run db:migrate` as a process of its own. */
function startMigrate(folder: string): ChildProcess {
  const args = ['--import', 'tsx', join(ROOT, 'bin', 'db-migrate.ts'), '--dir', folder];
  return spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
}

test.each([up, down, migrateCommand, report, repriceCommand, benchDatabase, benchPooler])(
  'prints its help',
  async (main) => {
    const { code, out } = await runMain(main, '--help');
    expect(code).toBe(0);
    expect(out).toContain('Usage: npm run ');
  },
);

test.each([
  [up, ['--port', '80'], '--port must be a whole number between 1024 and 65535, got 80'],
  [up, ['--requests', 'many'], '--requests must be a whole number between 0 and 50000000, got many'],
  [benchDatabase, ['--rows', '10'], '--rows must be a whole number of at least 10000, got 10'],
  [
    benchPooler,
    ['--clients', '50,none'],
    '--clients must be whole numbers between 1 and 10000, separated by commas, got 50,none',
  ],
  [benchPooler, ['--env', 'nope'], 'env must be one of sandbox, dev, staging, prod, got "nope"'],
  [repriceCommand, ['--from', '2026-10-01'], '--from <time> and --to <time> are needed; see --help'],
  [report, ['--slow-ms', '-1'], '--slow-ms must be a number of at least 0, got -1'],
  [
    migrateCommand,
    ['--url', 'postgres://user:password@host/db'],
    '--url must be like postgres://user@host:5432/database; the password comes from PGPASSWORD',
  ],
  [migrateCommand, ['--dir', '/nonexistent'], 'no database in /nonexistent: start one with npm run db:up'],
  [down, ['--dir', '/nonexistent', '--delete'], 'no database in /nonexistent: start one with npm run db:up'],
] as const)('fails on what is wrong, by name', async (main, argv, message) => {
  // A first option of `--slow-ms -1` would be taken for an option of its own.
  const args = argv[1].startsWith('-') ? [`${argv[0]}=${argv[1]}`] : argv;
  expect(await runMain(main, ...args)).toEqual({ code: 1, out: '', errors: [message] });
});

describe('a local database', () => {
  let parent: string;
  let folder: string;
  let port: string;
  const at = (...more: string[]) => ['--dir', folder, ...more];

  beforeAll(async () => {
    parent = mkdtempSync(join(tmpdir(), 'db-'));
    // The server runs as another user where root runs the tests.
    chmodSync(parent, 0o755);
    folder = join(parent, 'database');
    port = String(await freePort());
    const started = await runMain(up, ...at('--port', port, '--requests', '6000'));
    expect(started).toMatchObject({ code: 0, errors: [] });
  });
  afterAll(async () => {
    await runMain(down, ...at());
    rmSync(parent, { recursive: true, force: true });
  });

  const query = (sql: string) =>
    withConnection(localLogin(readLogins(folder), 'postgres'), (client) => rowsOf(client, sql));
  const count = async () => (await query('SELECT count(*)::int AS rows FROM llm_requests'))[0]?.['rows'];

  test('has the schema and the demo data, listens on the loopback interface only', async () => {
    expect(await count()).toBe(6000);
    expect(await query('SELECT sum(request_count)::int AS rows FROM user_cost_summary')).toEqual([
      { rows: 6000 },
    ]);
    expect(await query('SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(statSync(join(folder, 'logins.json')).mode & 0o777).toBe(0o600);
  });

  test('is the same after another db:up and db:migrate', async () => {
    expect(await runMain(up, ...at('--port', port, '--requests', '6000'))).toMatchObject({ code: 0 });
    expect(await runMain(migrateCommand, ...at())).toEqual({
      code: 0,
      out: 'Up to date: 0 migrations, 0 indexes and 0 partitions new',
      errors: [],
    });
    expect(await count()).toBe(6000);
  });

  test('takes the API with its own password', async () => {
    const rows = await withConnection(localLogin(readLogins(folder), 'api'), (client) =>
      rowsOf(client, 'SELECT current_user AS name'),
    );
    expect(rows).toEqual([{ name: 'llm_cost_ops_api' }]);
  });

  test('is reported on: indexes in use and unused, slow statements, months', async () => {
    await query(
      `SELECT * FROM llm_requests WHERE user_id = 'user-0001' ORDER BY "timestamp" DESC, id DESC LIMIT 5`,
    );
    await query('SELECT pg_sleep(0.05)');
    await query('SELECT pg_stat_force_next_flush()');
    const { code, out } = await runMain(report, ...at('--slow-ms', '40', '--json'));
    expect(code).toBe(0);
    const [use, unused, slow, months] = JSON.parse(out) as { rows: string[][] }[];
    const names = (rows: string[][] | undefined) => rows?.map(([, index]) => index);
    expect(names(use?.rows)).toContain('idx_llm_requests_user_timestamp');
    expect(names(unused?.rows)).toContain('idx_llm_requests_prompt_fulltext');
    expect(names(unused?.rows)).not.toContain('idx_llm_requests_user_timestamp');
    expect(slow?.rows.map((row) => row[4])).toContain('SELECT pg_sleep($1)');
    expect(months?.rows.length).toBeGreaterThanOrEqual(4);

    const text = await runMain(report, ...at());
    expect(text.out).toMatch(/Use of indexes\n {2}table +index +scans/);
  });

  test('prices again what had no price, once, and says so in the audit log', async () => {
    await query(`WITH chosen AS (SELECT id, "timestamp" FROM llm_requests WHERE status = 'completed' LIMIT 10)
      UPDATE llm_requests r SET provider = 'openai', model = 'gpt-4o', pricing = 'unpriced', cost = 0,
        input_tokens = 1000, cached_input_tokens = 0, output_tokens = 100, cache_hit = false
      FROM chosen c WHERE r.id = c.id AND r."timestamp" = c."timestamp"`);
    const period = ['--from', '2020-01-01', '--to', '2100-01-01'];
    const { code, out } = await runMain(repriceCommand, ...at(...period, '--json'));
    expect({ code, ...JSON.parse(out) }).toEqual({ code: 0, scanned: 10, changed: 10, outOfRange: 0 });
    // 1,000 x 2.50 and 100 x 10 USD a million.
    expect(
      await query(`SELECT DISTINCT cost::text, pricing FROM llm_requests WHERE model = 'gpt-4o'`),
    ).toEqual([{ cost: '0.0035000000', pricing: 'priced' }]);
    expect(await runMain(repriceCommand, ...at(...period))).toMatchObject({
      code: 0,
      out: '0 of 0 requests changed; 0 have a cost that cannot be stored and stay as they are',
    });
    expect(await runMain(repriceCommand, ...at('--from', '2026-02-01', '--to', '2026-01-01'))).toMatchObject({
      code: 1,
      errors: ['from must be before to.'],
    });
    const audit = `SELECT actor, action, detail->>'phase' AS phase, detail->>'changed' AS changed FROM audit_log ORDER BY id`;
    const run = { actor: 'npm run db:reprice', action: 'requests.reprice' };
    expect(await query(audit)).toEqual([
      { ...run, phase: 'started', changed: null },
      { ...run, phase: 'ended', changed: '10' },
      { ...run, phase: 'started', changed: null },
      { ...run, phase: 'ended', changed: '0' },
    ]);
  });

  test('fails on another port than the one it runs on, and names it', async () => {
    expect(await runMain(up, ...at('--port', '54399'))).toEqual({
      code: 1,
      out: '',
      errors: [
        `--port must be ${port}, where the database of ${folder} runs, got 54399; or stop it with npm run db:down`,
      ],
    });
  });

  test('a db:migrate that is killed leaves no lock behind; the next one goes through', async () => {
    // The newest migration waits for the lock of the history, after its change is made.
    await query(`DROP TABLE used_logins; ALTER TABLE sessions DROP COLUMN issuer, DROP COLUMN subject, DROP COLUMN email,
      DROP COLUMN member_of, ALTER COLUMN key_id SET NOT NULL`);
    await query(`DELETE FROM schema_migrations WHERE name = '0017_sessions_of_people'`);
    await withConnection(localLogin(readLogins(folder), 'postgres'), async (holder) => {
      await holder.query('BEGIN; LOCK TABLE schema_migrations IN SHARE MODE');
      const child = startMigrate(folder);
      await withConnection(localLogin(readLogins(folder), 'postgres'), async (watcher) => {
        const waiting = `SELECT FROM pg_stat_activity WHERE application_name = 'llm-cost-ops-cli' AND wait_event_type = 'Lock'`;
        await untilRows(watcher, waiting);
        child.kill('SIGKILL');
        // The server finds out by itself, while the statement still waits.
        await untilRows(watcher, `SELECT WHERE NOT EXISTS (${waiting})`);
      });
      await holder.query('ROLLBACK');
    });
    expect(await runMain(migrateCommand, ...at())).toMatchObject({
      code: 0,
      out: expect.stringContaining('Up to date: 1 migration'),
    });
    expect(await count()).toBe(6000);
  });

  test('fails with the reason where the password is wrong', async () => {
    process.env['PGPASSWORD'] = 'wrong words';
    const url = `postgres://postgres@127.0.0.1:${port}/llm_cost_ops`;
    const { code, errors } = await runMain(migrateCommand, '--url', url);
    delete process.env['PGPASSWORD'];
    expect({ code, errors }).toEqual({
      code: 1,
      errors: [
        `cannot log in to 127.0.0.1:${port}/llm_cost_ops as postgres: password authentication failed for user "postgres"`,
      ],
    });
  });

  test('is stopped, started again with its data, and deleted when asked to', async () => {
    expect(await runMain(down, ...at())).toEqual({
      code: 0,
      out: `Stopped; the data are in ${folder}`,
      errors: [],
    });
    expect(await runMain(up, ...at('--port', port, '--requests', '6000'))).toMatchObject({ code: 0 });
    expect(await count()).toBe(6000);
    expect(await runMain(down, ...at('--delete'))).toMatchObject({ code: 0 });
    expect(existsSync(folder)).toBe(false);
  }, 180_000);
});
