import { join } from 'node:path';
import type { Client } from 'pg';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from './postgres';

const FILES = readMigrations(join(ROOT, 'lambda/database/migrations'));

/** The users that log in, apart from the migrator, who may act as the owner. */
const USERS = ['api', 'writer', 'admin', 'rollup', 'report'] as const;

/**
 * Rights of each user on each table: S(ELECT), I(NSERT), U(PDATE), D(ELETE), M(AINTAIN), which is the right to refresh;
 * a small letter: some columns. In the order of `USERS`; '-' is none.
 */
const RIGHTS: Readonly<Record<string, string>> = {
  api_keys: 'S    SIU  SIU  -    s',
  audit_log: 'S    SI   SI   -    S',
  budget_deliveries: 'S    SIU  S    -    -',
  budget_events: 'S    SI   S    -    S',
  budget_shares: 'S    SIUD S    -    S',
  budget_spend: 'S    SD   S    -    -',
  budget_windows: 'S    SIUD S    -    S',
  budgets: 'S    SIUD SI   -    S',
  calls_under_way: '-    SID  S    -    -',
  costs_daily: 'S    S    S    SID  S',
  costs_daily_by_user: 'S    S    S    SID  S',
  costs_hourly: 'S    S    S    SID  S',
  declared_tags: 'S    S    SID  S    S',
  gateway_instances: '-    SIUD S    -    -',
  idempotency_keys: '-    SI   -    -    -',
  llm_requests: 'SIU  SIU  SU   s    s',
  model_prices: 'SI   S    SI   -    S',
  pod_commands: 'SU   SU   SIU  -    -',
  pods: 'SIU  SIU  SIU  -    S',
  project_users: 'S    SIU  SIU  -    S',
  projects: 'S    SIU  SIU  -    S',
  rejected_requests: 'S    I    S    s    -',
  rollup_changes: '-    I    I    SD   S',
  rollup_state: 'S    S    S    SIU  S',
  schema_migrations: 'S    S    S    -    S',
  sessions: 'S    SID  SID  -    -',
  used_logins: '-    SID  -    -    -',
  user_cost_summary: 'S    -    S    SM   S',
  users: 'SIU  SIU  SU   -    S',
};

/** The price book has tables and rights of its own (0011_price_book). */
const PRICE_TABLES = ['prices', 'price_models', 'price_book_version'];

/** A statement that needs the right and no other, without a row that it acts on. */
const TRIED: Readonly<Record<string, (table: string, column: string) => string>> = {
  S: (table) => `SELECT count(*) FROM (SELECT * FROM ${table} WHERE false) none`,
  I: (table) => `INSERT INTO ${table} SELECT FROM generate_series(1, 0)`,
  U: (table, column) => `UPDATE ${table} SET ${column} = DEFAULT WHERE false`,
  D: (table) => `DELETE FROM ${table} WHERE false`,
  M: (table) => `REFRESH MATERIALIZED VIEW ${table}`,
};

describeWithServers('the rights of the users', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let database: string;
  let client: Client;
  const sessions = new Map<string, Client>();

  beforeAll(async () => {
    server = await TestServer.start();
    database = await server.createDatabase();
    client = await server.connect(database);
    await migrate(client, FILES);
    const month = monthOf(new Date());
    await createPartitions(client, month, month);
    for (const user of USERS) {
      sessions.set(user, await server.connect(database, { user: DATABASE_ROLES[user] }));
    }
    await sessions.get('report')?.query('SET default_transaction_read_only = off');
  });
  afterAll(async () => {
    for (const session of sessions.values()) await session.end();
    await client?.end();
    await server?.remove();
  });

  test('are written down for every table', async () => {
    const tables = await rowsOf(
      client,
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm')
         AND relname !~ '^llm_requests_\\d{4}_\\d{2}$' ORDER BY 1`,
    );
    const known = [...Object.keys(RIGHTS), ...PRICE_TABLES].sort();
    expect(tables.map(({ relname }) => relname)).toEqual(known);
  });

  test.each(Object.entries(RIGHTS))('on %s are %s, tried one by one', async (table, rights) => {
    const expected = rights.split(/\s+/).map((letters) => (letters === '-' ? '' : letters));
    const [column] = await rowsOf(
      client,
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attidentity = ''
       ORDER BY attnum DESC LIMIT 1`,
      [table],
    );
    const granted: string[] = [];
    for (const user of USERS) {
      let letters = '';
      for (const [letter, statement] of Object.entries(TRIED)) {
        const outcome = await sessions
          .get(user)
          ?.query(statement(table, String(column?.['name'])))
          .then(
            () => '',
            (error: Error) => error.message,
          );
        if (!/permission denied/.test(outcome ?? '') && isMeant(letter, table)) letters += letter;
        else if (letter === 'S' && (await readsSome(user, table))) letters += 's';
      }
      granted.push(letters);
    }
    expect(Object.fromEntries(USERS.map((user, index) => [user, granted[index]]))).toEqual(
      Object.fromEntries(USERS.map((user, index) => [user, expected[index]])),
    );
  });

  /** Rows of a materialised view cannot be written, and only a view can be refreshed. */
  function isMeant(letter: string, table: string): boolean {
    return table === 'user_cost_summary' ? 'SM'.includes(letter) : letter !== 'M';
  }

  async function readsSome(user: (typeof USERS)[number], table: string): Promise<boolean> {
    const [row] = await rowsOf(client, 'SELECT has_any_column_privilege($1, $2, $3) AS some', [
      DATABASE_ROLES[user],
      table,
      'SELECT',
    ]);
    return row?.['some'] === true;
  }

  test.each(USERS.filter((user) => user === 'rollup' || user === 'report'))(
    'let %s read no prompt, no hash of a key and no artifact of a pod',
    async (user) => {
      const session = sessions.get(user);
      for (const column of ['prompt FROM llm_requests', 'hash FROM api_keys', 'artifact FROM pod_commands']) {
        await expect(session?.query(`SELECT ${column}`)).rejects.toThrow('permission denied');
      }
    },
  );

  test.each([
    ['api', false],
    ['writer', false],
    ['admin', true],
    ['rollup', false],
    ['report', true],
  ] as const)('let %s see the statements of others: %s', async (user, sees) => {
    const { rows } = (await sessions
      .get(user)
      ?.query(
        `SELECT count(*)::int AS hidden FROM pg_stat_activity WHERE query = '<insufficient privilege>'`,
      )) ?? {
      rows: [],
    };
    expect(rows[0]?.hidden === 0).toBe(sees);
  });

  test.each(USERS)('let %s make no table and end no statement of an hour', async (user) => {
    const session = sessions.get(user);
    await expect(session?.query('CREATE TABLE mine ()')).rejects.toThrow('permission denied');
    await expect(session?.query('CREATE TEMPORARY TABLE mine ()')).rejects.toThrow('permission denied');
  });

  test.each([
    ['api', '30s'],
    ['writer', '30s'],
    ['admin', '30s'],
    ['report', '5min'],
  ] as const)('end a statement of %s after %s', async (user, limit) => {
    const [row] = await rowsOf(
      client,
      `SELECT array_to_string(setconfig, ',') AS settings FROM pg_db_role_setting WHERE setrole = $1::regrole`,
      [DATABASE_ROLES[user]],
    );
    expect(row?.['settings']).toContain(`statement_timeout=${limit}`);
  });
});
