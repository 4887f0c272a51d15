import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryMetricsSource } from '../../../bin/scaler/history-metrics-source';
import { readTraffic } from '../../../bin/scaler/read-traffic';
import type { HistoryOptions } from '../../../bin/traffic/read-history';
import type { LoadQuery } from '../../../lambda/predictive-scaler/metrics/metrics-source';
import { workload } from '../../lambda/predictive-scaler/reconcile/rig';

const NOON = Date.parse('2026-11-24T12:00:00Z') / 60_000;

const LOAD = {
  namespace: 'AWS/ApplicationELB',
  name: 'RequestCount',
  dimensions: {},
  statistic: 'Sum',
  scale: 1 / 60,
} as const;

const QUERY: LoadQuery = {
  name: 'api',
  load: LOAD,
  alwaysOn: null,
  stepMinutes: 1,
  fromMinute: NOON - 10,
  untilMinute: NOON,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, { stepMinutes = 1, ...options }: HistoryOptions = {}) {
  const path = join(folder, 'api.csv');
  writeFileSync(path, text);
  return readTraffic({ api: path }, [workload({ name: 'api', load: LOAD, stepMinutes })], options);
}

async function measure(text: string, options: HistoryOptions = {}) {
  return (await new HistoryMetricsSource(read(text, options)).measure([QUERY])).get('api');
}

/** A row for each minute before noon, newest last. */
function minutes(...rows: (readonly [ago: number, value: number | ''])[]): string {
  return rows.map(([ago, value]) => `${(NOON - ago) * 60},${value}\n`).join('');
}

it("gives loads per second by the scale of the workload's metric, without those that are unknown", async () => {
  expect(await measure(minutes([6, 60], [5, ''], [4, 180]))).toEqual([
    { minute: NOON - 6, load: 1 },
    { minute: NOON - 4, load: 3 },
  ]);
});

it.each([
  ['counts that were divided by their step', minutes([6, 60], [5, 180]), { perSecond: true }],
  ['rates of a counter', minutes([6, 1000], [5, 1060], [4, 1240]), { counter: true }],
])('applies no scale to %s', async (_, text, options) => {
  expect(await measure(text, options)).toEqual([
    { minute: NOON - 6, load: 1 },
    { minute: NOON - 5, load: 3 },
  ]);
});

it('leaves out what is before the first minute, or not over at the last', async () => {
  const loads = await measure(minutes([11, 60], [10, 60], [9, 60], [1, 60], [0, 60]));
  expect((loads as readonly { minute: number }[]).map(({ minute }) => NOON - minute)).toEqual([10, 9, 1]);
});

it('fails for a workload without a file, and says how to give one', async () => {
  const loads = await new HistoryMetricsSource({}).measure([QUERY]);
  expect(loads.get('api')).toMatchObject({
    kind: 'not-found',
    message: "workload 'api' has no file; add --traffic api=<file>",
  });
});

describe('reading the files', () => {
  it('fails for a name that is no workload', () => {
    expect(() => readTraffic({ web: 'web.csv' }, [workload({ name: 'api' })], {})).toThrow(
      '--traffic web=web.csv: there is no workload web, only api',
    );
  });

  it('fails for counts of another period than the workload has', () => {
    expect(() => read(minutes([6, 60], [5, 180]), { stepMinutes: 5 })).toThrow(
      'rows are 60 s apart, but workload api has counts of 5 min (statistic Sum); export that step, or add --per-second',
    );
  });

  it('fails for rows further apart than the steps of the workload', () => {
    expect(() => read(minutes([11, 60], [6, 180]))).toThrow(
      'rows must be 1 min apart, or a part of that, got 5 min',
    );
  });
});
