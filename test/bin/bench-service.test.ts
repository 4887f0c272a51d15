import { main } from '../../bin/bench/service';
import { figureLines } from '../../bin/bench/service/format-figures';
import type { ServiceFigures } from '../../bin/bench/service/measure-service';
import { recordOf } from '../../bin/bench/service/records';
import { type AskedService, deepCursor, pageRows } from '../../bin/bench/service/time-questions';
import { benchRow } from '../../bin/db/bench-rows';
import { recordSchema } from '../../service/requests/record';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../lambda/database/postgres';
import {
  call,
  projectKey,
  record,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from '../service/http/test-service';

const FIGURES: ServiceFigures = {
  rows: 1_000_000,
  rollupSeconds: 12.34,
  questions: [
    { question: 'costs by day and model, a year', p50Ms: 20, p95Ms: 31.25, bytes: 2048 },
    { question: 'history, page 1', p50Ms: 2, p95Ms: 3, bytes: 1024 },
  ],
  ingest: {
    batches: { service: 20_000, bare: 40_000 },
    singles: { service: 3000, bare: 12_000 },
  },
  residentMebibytes: { idle: 100, afterQuestions: 120, afterIngest: 150 },
  loads: [0.5, 2],
};

test('figures stand beside their goals and the bare forms', () => {
  const text = figureLines(FIGURES).join('\n');
  expect(text).toContain('load average before and after 0.5, 2.0');
  expect(text).toMatch(/costs by day and model, a year +20.0 ms +31.3 ms +2 KiB +50 ms/);
  expect(text).toMatch(/history, page 1 +2.0 ms +3.0 ms +1 KiB +10 ms/);
  expect(text).toMatch(/batches of 500, 8 connections +20,000 +40,000 +0.50 +20,000/);
  expect(text).toMatch(/single records, 32 connections +3,000 +12,000 +0.25 +3,000/);
  expect(text).toContain('100 MiB idle, 120 MiB after the questions, 150 MiB after the records');
});

test('the records are valid', () => {
  const parsed = recordSchema.safeParse(recordOf(benchRow(Date.UTC(2026, 10, 1), 7)));
  expect(parsed).toMatchObject({ success: true });
});

test.each([
  [100_000, 1],
  [1_000_000, 14],
  [10_000_000, 50],
])('of %d requests, pages have %d rows, so that a user has more than 10,000 pages', (rows, expected) => {
  expect(pageRows(rows)).toBe(expected);
});

test.each([
  [['--rows', '1000'], '--rows must be a whole number between 100000 and 100000000, got 1000'],
  [['--fast'], '--fast'],
])('fails with %j', async (argv, message) => {
  const { code, errors } = await runMain(main, ...argv);
  expect(code).toBe(1);
  expect(errors.join('\n')).toContain(message);
});

describeWithServers('the cursor of a deep page', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let service: TestService;
  let database: string;
  beforeAll(async () => {
    server = await TestServer.start();
    database = await serviceDatabase(server);
    service = await startService('api', serviceEnvironment(server, database, 'llm_cost_ops_api'));
  });
  afterAll(async () => {
    await service?.close();
    await server?.remove();
  });

  test('leads to the page that turning the pages leads to', async () => {
    const { key } = await projectKey(service, 'bench');
    await call(service, 'POST /api/v1/requests', { key, body: Array.from({ length: 30 }, () => record()) });
    const path = '/api/v1/requests?limit=5';
    const page = async (cursor: string) =>
      (await call(service, `GET ${path}&cursor=${cursor}`, { key })).body;
    const first = (await call(service, `GET ${path}`, { key })).body;
    const third = await page((await page(first.next_cursor)).next_cursor);

    const asked: AskedService = {
      apis: [service],
      key,
      login: { ...server.settings(database), password: async () => '' },
    };
    expect(await page(await deepCursor(asked, path, false, 10))).toEqual(third);
  });
});
