import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CsvMetricsSource } from '../../../../lambda/predictive-scaler/metrics/csv-metrics-source';
import type { LoadQuery } from '../../../../lambda/predictive-scaler/metrics/metrics-source';

const NOON = Date.parse('2026-11-24T12:00:00Z') / 60_000;

const QUERY: LoadQuery = {
  name: 'api',
  load: {
    namespace: 'AWS/ApplicationELB',
    name: 'RequestCount',
    dimensions: {},
    statistic: 'Sum',
    scale: 1 / 60,
  },
  alwaysOn: null,
  stepMinutes: 1,
  fromMinute: NOON - 10,
  untilMinute: NOON,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'csv-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function measure(text: string, overrides: Partial<LoadQuery> = {}) {
  const path = join(folder, 'api.csv');
  writeFileSync(path, text);
  return (await new CsvMetricsSource({ api: path }).measure([{ ...QUERY, ...overrides }])).get('api');
}

it.each([
  ['ISO 8601 in UTC', '2026-11-24T11:55:00Z'],
  ['ISO 8601 without an offset', '2026-11-24T11:55:00'],
  ['a space and no seconds', '2026-11-24 11:55'],
  ['an offset', '2026-11-24T12:55:00+01:00'],
  ['seconds since 1970', String((NOON - 5) * 60)],
])('reads timestamps with %s', async (_, timestamp) => {
  expect(await measure(`timestamp,value\n${timestamp},120\n`)).toEqual([{ minute: NOON - 5, load: 2 }]);
});

it('sorts, takes the last of two rows of a step, and leaves gaps unknown', async () => {
  const rows = [
    '2026-11-24T11:56Z,60',
    '2026-11-24T11:54Z,60',
    '2026-11-24T11:55Z,',
    '2026-11-24T11:56:30Z,180',
  ];
  expect(await measure(rows.join('\r\n'))).toEqual([
    { minute: NOON - 6, load: 1 },
    { minute: NOON - 4, load: 3 },
  ]);
});

it('leaves out what is before the first minute, or not over at the last', async () => {
  const rows = [11, 10, 5, 1, 0].map((ago) => `${(NOON - ago) * 60},60`);
  const minutes = (await measure(rows.join('\n'))) as readonly { minute: number }[];
  expect(minutes.map(({ minute }) => NOON - minute)).toEqual([10, 5, 1]);
});

it.each([
  ['2026-11-24T11:55Z', "line 2: a row must be timestamp,value, got '2026-11-24T11:55Z'"],
  ['soon,1', 'line 2'],
  ['2026-11-24T11:55Z,many', 'line 2'],
  ['2026-11-24T11:55Z,1,2', 'line 2'],
])('fails for the row %j, and names it', async (row, message) => {
  const result = await measure(`timestamp,value\n${row}`);
  expect(result).toMatchObject({ kind: 'malformed-answer', message: expect.stringContaining(message) });
});

it('fails for a workload without a file, or whose file is not there', async () => {
  const none = join(folder, 'none.csv');
  const loads = await new CsvMetricsSource({ web: none }).measure([QUERY, { ...QUERY, name: 'web' }]);
  expect(loads.get('api')).toMatchObject({
    kind: 'not-found',
    message: "there is no file for workload 'api'",
  });
  expect(loads.get('web')).toMatchObject({ kind: 'not-found', message: expect.stringContaining(none) });
});
