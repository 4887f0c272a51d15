import { join } from 'node:path';
import type { Client } from 'pg';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import type { Queryable } from '../../../service/database/pools';
import { builtInPrices } from '../../../service/prices/built-in-prices';
import { importPrices, type PriceImport } from '../../../service/prices/import-prices';
import { formatUsd } from '../../../service/prices/money';
import type { PriceRow } from '../../../service/prices/price-row';
import { PriceStore } from '../../../service/prices/price-store';
import { readPrices } from '../../../service/prices/price-tables';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from '../../lambda/database/postgres';
import { PROJECT, price, question, usage } from './price-helpers';

const NOW = new Date('2026-06-15T12:00:00Z');
const LATER = new Date('2026-06-16T12:00:00Z');
const MILLION = usage({ input: 1_000_000 });

function queryable(client: Client): Queryable {
  return { query: (_name, text, values = []) => client.query(text, [...values]) };
}

describeWithServers('the price store', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let master: Client;
  let admin: Client;
  let api: Client;

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await server.createDatabase();
    master = await server.connect(database);
    await migrate(master, readMigrations(join(ROOT, 'lambda/database/migrations')));
    admin = await server.connect(database);
    await admin.query('SET ROLE llm_cost_ops_admin');
    api = await server.connect(database);
    await api.query('SET ROLE llm_cost_ops_api');
  });
  afterEach(async () => {
    await master?.query('TRUNCATE prices, price_models; UPDATE projects SET discount_percent = 0');
    await master?.query('UPDATE price_book_version SET version = version + 1');
  });
  afterAll(async () => {
    await Promise.all([master, admin, api].map((client) => client?.end()));
    await server?.remove();
  });

  const imported = async (incoming: readonly PriceRow[], changes: Partial<PriceImport> = {}) => {
    await admin.query('BEGIN');
    const result = await importPrices(queryable(admin), { incoming, now: NOW, ...changes });
    await admin.query('COMMIT');
    return result;
  };
  const open = () => PriceStore.open({ reads: queryable(api) });
  const costOf = (store: PriceStore, at = LATER, provider = 'openai', model = 'gpt-4o') =>
    formatUsd(store.price(question(MILLION, { provider, model, at })).cost, 2);

  test('prices with what the build knows, without a row', async () => {
    expect(costOf(await open())).toBe('2.50');
  });

  test('stores each field of a price, and reads it back', async () => {
    const row = price('0.000000000001', {
      serviceTier: 'batch',
      region: 'eu-west-1',
      aboveInputTokens: 200_000,
      validFrom: new Date('2026-01-01'),
      validUntil: new Date('2027-01-01'),
      daily: { fromSeconds: 16.5 * 3600, untilSeconds: 1800 },
      source: 'csv',
      projectId: PROJECT,
    });
    await imported([row]);
    expect(await readPrices(queryable(api))).toEqual([{ ...row, id: expect.any(String) }]);
  });

  test("lets people's price win, and notices it at the next check only", async () => {
    const store = await open();
    const book = store.book;
    expect(await store.refresh()).toBe(false);
    expect(store.book).toBe(book);
    await imported([price('2', { provider: 'openai', model: 'gpt-4o' })]);
    expect(costOf(store)).toBe('2.50');
    expect(await store.refresh()).toBe(true);
    expect(costOf(store)).toBe('2.00');
  });

  test('notices a discount of a project', async () => {
    const store = await open();
    await admin.query(`UPDATE projects SET discount_percent = 12.5 WHERE id = '${PROJECT}'`);
    expect(await store.refresh()).toBe(true);
    expect(costOf(store)).toBe('2.19');
    // Other changes of projects are not prices.
    await admin.query(`UPDATE projects SET store_prompts = true WHERE id = '${PROJECT}'`);
    expect(await store.refresh()).toBe(false);
  });

  test('keeps the dates of the prices that an update replaces', async () => {
    const { prices, models } = await builtInPrices();
    const rules = models.slice(0, 5);
    const first = await imported(prices, { rules });
    expect([first.added.length, first.applied]).toEqual([prices.length, true]);
    expect(await imported(prices, { rules })).toMatchObject({
      added: [],
      ended: [],
      unchanged: prices.length,
    });
    // The next build has gpt-4o at half the price.
    const cheaper = prices.map((row) =>
      row.provider === 'openai' && row.model === 'gpt-4o'
        ? { ...row, usdPerMillion: row.usdPerMillion / 2n }
        : row,
    );
    const { added, ended } = await imported(cheaper);
    expect([added.length, ended.length]).toEqual([5, 5]);
    const store = await open();
    expect(costOf(store, new Date('2026-06-15T11:59:59Z'))).toBe('2.50');
    expect(costOf(store, NOW)).toBe('1.25');
    expect((await rowsOf(api, 'SELECT count(*)::int AS count FROM price_models'))[0]).toEqual({ count: 5 });
  });

  test('keeps the prices and the rule of a model that the build no longer has', async () => {
    const gone = { provider: 'openai', model: 'gone-1', source: 'genai-prices' } as const;
    await imported([price('7', gone)], { rules: [{ ...gone, match: { starts_with: 'gone-1' } }] });
    expect(costOf(await open(), LATER, 'openai', 'gone-1-2025-01-01')).toBe('7.00');
  });

  test('shows what an import would change, and asks before a price that is 100 times another', async () => {
    const { prices: known } = await builtInPrices();
    const wrong = price('0.0025', { provider: 'openai', model: 'gpt-4o', source: 'csv' });
    expect(await imported([price('1')], { dryRun: true })).toMatchObject({
      added: [price('1')],
      applied: false,
    });
    expect(await imported([wrong], { known })).toMatchObject({ outlying: [{ row: wrong }], applied: false });
    expect(await readPrices(queryable(api))).toEqual([]);
    expect(await imported([wrong], { known, confirmed: true })).toMatchObject({ applied: true });
    expect(await readPrices(queryable(api))).toHaveLength(1);
  });

  test('makes imports at once wait for one another', async () => {
    await admin.query('BEGIN');
    await importPrices(queryable(admin), { incoming: [price('1')], now: NOW });
    await master.query('BEGIN');
    const second = importPrices(queryable(master), { incoming: [price('1')], now: NOW });
    await admin.query('COMMIT');
    expect(await second).toMatchObject({ added: [], unchanged: 1 });
    await master.query('COMMIT');
  });

  test('keeps its book when a check fails, tells of it, and stops at the end', async () => {
    let isDown = false;
    const errors: unknown[] = [];
    const reads: Queryable = {
      query: (name, text, values) => {
        if (isDown) throw new Error('the database is gone');
        return queryable(api).query(name, text, values);
      },
    };
    const store = await PriceStore.open({
      reads,
      onError: (error) => errors.push(error),
      refreshSeconds: 0.01,
    });
    isDown = true;
    store.start();
    while (errors.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await store.close();
    const count = errors.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(errors).toHaveLength(count);
    expect(costOf(store)).toBe('2.50');
  });

  test.each([
    [
      'api',
      'INSERT INTO prices (provider, model, unit, usd_per_million, valid_from, source) VALUES (1, 1, 1, 1, now(), 1)',
    ],
    ['api', 'UPDATE price_book_version SET version = 0'],
    ['admin', 'UPDATE price_book_version SET version = 0'],
    ['admin', 'UPDATE prices SET usd_per_million = 0'],
    ['admin', 'DELETE FROM prices'],
  ])('does not let llm_cost_ops_%s %s', async (role, sql) => {
    await expect((role === 'api' ? api : admin).query(sql)).rejects.toThrow('permission denied');
  });

  test.each([
    ['NaN', 'standard', 'check'],
    ['-1', 'standard', 'check'],
    ['1', '', 'check'],
  ])('refuses a price of %s in tier "%s"', async (usd, tier, constraint) => {
    await expect(
      admin.query(
        `INSERT INTO prices (provider, model, unit, service_tier, usd_per_million, valid_from, source)
         VALUES ('p', 'm', 'input', $1, $2, now(), 'own')`,
        [tier, usd],
      ),
    ).rejects.toThrow(constraint);
  });

  test('refuses the same price for all projects twice', async () => {
    const insert = `INSERT INTO prices (provider, model, unit, usd_per_million, valid_from, source)
      VALUES ('p', 'm', 'input', 1, '2026-01-01', 'own')`;
    await admin.query(insert);
    await expect(admin.query(insert)).rejects.toThrow('prices_are_distinct');
  });
});
