import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type HistoryOptions, readHistory } from '../../../bin/traffic/read-history';
import type { LoadSample } from '../../../lambda/predictive-scaler/types';

/** A series as an exporter has it: null for a step without a value. */
interface Exported {
  readonly stepMinutes: number;
  readonly firstMinute: number;
  readonly values: readonly (number | null)[];
}

const timesOf = ({ firstMinute, stepMinutes, values }: Exported) =>
  values.map((_, index) => (firstMinute + index * stepMinutes) * 60_000);

const iso = (ms: number) => new Date(ms).toISOString();

/** As the clocks of a zone show it, e.g. `2026-10-01 00:00:00`. */
function wallClock(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(ms);
}

function csv(
  exported: Exported,
  time: (ms: number) => string | number,
  header = 'timestamp,value\n',
): string {
  const times = timesOf(exported);
  return (
    header +
    exported.values.map((value, index) => `${time(times[index] as number)},${value ?? ''}\n`).join('')
  );
}

const german = new Intl.NumberFormat('de-DE', { minimumFractionDigits: 3 });
const english = new Intl.NumberFormat('en-US', { minimumFractionDigits: 3 });

/** A file in one of the formats, with the options that it needs. */
type Writer = (exported: Exported) => string | readonly [string, HistoryOptions];

const WRITERS: readonly (readonly [format: string, write: Writer])[] = [
  ['RFC 3339', (exported) => csv(exported, iso)],
  ['epoch seconds', (exported) => csv(exported, (ms) => ms / 1000)],
  ['epoch milliseconds', (exported) => csv(exported, (ms) => ms)],
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'].map(
    (timeZone): readonly [string, Writer] => [
      `local times of ${timeZone}`,
      (exported) => [csv(exported, (ms) => wallClock(ms, timeZone)), { timeZone }],
    ],
  ),
  [
    "CloudWatch's console",
    (exported) =>
      csv(
        exported,
        (ms) => wallClock(ms, 'UTC').replaceAll('-', '/'),
        `Full label,api RequestCount\nLabel,RequestCount\nPeriod,${60 * exported.stepMinutes}\nStatistic,Average\n`,
      ),
  ],
  [
    'semicolons and decimal commas',
    (exported) =>
      timesOf(exported)
        .map((ms, index) => {
          const value = exported.values[index];
          return `${iso(ms)};${typeof value === 'number' ? german.format(value) : ''}\n`;
        })
        .join(''),
  ],
  [
    'quoted thousands',
    (exported) =>
      timesOf(exported)
        .map((ms, index) => {
          const value = exported.values[index];
          return `${iso(ms)},"${typeof value === 'number' ? english.format(value) : 'NaN'}"\n`;
        })
        .join(''),
  ],
  ['Grafana', (exported) => csv(exported, (ms) => ms, '"Time","requests {pod=""a""}"\n')],
  [
    'get-metric-data, newest first',
    (exported) => {
      const Timestamps = timesOf(exported).map(iso).reverse();
      const Values = [...exported.values].reverse();
      return JSON.stringify({ MetricDataResults: [{ Id: 'a', Timestamps, Values, StatusCode: 'Complete' }] });
    },
  ],
  [
    'get-metric-statistics, in no order',
    (exported) => {
      const points = timesOf(exported).map((ms, index) => ({
        Timestamp: iso(ms),
        Average: exported.values[index] ?? undefined,
      }));
      const isOdd = (_: unknown, index: number) => index % 2 === 1;
      const Datapoints = [...points.filter(isOdd), ...points.filter((point, index) => !isOdd(point, index))];
      return JSON.stringify({ Label: 'RequestCount', Datapoints });
    },
  ],
  [
    'query_range',
    (exported) => {
      const times = timesOf(exported);
      const values = exported.values.map((value, index) => [
        (times[index] as number) / 1000,
        value === null ? 'NaN' : String(value),
      ]);
      return JSON.stringify({
        status: 'success',
        data: { resultType: 'matrix', result: [{ metric: {}, values }] },
      });
    },
  ],
];

/** Below the 30 values of which a counter is told; from noon on, so that no file begins in an hour that clocks repeat. */
const exportedSeries: fc.Arbitrary<Exported> = fc
  .record({
    stepMinutes: fc.constantFrom(1, 5, 10, 30, 60),
    day: fc.integer({ min: 0, max: 364 }),
    first: fc.integer({ min: 0, max: 5_000_000 }),
    others: fc.array(fc.option(fc.integer({ min: 0, max: 5_000_000 }), { freq: 5 }), {
      minLength: 1,
      maxLength: 28,
    }),
  })
  .map(({ stepMinutes, day, first, others }) => ({
    stepMinutes,
    firstMinute: Date.UTC(2026, 0, 1, 12) / 60_000 + day * 1440,
    values: [first, ...others].map((thousandths) => (thousandths === null ? null : thousandths / 1000)),
  }));

function samplesOf({ stepMinutes, firstMinute, values }: Exported): LoadSample[] {
  return values.flatMap((load, index) =>
    load === null ? [] : [{ minute: firstMinute + index * stepMinutes, load }],
  );
}

let path: string;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
  path = join(folder, 'traffic');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a written series is read back', () => {
  it.each(WRITERS)('from %s', (_, write) => {
    fc.assert(
      fc.property(exportedSeries, (exported) => {
        const written = write(exported);
        const [text, options] = typeof written === 'string' ? [written, {}] : written;
        writeFileSync(path, text);
        const { samples, stepMinutes } = readHistory(path, options);
        expect({ samples, stepMinutes }).toEqual({
          samples: samplesOf(exported),
          stepMinutes: exported.stepMinutes,
        });
      }),
      { numRuns: 60 },
    );
  });
});
