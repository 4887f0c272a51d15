import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UsageError } from '../../../bin/cli/command';
import {
  type History,
  type HistoryOptions,
  historyLines,
  readHistory,
} from '../../../bin/traffic/read-history';

/** 2026-10-01T00:00:00Z, seconds since 1970. */
const START = 1_790_812_800;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: string | Buffer, options?: HistoryOptions): History {
  const path = join(folder, 'traffic.csv');
  writeFileSync(path, content);
  return readHistory(path, options);
}

/** The message of the error, with the file's name only. */
function problemOf(content: string | Buffer, options?: HistoryOptions): string {
  try {
    read(content, options);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message.replaceAll(`${folder}/`, '');
  }
  return 'no problem';
}

/** What a file is read as. */
interface Reading {
  /** The line that says how it was understood, without the file's name. */
  readonly says: string;
  /** `minute:load` of each sample, minutes since START. */
  readonly loads: string;
  /** Without the file's name. */
  readonly notes: readonly string[];
}

function readingOf(content: string | Buffer, options?: HistoryOptions): Reading {
  const history = read(content, options);
  const [says = '', ...notes] = historyLines(history).map((line) =>
    line.replaceAll(`${folder}/`, '').replace('traffic.csv', ''),
  );
  const loads = history.samples.map(({ minute, load }) => `${minute - START / 60}:${load}`).join(' ');
  return { says: says.replace(/^: /, ''), loads, notes };
}

/** Rows of a CSV, so many seconds apart, from START on. */
function rows(seconds: number, values: readonly (number | string)[]): string {
  return `timestamp,value\n${values.map((value, index) => `${START + seconds * index},${value}\n`).join('')}`;
}

/** Rows of a CSV with the value 1, so many seconds after START. */
function atSeconds(seconds: readonly number[]): string {
  return `timestamp,value\n${seconds.map((second) => `${START + second},1\n`).join('')}`;
}

/** The numbers from 0 on. */
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A row of a table of cases: what it is, what is expected, the file, the options. */
type Case<Expected, Content> = readonly [
  what: string,
  expected: Expected,
  content: Content,
  options?: HistoryOptions,
];

/** Jest takes a parameter that a row of a table lacks for a callback, and waits for it. */
function withOptions<Expected, Content>(cases: readonly Case<Expected, Content>[]) {
  return cases.map(([what, expected, content, options = {}]) => [what, expected, content, options] as const);
}

const GOOD: readonly Case<Reading, string>[] = [
  [
    'a plain CSV',
    {
      says: 'CSV, column 2 "value", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'timestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,6\n',
  ],
  [
    'a CSV without a header, with CRLF and no last line end',
    {
      says: 'CSV, column 2 "column 2", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    '2026-10-01T00:00:00Z,5\r\n2026-10-01T00:01:00Z,6',
  ],
  [
    'a byte order mark',
    {
      says: 'CSV, column 2 "value", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    '\uFEFFtimestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,6\n',
  ],
  [
    'empty lines and rows of empty fields',
    {
      says: 'CSV, column 2 "value", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'timestamp,value\n\n2026-10-01T00:00:00Z,5\n,\n2026-10-01T00:01:00Z,6\n\n',
  ],
  [
    'tabs between the fields',
    {
      says: 'CSV, column 2 "load", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'time\tload\n2026-10-01T00:00:00Z\t5\n2026-10-01T00:01:00Z\t6\n',
  ],
  [
    'offsets that change with summer time',
    {
      says: 'CSV, column 2 "value", times with an offset, step 30 min, 2026-10-25 00:30 to 2026-10-25 01:00 UTC (0.0 days), no gaps',
      loads: '34590:5 34620:6',
      notes: [],
    },
    'timestamp,value\n2026-10-25T02:30:00+02:00,5\n2026-10-25T02:00:00+01:00,6\n',
  ],
  [
    'times without a zone',
    {
      says: 'CSV, column 2 "value", times without a zone read as UTC (--time-zone), step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'timestamp,value\n2026-10-01 00:00,5\n2026-10-01 00:01,6\n',
  ],
  [
    'times without a zone in a zone',
    {
      says: 'CSV, column 2 "value", times without a zone read as Asia/Kolkata (--time-zone), step 1 min, 2026-09-30 18:30 to 2026-09-30 18:31 UTC (0.0 days), no gaps',
      loads: '-330:5 -329:6',
      notes: [],
    },
    'timestamp,value\n2026-10-01 00:00,5\n2026-10-01 00:01,6\n',
    { timeZone: 'Asia/Kolkata' },
  ],
  [
    'an hour that clocks repeat',
    {
      says: 'CSV, column 2 "value", times without a zone read as Europe/Berlin (--time-zone), step 60 min, 2026-10-24 23:00 to 2026-10-25 02:00 UTC (0.2 days), no gaps',
      loads: '34500:1 34560:2 34620:3 34680:4',
      notes: [
        ': 2 times that Europe/Berlin has twice, when clocks go back; the order of the rows tells which one is meant',
      ],
    },
    'timestamp,value\n2026-10-25 01:00,1\n2026-10-25 02:00,2\n2026-10-25 02:00,3\n2026-10-25 03:00,4\n',
    { timeZone: 'Europe/Berlin' },
  ],
  [
    'an hour that clocks repeat, newest row first',
    {
      says: 'CSV, column 2 "value", times without a zone read as Europe/Berlin (--time-zone), step 60 min, 2026-10-24 23:00 to 2026-10-25 02:00 UTC (0.2 days), no gaps',
      loads: '34500:1 34560:2 34620:3 34680:4',
      notes: [
        ': 2 times that Europe/Berlin has twice, when clocks go back; the order of the rows tells which one is meant',
      ],
    },
    'timestamp,value\n2026-10-25 03:00,4\n2026-10-25 02:00,3\n2026-10-25 02:00,2\n2026-10-25 01:00,1\n',
    { timeZone: 'Europe/Berlin' },
  ],
  [
    'an hour that clocks skip',
    {
      says: 'CSV, column 2 "value", times without a zone read as Europe/Berlin (--time-zone), step 60 min, 2026-03-29 00:00 to 2026-03-29 01:00 UTC (0.1 days), no gaps',
      loads: '-267840:1 -267780:2',
      notes: [],
    },
    'timestamp,value\n2026-03-29 01:00,1\n2026-03-29 03:00,2\n',
    { timeZone: 'Europe/Berlin' },
  ],
  [
    'days only',
    {
      says: 'CSV, column 2 "value", times without a zone read as UTC (--time-zone), step 60 min, 2026-10-01 00:00 to 2026-10-01 01:00 UTC (0.1 days), no gaps',
      loads: '0:5 60:6',
      notes: [],
    },
    'timestamp,value\n2026-10-01,5\n2026-10-01 01:00,6\n',
  ],
  [
    'epoch seconds',
    {
      says: 'CSV, column 2 "rps", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'ts,rps\n1790812800,5\n1790812860,6\n',
  ],
  [
    'epoch milliseconds',
    {
      says: 'CSV, column 2 "rps", times in epoch milliseconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'ts,rps\n1790812800000,5\n1790812860000,6\n',
  ],
  [
    "a CSV of CloudWatch's console",
    {
      says: 'CloudWatch console CSV, column 2 "RequestCount", times without a zone read as UTC (--time-zone), step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:300 1:1360',
      notes: [
        ': each value is a count of 1 min (statistic Sum), not a rate; capacity or scale must be in the same unit, or add --per-second',
      ],
    },
    'Full label,"app/api RequestCount, Sum"\nLabel,RequestCount\nRegion,eu-west-1\nPeriod,60\nStatistic,Sum\nUnit,Count\n2026/10/01 00:00:00,300\n2026/10/01 00:01:00,"1,360"\n',
  ],
  [
    "counts of CloudWatch's console per second",
    {
      says: 'CloudWatch console CSV, column 2 "RequestCount", counts divided by the step (--per-second), times without a zone read as UTC (--time-zone), step 5 min, 2026-10-01 00:00 to 2026-10-01 00:05 UTC (0.0 days), no gaps',
      loads: '0:1 5:2',
      notes: [],
    },
    'Label,RequestCount\nPeriod,300\nStatistic,Sum\n2026/10/01 00:00:00,300\n2026/10/01 00:05:00,600\n',
    { perSecond: true },
  ],
  [
    "one of several metrics of CloudWatch's console",
    {
      says: 'CloudWatch console CSV, column 3 "web", times without a zone read as UTC (--time-zone), step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:7 1:8',
      notes: [],
    },
    'Label,api,web\nStatistic,Average,Average\n2026/10/01 00:00:00,3,7\n2026/10/01 00:01:00,4,8\n',
    { column: 'web' },
  ],
  [
    'a CSV of Grafana',
    {
      says: 'Grafana CSV, column 2 "requests {pod=\\"a\\"}", times in epoch milliseconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5.5 1:6.5',
      notes: [],
    },
    '"Time","requests {pod=""a""}"\n1790812800000,5.5\n1790812860000,6.5\n',
  ],
  [
    'a CSV of Grafana for Excel with decimal commas',
    {
      says: 'Grafana CSV, column 2 "Value (req/s)", decimal commas, times without a zone read as UTC (--time-zone), step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5.5 1:1006.25',
      notes: [],
    },
    'sep=;\n"Time";"Value (req/s)"\n2026-10-01 00:00:00;5,5\n2026-10-01 00:01:00;1.006,25\n',
    { column: 'value' },
  ],
  [
    'semicolons and decimal points',
    {
      says: 'CSV, column 2 "value", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5.5 1:6.125',
      notes: [],
    },
    'timestamp;value\n2026-10-01T00:00:00Z;5.5\n2026-10-01T00:01:00Z;6.125\n',
  ],
  [
    'thousands in quotes',
    {
      says: 'CSV, column 2 "value", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:1234.5 1:12345678',
      notes: [],
    },
    'timestamp,value\n2026-10-01T00:00:00Z,"1,234.5"\n2026-10-01T00:01:00Z,"12,345,678"\n',
  ],
  [
    'the only numeric column of several',
    {
      says: 'CSV, column 4 "load", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'host,timestamp,region,load\na,2026-10-01T00:00:00Z,eu,5\na,2026-10-01T00:01:00Z,eu,6\n',
  ],
  [
    'a column by its name',
    {
      says: 'CSV, column 2 "load", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'timestamp,load,errors\n2026-10-01T00:00:00Z,5,1\n2026-10-01T00:01:00Z,6,0\n',
    { column: 'load' },
  ],
  [
    'a column by its number',
    {
      says: 'CSV, column 3 "errors", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:1 1:0',
      notes: [],
    },
    'timestamp,load,errors\n2026-10-01T00:00:00Z,5,1\n2026-10-01T00:01:00Z,6,0\n',
    { column: '3' },
  ],
  [
    'columns that are named by numbers',
    {
      says: 'Grafana CSV, column 2 "200", times in epoch milliseconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [],
    },
    'Time,200,500\n1790812800000,5,1\n1790812860000,6,0\n',
    { column: '200' },
  ],
  [
    'a title above the header',
    {
      says: 'CSV, column 2 "value", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:07 UTC (0.0 days), no gaps',
      loads: '0:5 1:6 2:6 3:6 4:6 5:6 6:6 7:6',
      notes: [': 1 line before the header skipped'],
    },
    'Requests of the API\ntimestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,6\n2026-10-01T00:02:00Z,6\n2026-10-01T00:03:00Z,6\n2026-10-01T00:04:00Z,6\n2026-10-01T00:05:00Z,6\n2026-10-01T00:06:00Z,6\n2026-10-01T00:07:00Z,6\n',
  ],
  [
    'an answer of get-metric-data',
    {
      says: 'CloudWatch get-metric-data JSON, result 1 "RequestCount", times with an offset, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [
        ': the file does not name the statistic; if it is Sum, each value is a count of 1 min, not a rate; capacity or scale must be in the same unit, or add --per-second',
      ],
    },
    JSON.stringify({
      MetricDataResults: [
        {
          Id: 'm1',
          Label: 'RequestCount',
          Timestamps: ['2026-10-01T00:01:00+00:00', '2026-10-01T00:00:00+00:00'],
          Values: [6, 5],
          StatusCode: 'Complete',
        },
      ],
      Messages: [],
    }),
  ],
  [
    'a result of get-metric-data by its Id',
    {
      says: 'CloudWatch get-metric-data JSON, result 2 "Errors", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:2 1:1',
      notes: [
        ': the file does not name the statistic; if it is Sum, each value is a count of 1 min, not a rate; capacity or scale must be in the same unit, or add --per-second',
        ': result m2 is PartialData: CloudWatch had more to give; run get-metric-data again',
      ],
    },
    JSON.stringify({
      MetricDataResults: [
        {
          Id: 'm1',
          Label: 'RequestCount',
          Timestamps: [1790812860, 1790812800],
          Values: [6, 5],
          StatusCode: 'Complete',
        },
        {
          Id: 'm2',
          Label: 'Errors',
          Timestamps: [1790812860, 1790812800],
          Values: [1, 2],
          StatusCode: 'PartialData',
        },
      ],
    }),
    { column: 'm2' },
  ],
  [
    'an answer of get-metric-statistics',
    {
      says: 'CloudWatch get-metric-statistics JSON, statistic 1 "Sum", times with an offset, step 5 min, 2026-10-01 00:00 to 2026-10-01 00:10 UTC (0.0 days), no gaps',
      loads: '0:5 5:6 10:7',
      notes: [
        ': each value is a count of 5 min (statistic Sum), not a rate; capacity or scale must be in the same unit, or add --per-second',
        ': 1 row out of order, sorted',
      ],
    },
    JSON.stringify({
      Label: 'RequestCount',
      Datapoints: [
        { Timestamp: '2026-10-01T00:05:00Z', Sum: 6, Unit: 'Count' },
        { Timestamp: '2026-10-01T00:00:00Z', Sum: 5, Unit: 'Count' },
        { Timestamp: '2026-10-01T00:10:00Z', Sum: 7, Unit: 'Count' },
      ],
    }),
  ],
  [
    'a percentile of get-metric-statistics',
    {
      says: 'CloudWatch get-metric-statistics JSON, statistic 2 "p99", times with an offset, step 5 min, 2026-10-01 00:00 to 2026-10-01 00:05 UTC (0.0 days), no gaps',
      loads: '0:9 5:8',
      notes: [],
    },
    JSON.stringify({
      Label: 'Latency',
      Datapoints: [
        { Timestamp: '2026-10-01T00:00:00Z', Average: 6, ExtendedStatistics: { p99: 9 } },
        { Timestamp: '2026-10-01T00:05:00Z', Average: 5, ExtendedStatistics: { p99: 8 } },
      ],
    }),
    { column: 'p99' },
  ],
  [
    'an answer of query_range',
    {
      says: 'Prometheus query_range JSON, series 1 "{job=\\"api\\"}", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:02 UTC (0.0 days), 1 gap of 1 min',
      loads: '0:5.5 2:7',
      notes: [],
    },
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { job: 'api' },
            values: [
              [1790812800, '5.5'],
              [1790812860, 'NaN'],
              [1790812920, '7'],
            ],
          },
        ],
      },
    }),
  ],
  [
    'what promtool prints',
    {
      says: 'Prometheus query_range JSON, series 1 "{}", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:5 1:6',
      notes: [': times are 1 s after the start of a step of 1 min, taken as its start'],
    },
    JSON.stringify([
      {
        metric: {},
        values: [
          [1790812800.5, '5'],
          [1790812860.5, '6'],
        ],
      },
    ]),
  ],
  [
    'one of several series of query_range',
    {
      says: 'Prometheus query_range JSON, series 2 "{job=\\"web\\"}", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:7 1:8',
      notes: [': Prometheus says a store is down'],
    },
    JSON.stringify({
      status: 'success',
      warnings: ['a store is down'],
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { job: 'api' },
            values: [
              [1790812800, '5'],
              [1790812860, '6'],
            ],
          },
          {
            metric: { job: 'web' },
            values: [
              [1790812800, '7'],
              [1790812860, '8'],
            ],
          },
        ],
      },
    }),
    { column: '2' },
  ],
  [
    'rows of 15 seconds',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:01 UTC (0.0 days), no gaps',
      loads: '0:1.5 1:5.5',
      notes: [': rows are 15 s apart: a sample is the mean of 4 rows'],
    },
    rows(15, upTo(8)),
  ],
  [
    'rows of 2 minutes',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 10 min, 2026-10-01 00:00 to 2026-10-01 00:20 UTC (0.0 days), no gaps',
      loads: '0:2 10:7 20:10',
      notes: [': rows are 2 min apart: a sample is the mean of 5 rows (1 sample of fewer)'],
    },
    rows(120, upTo(11)),
  ],
  [
    'finer rows than the samples that are asked for',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 5 min, 2026-10-01 00:00 to 2026-10-01 00:05 UTC (0.0 days), no gaps',
      loads: '0:2 5:7',
      notes: [': rows are 1 min apart: a sample is the mean of 5 rows'],
    },
    rows(60, upTo(10)),
    { stepMinutes: 5 },
  ],
  [
    'uneven times',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:04 UTC (0.0 days), no gaps',
      loads: '0:1 1:2 2:3 3:4 4:5',
      notes: [': 2 times up to 1.0 s off the step, taken as on it'],
    },
    'timestamp,value\n1790812800,1\n1790812861,2\n1790812919,3\n1790812980,4\n1790813040,5\n',
  ],
  [
    'times that are not at the start of a step',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:02 UTC (0.0 days), no gaps',
      loads: '0:1 1:2 2:3',
      notes: [': times are 7 s after the start of a step of 1 min, taken as its start'],
    },
    'timestamp,value\n1790812807,1\n1790812867,2\n1790812927,3\n',
  ],
  [
    'gaps: rows that lack, empty values, null and NaN',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:08 UTC (0.0 days), 3 gaps of 5 min in all',
      loads: '0:1 2:3 5:6 8:9',
      notes: [],
    },
    'timestamp,value\n1790812800,1\n1790812860,\n1790812920,3\n1790812980,NaN\n1790813040,null\n1790813100,6\n1790813280,9\n',
  ],
  [
    'rows out of order and twice',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:02 UTC (0.0 days), no gaps',
      loads: '0:1 1:2 2:4',
      notes: [
        ': 1 row out of order, sorted',
        ': 1 row with the time of another row, of which the last one counts',
      ],
    },
    'timestamp,value\n1790812860,2\n1790812800,1\n1790812920,3\n1790812920,4\n',
  ],
  [
    'one negative value',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:02 UTC (0.0 days), 1 gap of 1 min',
      loads: '0:1 2:3',
      notes: [':3: -3 is negative and counts as a gap; a load is 0 or more'],
    },
    'timestamp,value\n1790812800,1\n1790812860,-3\n1790812920,3\n',
  ],
  [
    'a counter with a reset and a gap',
    {
      says: 'CSV, column 2 "value", a counter, read as its rate per second (--counter), times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:06 UTC (0.0 days), 1 gap of 3 min',
      loads: '0:10 1:1 2:2 6:1',
      notes: [': 1 reset of the counter'],
    },
    'timestamp,value\n1790812800,600\n1790812860,1200\n1790812920,60\n1790812980,180\n1790813160,1000\n1790813220,1060\n',
    { counter: true },
  ],
  [
    'loads that rise like a counter',
    {
      says: 'CSV, column 2 "value", times in epoch seconds, step 1 min, 2026-10-01 00:00 to 2026-10-01 00:39 UTC (0.0 days), no gaps',
      loads: upTo(40)
        .map((minute) => `${minute}:${minute}`)
        .join(' '),
      notes: [],
    },
    rows(60, upTo(40)),
    { counter: false },
  ],
];

describe('a file', () => {
  it.each(withOptions(GOOD))('is read with %s', (_, reading, content, options) => {
    expect(readingOf(content, options)).toEqual(reading);
  });

  it('is read the same way if it is a gzip file, whatever its name is', () => {
    const text = rows(60, [1, 2, 3]);
    expect(readingOf(gzipSync(text))).toEqual(readingOf(text));
  });

  it('of 200,000 rows is read', () => {
    const text = upTo(200_000).map((minute) => `${START + 60 * minute},${1440 + ((7 * minute) % 1440)},a\n`);
    expect(read(text.join('')).samples).toHaveLength(200_000);
  });

  it('tells what a machine needs to know of it', () => {
    const { understood } = read(
      'timestamp,value\n2026-10-01 00:00,5\n2026-10-01 00:05,\n2026-10-01 00:10,7\n',
    );
    expect(understood).toEqual({
      file: join(folder, 'traffic.csv'),
      format: 'CSV',
      column: { kind: 'column', number: 2, name: 'value' },
      values: 'loads',
      decimalCommas: false,
      statistic: undefined,
      times: 'without a zone',
      timeZone: 'UTC',
      fileStepSeconds: 300,
      stepMinutes: 5,
      firstMinute: START / 60,
      lastMinute: START / 60 + 10,
      rows: 3,
      unordered: 0,
      duplicates: 0,
      withoutValue: 1,
      gaps: { count: 1, minutes: 5 },
    });
  });
});

const BAD: readonly Case<string, string | Buffer>[] = [
  ['an empty file', 'traffic.csv is empty', ''],
  ['a file of empty lines', 'traffic.csv is empty', '\n \n'],
  [
    'a header only',
    'traffic.csv has no row with a time and a value; export it again, with data',
    'timestamp,value\n',
  ],
  [
    'one row',
    'traffic.csv has one row only; export a longer range',
    'timestamp,value\n2026-10-01T00:00:00Z,5\n',
  ],
  [
    'one field a row',
    'traffic.csv:1: a row needs a time and a value with a comma, semicolon or tab between them, got 1 field\ntraffic.csv:2: a row needs a time and a value with a comma, semicolon or tab between them, got 1 field',
    '2026-10-01T00:00:00Z\n2026-10-01T00:01:00Z\n',
  ],
  [
    'a row that lacks a field',
    'traffic.csv:3: a row must have 2 fields as the first row has, got 1 field',
    'timestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z\n',
  ],
  [
    'thousands without quotes',
    'traffic.csv:3: a row must have 2 fields as the first row has, got 3 fields; put numbers such as 1,234 in quotes',
    'timestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,1,234\n',
  ],
  [
    'a quote that is not closed',
    'traffic.csv:3: the quotes of a field are not closed or stand within it; quote a field as "…" and a quote in it as ""',
    'timestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,"6\n',
  ],
  [
    'a word for a time',
    'traffic.csv:3: "yesterday" is not a time; write it as 2026-10-01T00:00:00Z, 2026-10-01 00:00 or seconds since 1970',
    'timestamp,value\n2026-10-01T00:00:00Z,5\nyesterday,6\n',
  ],
  [
    'a word for the first time',
    'traffic.csv:1: "soon" is not a time; write it as 2026-10-01T00:00:00Z, 2026-10-01 00:00 or seconds since 1970',
    'soon,1\n2026-10-01T00:00:00Z,5\n',
  ],
  [
    'a day that does not exist',
    'traffic.csv:2: the time "2026-02-30 00:00" does not exist in the calendar\ntraffic.csv:3: the time "2026-03-01 24:00" does not exist in the calendar',
    'timestamp,value\n2026-02-30 00:00,5\n2026-03-01 24:00,6\n',
  ],
  [
    'a day in the American order',
    'traffic.csv:2: the time "10/01/2026 00:00" does not tell day and month apart; write it as 2026-10-01 00:00\ntraffic.csv:3: the time "10/01/2026 00:01" does not tell day and month apart; write it as 2026-10-01 00:00',
    'Time,Value\n10/01/2026 00:00,5\n10/01/2026 00:01,6\n',
  ],
  [
    'a day in the German order',
    'traffic.csv:2: the time "01.10.2026 00:00" does not tell day and month apart; write it as 2026-10-01 00:00\ntraffic.csv:3: the time "01.10.2026 00:01" does not tell day and month apart; write it as 2026-10-01 00:00',
    'Zeit;Wert\n01.10.2026 00:00;5\n01.10.2026 00:01;6\n',
  ],
  [
    'an epoch that is too small',
    'traffic.csv:2: the time "7200" is too small for an epoch; write it as seconds since 1970 or as 2026-10-01 00:00\ntraffic.csv:3: the time "14400" is too small for an epoch; write it as seconds since 1970 or as 2026-10-01 00:00',
    'timestamp,value\n7200,1\n14400,2\n',
  ],
  [
    'an epoch in microseconds',
    'traffic.csv:2: the time "1790812800000000" is an epoch in microseconds or nanoseconds; export it in seconds or milliseconds\ntraffic.csv:3: the time "1790812860000000" is an epoch in microseconds or nanoseconds; export it in seconds or milliseconds',
    'timestamp,value\n1790812800000000,1\n1790812860000000,2\n',
  ],
  [
    'an epoch that a spreadsheet shortened',
    'traffic.csv:2: the time "1.79E+12" was shortened by a spreadsheet; export the file again\ntraffic.csv:3: the time "1.79E+12" was shortened by a spreadsheet; export the file again',
    'timestamp,value\n1.79E+12,1\n1.79E+12,2\n',
  ],
  [
    'seconds and milliseconds',
    'traffic.csv:3: the time "1790812860000" is in epoch milliseconds, the first one is in epoch seconds; write all of them in the same way',
    'timestamp,value\n1790812800,1\n1790812860000,2\n',
  ],
  [
    'times with and without an offset',
    'traffic.csv:3: the time "2026-10-01T00:01:00" is without a zone, the first one is with an offset; write all of them in the same way',
    'timestamp,value\n2026-10-01T00:00:00Z,1\n2026-10-01T00:01:00,2\n',
  ],
  [
    'a local time that clocks skip',
    'traffic.csv:3: the time "2026-03-29 02:00" does not exist in Europe/Berlin, where clocks skip it; is --time-zone right?',
    'timestamp,value\n2026-03-29 01:00,1\n2026-03-29 02:00,2\n',
    { timeZone: 'Europe/Berlin' },
  ],
  [
    'a word for a value',
    'traffic.csv:3: "many" is not a number; correct it, or leave it empty for an unknown load',
    'timestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,many\n',
  ],
  [
    'a value with a unit',
    'traffic.csv:3: "5.5 req/s" has a unit; export plain numbers (in Grafana: Formatted data off)',
    'timestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,5.5 req/s\n',
  ],
  [
    'a decimal comma between commas',
    'traffic.csv:3: "5,5" has a decimal comma, which is read only in files with ; between the fields',
    'timestamp,value\n2026-10-01T00:00:00Z,5\n2026-10-01T00:01:00Z,"5,5"\n',
  ],
  [
    'decimal commas and points',
    'traffic.csv:3: "5.5" is not a number with a decimal comma, as others of the column are, e.g. 1.234,5',
    'timestamp;value\n2026-10-01T00:00:00Z;5,5\n2026-10-01T00:01:00Z;5.5\n',
  ],
  [
    'points that may be decimal or thousands',
    'traffic.csv:2: "1.234" may have a decimal point or a thousands separator; export numbers without thousands separators, with , between the fields',
    'timestamp;value\n2026-10-01T00:00:00Z;1.234\n2026-10-01T00:01:00Z;5\n',
  ],
  [
    'an infinite value',
    'traffic.csv: data.result[0].values[0]: "+Inf" is not finite; avoid the division by zero in the query, or leave the value empty',
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [
              [1790812800, '+Inf'],
              [1790812860, '6'],
            ],
          },
        ],
      },
    }),
  ],
  [
    'several numeric columns',
    'traffic.csv has 2 columns of numbers: 2 "load", 3 "errors"; choose one with --column <name or number>',
    'timestamp,load,errors\n2026-10-01T00:00:00Z,5,1\n2026-10-01T00:01:00Z,6,0\n',
  ],
  [
    'a column that is not there',
    'traffic.csv has 2 "load", 3 "errors": --column requests is not among them',
    'timestamp,load,errors\n2026-10-01T00:00:00Z,5,1\n2026-10-01T00:01:00Z,6,0\n',
    { column: 'requests' },
  ],
  [
    'a column of words',
    'traffic.csv has 2 "load": --column host is a column without numbers',
    'timestamp,load,host\n2026-10-01T00:00:00Z,5,a\n2026-10-01T00:01:00Z,6,b\n',
    { column: 'host' },
  ],
  [
    'a name of two columns',
    'traffic.csv has 2 "load", 3 "load": --column load fits 2 of them; give the number',
    'timestamp,load,load\n2026-10-01T00:00:00Z,5,1\n2026-10-01T00:01:00Z,6,0\n',
    { column: 'load' },
  ],
  [
    'no numeric column',
    'traffic.csv has no column of numbers beside the times, only region, host; export the loads with their times',
    'timestamp,region,host\n2026-10-01T00:00:00Z,eu,a\n2026-10-01T00:01:00Z,eu,b\n',
  ],
  [
    'several series below each other',
    'traffic.csv:2: 2 of 4 rows have the time of another row; the file must have one series, with date and time in one column',
    'Series;Time;Value\na;2026-10-01T00:00:00Z;5\na;2026-10-01T00:01:00Z;6\nb;2026-10-01T00:00:00Z;7\nb;2026-10-01T00:01:00Z;8\n',
  ],
  [
    'date and time in two columns',
    'traffic.csv:2: 2 of 3 rows have the time of another row; the file must have one series, with date and time in one column',
    'date,time,value\n2026-10-01,00:00,5\n2026-10-01,00:01,6\n2026-10-01,00:02,6\n',
  ],
  [
    'more than a few negative values',
    'traffic.csv:2: -1 is negative; a load is 0 or more: choose another column with --column, or leave the value empty\ntraffic.csv:3: -2 is negative; a load is 0 or more: choose another column with --column, or leave the value empty\ntraffic.csv:4: -3 is negative; a load is 0 or more: choose another column with --column, or leave the value empty\ntraffic.csv:5: -4 is negative; a load is 0 or more: choose another column with --column, or leave the value empty\ntraffic.csv:6: -5 is negative; a load is 0 or more: choose another column with --column, or leave the value empty\ntraffic.csv: 3 more rows have such a problem',
    rows(60, [-1, -2, -3, -4, -5, -6, -7, -8]),
  ],
  [
    'no value at all',
    'traffic.csv: no row has a value; choose another column with --column',
    'timestamp,value\n1790812800,\n1790812860,\n',
  ],
  [
    'a counter',
    'traffic.csv:41: the values only rise, up to 39 here, as a counter does; add --counter to read its rate, or --no-counter if they are loads',
    rows(
      60,
      upTo(40).map((index) => (index < 20 ? 100 * index : index)),
    ),
  ],
  [
    'a step of 7 minutes',
    'traffic.csv: rows must be 1, 5, 10, 30 or 60 minutes apart, or a part of that, got 7 min between most of them; export the file with such a step',
    rows(420, [1, 1, 1, 1]),
  ],
  [
    'a step of a day',
    'traffic.csv: rows must be 1, 5, 10, 30 or 60 minutes apart, or a part of that, got 1440 min between most of them; export the file with such a step',
    'timestamp,value\n2026-10-01,1\n2026-10-02,1\n',
  ],
  [
    'rows further apart than the samples that are asked for',
    'traffic.csv: rows must be 1 min apart, or a part of that, got 5 min between most of them; export the file with such a step',
    'timestamp,value\n1790812800,1\n1790813100,1\n',
    { stepMinutes: 1 },
  ],
  [
    'two steps',
    'traffic.csv:1002: from here on rows are 5 min apart, elsewhere 1 min; export all of it with one step (CloudWatch: one period)',
    atSeconds([...upTo(1000).map((index) => 60 * index), ...upTo(300).map((index) => 60_000 + 300 * index)]),
  ],
  [
    'times without a step',
    'traffic.csv: 3 of 16 rows stand between the steps of 30 s; export the file with one step',
    atSeconds([0, 60, 90, 120, 210, 240, 270, 360, 400, 431, 477, 540, 566, 600, 638, 660]),
  ],
  [
    '--per-second with means',
    'traffic.csv: --per-second divides counts, but the values are of statistic Average; leave it out, or export the statistic Sum',
    'Label,api\nStatistic,Average\n2026/10/01 00:00:00,3\n2026/10/01 00:01:00,4\n',
    { perSecond: true },
  ],
  [
    'text in UTF-16',
    'traffic.csv is text in UTF-16; convert it: iconv -f UTF-16 -t UTF-8 traffic.csv',
    Buffer.from('\uFEFFtimestamp,value\n', 'utf16le'),
  ],
  [
    'an Excel workbook',
    'traffic.csv is a ZIP archive or an Excel workbook; save it as CSV in UTF-8',
    Buffer.from([0x50, 0x4b, 3, 4, 0, 0]),
  ],
  ['binary data', 'traffic.csv is no text; save it as CSV or JSON in UTF-8', Buffer.from([1, 2, 0, 0])],
  [
    'a damaged gzip file',
    'traffic.csv is a damaged gzip file; export it again',
    Buffer.from([0x1f, 0x8b, 8, 0, 1, 2]),
  ],
  [
    'other JSON',
    "traffic.csv is JSON, but no answer of CloudWatch's get-metric-data or get-metric-statistics or of Prometheus' query_range; convert it to a CSV of timestamp,value",
    '{"series":[]}',
  ],
  [
    'results without values',
    'traffic.csv has no values; check region, dimensions and times of the query',
    '{"MetricDataResults":[{"Id":"m1","Timestamps":[],"Values":[]}]}',
  ],
  [
    'more times than values',
    'traffic.csv: MetricDataResults[0]: 1 Timestamps and 0 Values; there must be as many of both',
    '{"MetricDataResults":[{"Id":"m1","Timestamps":["2026-10-01T00:00:00Z"],"Values":[]}]}',
  ],
  [
    'a result that CloudWatch refused',
    'traffic.csv: MetricDataResults[0]: CloudWatch answered Forbidden; run get-metric-data again with the right to read it',
    '{"MetricDataResults":[{"Id":"m1","Timestamps":[],"Values":[],"StatusCode":"Forbidden"}]}',
  ],
  [
    'results of another shape',
    'traffic.csv: MetricDataResults[0].Timestamps: not as in the answer of get-metric-data: Invalid input: expected array, received string',
    '{"MetricDataResults":[{"Id":"m1","Timestamps":"none","Values":[]}]}',
  ],
  [
    'several results',
    'traffic.csv has 2 results: 1 "a x", 2 "b x"; choose one with --column <name or number>',
    JSON.stringify({
      MetricDataResults: ['a', 'b'].map((Id) => ({
        Id,
        Label: `${Id} x`,
        Timestamps: [1790812800],
        Values: [1],
      })),
    }),
  ],
  [
    'no datapoints',
    'traffic.csv has no Datapoints; check region, dimensions and times of the query',
    '{"Label":"RequestCount","Datapoints":[]}',
  ],
  [
    'several statistics',
    'traffic.csv has 2 statistics: 1 "Sum", 2 "Average"; choose one with --column <name or number>',
    '{"Datapoints":[{"Timestamp":"2026-10-01T00:00:00Z","Sum":5,"Average":1}]}',
  ],
  [
    'an error of Prometheus',
    'traffic.csv: Prometheus answered with an error: bad_data: parse error',
    '{"status":"error","errorType":"bad_data","error":"parse error"}',
  ],
  [
    'an instant query',
    'traffic.csv: resultType must be matrix, got vector; ask /api/v1/query_range with start, end and step',
    '{"status":"success","data":{"resultType":"vector","result":[]}}',
  ],
  [
    'a query without series',
    'traffic.csv has no values; check the query and its times (native histograms are not read)',
    '{"status":"success","data":{"resultType":"matrix","result":[]}}',
  ],
  [
    'several series of Prometheus',
    'traffic.csv has 2 series: 1 "up{pod=\\"a\\"}", 2 "up{pod=\\"b\\"}"; sum them in the query, or choose one with --column <name or number>',
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: ['a', 'b'].map((pod) => ({
          metric: { __name__: 'up', pod },
          values: [
            [1790812800, '1'],
            [1790812860, '1'],
          ],
        })),
      },
    }),
  ],
  [
    'many bad rows',
    'traffic.csv:3: "1 rps" has a unit; export plain numbers (in Grafana: Formatted data off)\ntraffic.csv:4: "1 rps" has a unit; export plain numbers (in Grafana: Formatted data off)\ntraffic.csv:5: "1 rps" has a unit; export plain numbers (in Grafana: Formatted data off)\ntraffic.csv:6: "1 rps" has a unit; export plain numbers (in Grafana: Formatted data off)\ntraffic.csv:7: "1 rps" has a unit; export plain numbers (in Grafana: Formatted data off)\ntraffic.csv: 2 more rows have such a problem',
    rows(60, [1, ...upTo(7).map(() => '1 rps')]),
  ],
];

describe('a file is refused', () => {
  it.each(withOptions(BAD))('with %s', (_, problem, content, options) => {
    expect(problemOf(content, options)).toBe(problem);
  });

  it('if it is not there', () => {
    expect(() => readHistory(join(folder, 'no.csv'))).toThrow(/no\.csv cannot be read \(ENOENT\)$/);
  });

  it.each([
    ['as it is', (bytes: Buffer) => bytes],
    ['after unzipping', (bytes: Buffer) => gzipSync(bytes)],
  ])('if it is larger than 32 MiB %s', (_, packed) => {
    expect(problemOf(packed(Buffer.alloc(32 * 2 ** 20 + 1, '\n')))).toBe(
      'traffic.csv is larger than 32 MiB; export fewer columns, a shorter time or a wider step',
    );
  });

  // The words of JSON's own errors differ between versions of Node.
  it.each([
    ['is cut off', '{"status": "success",\n"data": {'],
    ['has a comma too many', '{"status": "success",\n}'],
  ])('if it is JSON that %s', (_, text) => {
    expect(problemOf(text)).toMatch(
      /^traffic\.csv(:2)?: not valid JSON \(.*\); is the file complete, and one answer only\?$/,
    );
  });
});
