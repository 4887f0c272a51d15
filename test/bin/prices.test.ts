import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/prices';
import { migrate } from '../../lambda/database/migrator/migrate';
import { readMigrations } from '../../lambda/database/migrator/migration-files';
import { ROOT } from '../helpers/commands';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, SUPERUSER_PASSWORD, TestServer } from '../lambda/database/postgres';

const MESSAGES_USAGE = JSON.stringify({
  input_tokens: 3,
  cache_creation_input_tokens: 12_304,
  cache_read_input_tokens: 0,
  output_tokens: 550,
});

test('prints its help', async () => {
  const { code, out } = await runMain(main, '--help');
  expect(code).toBe(0);
  expect(out).toContain('Usage: npm run prices -- update');
});

test('explains each part of a cost', async () => {
  const { code, out } = await runMain(
    main,
    ...['explain', 'anthropic', 'claude-sonnet-4-20250514', '--built-in'],
    ...['--at', '2026-01-31T12:00:00Z', '--usage', MESSAGES_USAGE],
  );
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    'anthropic claude-sonnet-4-20250514 at 2026-01-31T12:00:00.000Z: priced',
    'cost 0.0543990000 USD, by list prices 0.0543990000 USD',
    '',
    'unit            count  USD/million       USD',
    'input               3            3  0.000009',
    'cache_write_5m  12304         3.75   0.04614',
    'output            550           15   0.00825',
    '',
    'name: genai-prices anthropic/claude-sonnet-4-0: starts with "claude-sonnet-4-2025"',
    'input: genai-prices price of anthropic/claude-sonnet-4-0',
    'cache_write_5m: genai-prices price of anthropic/claude-sonnet-4-0',
    'output: genai-prices price of anthropic/claude-sonnet-4-0',
  ]);
});

test('says what has no price', async () => {
  const partial = await runMain(
    main,
    ...['explain', 'openai', 'gpt-4o', '--built-in', '--tier', 'batch', '--at', '2026-01-31'],
    ...['--usage', '{"prompt_tokens": 10, "completion_tokens": 0, "total_tokens": 10}'],
  );
  expect(partial.out).toContain('gpt-4o at 2026-01-31T00:00:00.000Z: partial');
  expect(partial.out).toContain(
    'input: no price of input applies to this model at this time in service tier batch',
  );
  const unknown = await runMain(
    main,
    'explain',
    'vllm',
    'mine',
    '--built-in',
    '--usage',
    '{"prompt_tokens":1,"total_tokens":1}',
  );
  expect(unknown.out).toContain(': unpriced\nNo rule of the price book leads from this name to a price.');
});

test('lists the prices of a model', async () => {
  const { out } = await runMain(main, 'list', 'google', 'gemini-2.5-pro', '--built-in');
  expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['provider', 'model', 'unit', 'for', 'USD/million', 'from', 'until', 'source'],
    ['google', 'gemini-2.5-pro', 'input', '1.25', 'genai-prices'],
    ['google', 'gemini-2.5-pro', 'input', '>200000 input', '2.5', 'genai-prices'],
    ['google', 'gemini-2.5-pro', 'cached_input', '0.125', 'genai-prices'],
    ['google', 'gemini-2.5-pro', 'cached_input', '>200000 input', '0.25', 'genai-prices'],
    ['google', 'gemini-2.5-pro', 'output', '10', 'genai-prices'],
    ['google', 'gemini-2.5-pro', 'output', '>200000 input', '15', 'genai-prices'],
  ]);
});

test('lists by names in any letters', async () => {
  const { out } = await runMain(
    main,
    'list',
    'Huggingface_Together',
    'qwen/qwen3-vl-8b-instruct',
    '--built-in',
  );
  expect(out).toContain('Qwen/Qwen3-VL-8B-Instruct');
});

const EXPLAIN = ['explain', 'openai', 'gpt-4o', '--built-in'];

test.each<[argv: readonly string[], message: string]>([
  [[], "command must be one of update, import, list, explain, got ''; see --help"],
  [['buy'], "command must be one of update, import, list, explain, got 'buy'; see --help"],
  [['explain', 'openai'], 'explain must have 2 words after it, got 1; see --help'],
  [['list', 'a', 'b', 'c'], 'list must have 0 or 1 or 2 words after it, got 3; see --help'],
  [EXPLAIN, "--usage must be the provider's usage object as JSON; it is missing"],
  [[...EXPLAIN, '--usage', '{'], '--usage must be JSON, got {'],
  [
    [...EXPLAIN, '--usage', '{}'],
    '--usage cannot be read: usage has no known field, got an empty object; send tokens instead',
  ],
  [
    [...EXPLAIN, '--at', 'noon', '--usage', '{"total_tokens":1}'],
    '--at must be a day or a time with its zone, such as 2026-01-31T12:00:00Z, got noon',
  ],
  [
    ['list', 'nowhere', '--built-in'],
    'no price of nowhere: list takes the ids of the price book, and explain any name',
  ],
  [['import', 'prices.xlsx'], 'file must end with .csv or .json, got prices.xlsx'],
  [
    ['import', '/nonexistent/prices.csv'],
    'file must be a file that can be read, got /nonexistent/prices.csv (ENOENT)',
  ],
  [['list', '--dir', '/nonexistent'], 'no database in /nonexistent: start one with npm run db:up'],
])('%j fails on what is wrong, by name', async (argv, message) => {
  expect(await runMain(main, ...argv)).toEqual({ code: 1, out: '', errors: [message] });
});

describeWithServers('npm run prices with a database', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let folder: string;
  let database: string;
  let target: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prices-'));
    server = await TestServer.start();
    database = await server.createDatabase();
    await server.with(database, (client) =>
      migrate(client, readMigrations(join(ROOT, 'lambda/database/migrations'))),
    );
    target = ['--url', `postgres://postgres@127.0.0.1:${server.port}/${database}`];
    process.env['PGPASSWORD'] = SUPERUSER_PASSWORD;
  });
  afterAll(async () => {
    delete process.env['PGPASSWORD'];
    rmSync(folder, { recursive: true, force: true });
    await server?.remove();
  });

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const count = (sql: string) =>
    server.with(
      database,
      async (client) => (await rowsOf(client, `SELECT count(*)::int AS count FROM ${sql}`))[0]?.['count'],
    );
  const explain = async () => {
    const usage = '{"prompt_tokens": 1000000, "completion_tokens": 0, "total_tokens": 1000000}';
    const { out } = await runMain(main, 'explain', 'openai', 'gpt-4o', '--usage', usage, ...target);
    return out.split('\n')[1];
  };

  test("imports people's prices, after a dry run, with a row in the audit log", async () => {
    const csv = file('own.csv', 'provider,model,unit,usd_per_million\nopenai,gpt-4o,input,2\n');
    const dry = await runMain(main, 'import', csv, '--dry-run', ...target);
    expect([dry.code, dry.out.split('\n').at(-1)]).toEqual([
      0,
      'Would import: 1 new prices, 0 ended, 0 unchanged, 0 skipped',
    ]);
    expect(await count('prices')).toBe(0);
    const done = await runMain(main, 'import', csv, ...target);
    expect([done.code, done.out.split('\n').at(-1)]).toEqual([
      0,
      'Imported: 1 new prices, 0 ended, 0 unchanged, 0 skipped',
    ]);
    expect(await explain()).toBe('cost 2.0000000000 USD, by list prices 2.5000000000 USD');
    expect(await count("audit_log WHERE action = 'prices.import' AND actor = 'npm run prices'")).toBe(1);
  });

  test('waits for --yes before a price that is a thousandth of another', async () => {
    const csv = file('wrong.csv', 'provider,model,unit,usd_per_million\nopenai,gpt-4o,output,0.01\n');
    const asked = await runMain(main, 'import', csv, ...target);
    expect(asked.code).toBe(1);
    expect(asked.out).toContain('openai/gpt-4o output: 0.01 USD a million, but 10 by genai-prices');
    expect(asked.errors).toEqual([
      'nothing is imported; prices to confirm: 1. Each is at least 100 times another price of its unit, or at most a hundredth of it; check them and repeat with --yes',
    ]);
    expect((await runMain(main, 'import', csv, '--yes', ...target)).code).toBe(0);
  });

  test("imports LiteLLM's list, and says what it leaves out", async () => {
    const list = {
      m: { litellm_provider: 'p', input_cost_per_token: 1e-6, vector_store_cost_per_gb_per_day: 0.1 },
    };
    const { out } = await runMain(main, 'import', file('litellm.json', JSON.stringify(list)), ...target);
    expect(out).toContain('not imported: field vector_store_cost_per_gb_per_day (1 times)');
    expect(await count("prices WHERE source = 'litellm'")).toBe(1);
  });

  test('fails with the problems of a file', async () => {
    const csv = file('bad.csv', 'provider,model,unit,usd_per_million\np,m,input,much\n');
    const { code, errors } = await runMain(main, 'import', csv, ...target);
    expect([code, errors]).toEqual([
      1,
      [
        `${csv}: line 2: usd_per_million must be a decimal number of at least 0 with at most 12 decimals, such as 2.50, got 'much'`,
      ],
    ]);
  });

  test('updates the prices of the build, and has nothing to do a second time', async () => {
    const first = await runMain(main, 'update', ...target);
    expect(first.out.split('\n').at(-1)).toMatch(
      /^Imported: \d{4} new prices, 0 ended, 0 unchanged, 0 skipped$/,
    );
    const second = await runMain(main, 'update', ...target);
    expect(second.out).toMatch(/^Imported: 0 new prices, 0 ended, \d{4} unchanged, 0 skipped$/);
    expect(await count('price_models')).toBeGreaterThan(1000);
  });
});
