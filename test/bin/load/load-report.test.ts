import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeasuredRun } from '../../../bin/load/local/measure-load';
import { podMetrics } from '../../../bin/load/local/pod-metrics';
import { type Kpi, kpisOf } from '../../../bin/load/report/kpis';
import { factLines, kpiLines, writeReport } from '../../../bin/load/report/load-report';
import { progressLine } from '../../../bin/load/report/progress-line';
import { podLimitsOf, promisedObjectives } from '../../../bin/load/report/promises';
import type { TimelineRow } from '../../../bin/load/results/timeline';
import type { ScriptResult } from '../../../bin/load/run-script';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { PrometheusMetrics } from '../../../service/telemetry/prometheus';

const LATENCIES = { p50: 20, p95: 90, p99: 300, mean: 30 };

const FIGURES: ScriptResult['figures'] = {
  api: LATENCIES,
  llm: { p50: 10, p95: 500, p99: 900, mean: 150 },
  requestsPerSecond: 999,
  offeredPerSecond: 1000,
  users: 10_000,
  errorPercent: 0.05,
  cacheHitPercent: 66.6,
  cachedP50Ms: 5,
  llmTimeoutPercent: 0,
  settledP99Ms: 400,
  lateP99Ms: 2,
};

interface Change {
  readonly refused?: number;
  /** Length of the part at full load, from second 1. */
  readonly peakSeconds?: number;
  readonly figures?: Partial<ScriptResult['figures']>;
  /** Seconds of the run in which the 99th percentile is bad. */
  readonly slowUntil?: number;
  readonly errors?: Readonly<Record<string, number>>;
  /** Resident memory in each second, MiB. */
  readonly memory?: readonly number[];
}

/** A run of ten seconds, all but the first of them at full load, with one pod. */
function runWith({
  figures = {},
  errors = {},
  memory = [],
  refused = 0,
  slowUntil = 0,
  peakSeconds = 9,
}: Change = {}): MeasuredRun {
  const row = {
    seconds: 1,
    offered: 100,
    ended: 100,
    dropped: 0,
    underWay: 5,
    connections: 8,
    users: 10_000,
  };
  return {
    generatorMs: 100,
    podsMs: 900,
    result: {
      startMs: 1000,
      seconds: 10.2,
      requests: 1000,
      refused,
      dropped: 0,
      abortedBy: [],
      thresholds: [{ text: 'checks: rate>0.999', measured: 1, samples: 1000, passed: true }],
      phases: [
        { name: 'ramp', atSecond: 0, seconds: 1, atFullLoad: false },
        { name: 'peak', atSecond: 1, seconds: peakSeconds, atFullLoad: true },
      ],
      figures: { ...FIGURES, ...figures },
      timeline: Array.from({ length: 1 + peakSeconds }, (_, atSecond) => ({
        ...row,
        atSecond,
        api: atSecond === 4 ? null : { ...LATENCIES, p99: atSecond < slowUntil ? 1000 : LATENCIES.p99 },
        llm: null,
        refused: atSecond === 2 ? refused : 0,
        errors: atSecond === 2 ? errors : {},
        cacheAnswers: atSecond === 0 ? 0 : 50,
        cacheHits: atSecond === 0 ? 0 : 30,
      })),
    },
    resources: Array.from({ length: 11 }, (_, second) => ({
      atMs: 1000 + 1000 * second + 500,
      machinePercent: 90,
      pods: [
        {
          name: 'api-1',
          // The ramp does not count.
          processorPercent: second < 1 ? 100 : 60,
          processorSeconds: 0.6,
          residentMiB: memory[second] ?? 180,
          loopDelayMs: 3,
          poolWaiting: 0,
          cacheHits: 30,
          cacheMisses: 20,
        },
      ],
    })),
  };
}

const limits = podLimitsOf(loadEnvironment('dev'));
const kpis = (scenario: string, change: Change = {}) =>
  kpisOf(scenario, runWith(change), promisedObjectives(), limits);
const broken = (list: readonly Kpi[]) => list.filter(({ held }) => held === false).map(({ name }) => name);

const RECOVERY =
  'Seconds after the jump until the 99th percentile of a second is below 1 s and stays there for 5 s';

describe('the table of KPIs', () => {
  test('holds where everything is as promised', () => {
    expect(broken(kpis('load'))).toEqual([]);
    expect(kpis('load').filter(({ held }) => held === null)).toEqual([]);
    expect(kpiLines(kpis('load'))).toContainEqual(
      expect.stringMatching(/^API, 99th percentile +< 1000 ms +300 ms +yes$/),
    );
  });

  test.each([
    ['API, median', 'load', { figures: { api: { ...LATENCIES, p50: 100 } } }],
    ['API, 95th percentile', 'load', { figures: { api: { ...LATENCIES, p95: 501 } } }],
    ['API, 99th percentile', 'load', { figures: { api: { ...LATENCIES, p99: 1000 } } }],
    ['Requests per second', 'load', { figures: { requestsPerSecond: 980 } }],
    ['Users at the same time', 'load', { figures: { users: 9000 } }],
    ['Errors', 'load', { figures: { errorPercent: 0.1 } }],
    ['LLM answers from the cache', 'load', { figures: { cacheHitPercent: 60 } }],
    ['LLM answers, mean', 'load', { figures: { llm: { ...LATENCIES, mean: 2000 } } }],
    ['LLM time-outs', 'load', { figures: { llmTimeoutPercent: 0.5 } }],
    ['API, 99th percentile, from 10 s after the jump', 'spike', { figures: { settledP99Ms: 1001 } }],
    ['Refused (503 with Retry-After)', 'spike', { refused: 1 }],
    ['Refused (503 with Retry-After)', 'load', { refused: 370 }],
    ['Errors other than refusals', 'spike', { errors: { lost: 1 } }],
    ['Memory of the biggest pod, of its limit', 'load', { memory: Array(11).fill(900) }],
    [
      'Memory, last third against the second, %',
      'soak',
      { memory: [100, 100, 100, 100, 120, 120, 120, 180, 180, 180, 180] },
    ],
  ] as const)('says that this does not hold: %s', (name, scenario, change) => {
    expect(broken(kpis(scenario, change as Change))).toEqual([name]);
  });

  test.each<[slowUntil: number, seconds: number, measured: string, held: boolean | null]>([
    // Second 4 has no answers.
    [3, 20, '4', true],
    [11, 20, '10', true],
    [12, 20, '11', false],
    [21, 20, 'not in 20 s', false],
    [3, 9, '4', true],
    // It might have recovered by second ten.
    [6, 9, 'not in 9 s', null],
    [1, 4, 'not measured', null],
  ])('a spike that is slow until second %d of a peak of %d s: %s', (slowUntil, seconds, measured, held) => {
    const row = kpis('spike', { slowUntil, peakSeconds: seconds }).find(({ name }) => name === RECOVERY);
    expect(row).toEqual({ name: RECOVERY, promised: '<= 10', measured, held });
  });

  test('does not call memory that grows while caches fill a leak', () => {
    expect(broken(kpis('soak', { memory: [100, 100, 140, 170, 180, 180, 180, 180, 181, 182, 182] }))).toEqual(
      [],
    );
  });

  test('does not judge what the run did not ask for', () => {
    const small = kpis('load', {
      figures: {
        requestsPerSecond: 100,
        offeredPerSecond: 100,
        users: null,
        cacheHitPercent: null,
      },
    });
    expect(broken(small)).toEqual([]);
    expect(small.filter(({ held }) => held === null).map(({ name, measured }) => [name, measured])).toEqual([
      ['Requests per second', '100'],
      ['Users at the same time', 'not measured'],
      ['LLM answers from the cache', 'not measured'],
    ]);
  });
});

test('the report is one page that loads nothing, with its data beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-report-'));
  const page = writeReport(join(folder, 'new'), {
    scenario: 'load',
    startedAt: '2026-01-01T00:00:00.000Z',
    call: '--scenario load -e MIX=<all>',
    notes: ['2 cores.'],
    run: runWith({ errors: { timeout: 1 }, refused: 3 }),
    objectives: promisedObjectives(),
    limits,
  });
  const html = readFileSync(page, 'utf8');
  const data = JSON.parse(readFileSync(join(folder, 'new', 'report.json'), 'utf8'));
  rmSync(folder, { recursive: true });
  expect(html).not.toMatch(/<script|https?:|src=|@import|NaN|undefined|Infinity/);
  expect(html).toContain('MIX=&lt;all&gt;');
  const titles = [...html.matchAll(/<h3>([^<]+) </g)].map(([, title]) => title);
  expect(titles).toEqual([
    'Times of the API',
    'Times of LLM calls and of their cache',
    'Requests',
    'Errors',
    'Answers from the cache',
    'Connections and requests under way',
    'Processor',
    'Memory',
    'Delay of the event loop, 99th percentile',
    'Callers that wait for a database connection',
  ]);
  expect(html).toContain('<td>Refused (503 with Retry-After)</td>');
  expect(html).toContain('Refused (503 with Retry-After): 3 (0.3 %).');
  // A second without answers interrupts the line.
  expect(html).toMatch(/<path class="line s0" d="M[^M"]+M[^M"]+"/);
  expect(data).toMatchObject({ scenario: 'load', run: { result: { requests: 1000, refused: 3 } } });
  expect(data.kpis).toHaveLength(13);
  expect(data.kpis).toContainEqual({
    name: 'Refused (503 with Retry-After)',
    promised: '< 0.1 %',
    measured: '0.3 %, 3',
    held: false,
  });
});

test('says what happened, and when the generator was too slow', () => {
  expect(factLines(runWith({ errors: { lost: 2 }, refused: 370 }))).toEqual([
    '1000 requests in 10.2 s; 0 not sent because every virtual user was busy.',
    'Refused (503 with Retry-After): 370 (37 %).',
    'Errors: 2 x refused or cut connection.',
    'Processor time of a request: pods 0.900 ms, generator 0.100 ms.',
  ]);
  expect(factLines(runWith({ figures: { lateP99Ms: 25 } })).at(-1)).toMatch(/more than 25 ms late/);
});

test.each([
  [{}, '5 s: 100/s, p95 90 ms, LLM - ms, 0 refused, 0 errors, 8 connections'],
  [{ refused: 37 }, '5 s: 63/s, p95 90 ms, LLM - ms, 37 (37 %) refused, 0 errors, 8 connections'],
  [
    { refused: 1, errors: { lost: 2, server: 1 }, api: null },
    '5 s: 99/s, p95 - ms, LLM - ms, 1 (1.0 %) refused, 3 errors, 8 connections',
  ],
  [{ atSecond: 6 }, undefined],
])('a row with %j is this line of progress: %s', (change, line) => {
  const row = runWith().result.timeline[5] as TimelineRow;
  expect(progressLine({ ...row, ...change })).toBe(line);
});

test("reads what it needs from a pod's page", async () => {
  const metrics = new PrometheusMetrics({
    pools: () => ({ active: 1, idle: 2, waiting: 3 }),
    providers: ['openai'],
  });
  const read = podMetrics(await metrics.page());
  expect(read).toMatchObject({ poolWaiting: 3, cacheHits: 0, cacheMisses: 0 });
  expect(read.residentMiB).toBeGreaterThan(10);
  expect(read.processorSeconds).toBeGreaterThan(0);
  // What the process says of its own event loop has a value from the second look on.
  expect(Object.values(podMetrics('# no page')).every(Number.isNaN)).toBe(true);
});
