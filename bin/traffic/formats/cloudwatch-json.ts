import { z } from 'zod';
import { UsageError } from '../../cli/command';
import type { Series, Table } from '../series';
import { parseAs } from './json';

const Time = z.union([z.string(), z.number()]);

const MetricData = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string(),
      Label: z.string().optional(),
      Timestamps: z.array(Time),
      Values: z.array(z.number().nullable()),
      StatusCode: z.string().optional(),
      Messages: z.array(z.object({ Code: z.string(), Value: z.string() })).optional(),
    }),
  ),
  Messages: z.array(z.object({ Code: z.string(), Value: z.string() })).optional(),
  NextToken: z.string().optional(),
});

const GET_METRIC_DATA = 'the answer of get-metric-data';

/** The answer of `aws cloudwatch get-metric-data`. @throws UsageError on an answer without data */
export function readMetricData(content: unknown, file: string): Table {
  const {
    MetricDataResults: results,
    Messages = [],
    NextToken,
  } = parseAs(MetricData, content, GET_METRIC_DATA, file);
  results.forEach(({ Timestamps, Values, StatusCode }, index) => {
    const place = `${file}: MetricDataResults[${index}]`;
    if (Timestamps.length !== Values.length) {
      throw new UsageError(
        `${place}: ${Timestamps.length} Timestamps and ${Values.length} Values; there must be as many of both`,
      );
    }
    if (StatusCode === 'InternalError' || StatusCode === 'Forbidden') {
      throw new UsageError(
        `${place}: CloudWatch answered ${StatusCode}; run get-metric-data again with the right to read it`,
      );
    }
  });
  if (!results.some(({ Values }) => Values.length > 0)) {
    throw new UsageError(`${file} has no values; check region, dimensions and times of the query`);
  }
  const messages = [...Messages, ...results.flatMap((result) => result.Messages ?? [])];
  return {
    format: 'CloudWatch get-metric-data JSON',
    noun: { one: 'result', many: 'results' },
    series: results.map((result, index) => ({
      number: index + 1,
      name: result.Label ?? result.Id,
      aliases: [result.Id],
      times: result.Timestamps,
      values: result.Values,
      decimalComma: false,
      mayBeCount: true,
      placeOf: (row) => `: MetricDataResults[${index}].Values[${row}]`,
    })),
    otherColumns: [],
    notes: [
      ...results
        .filter(({ StatusCode }) => StatusCode === 'PartialData')
        .map(
          ({ Id }) => `result ${Id} is PartialData: CloudWatch had more to give; run get-metric-data again`,
        ),
      ...(NextToken === undefined
        ? []
        : ['only the first page of the answer (NextToken): run without --no-paginate']),
      ...messages.map(({ Code, Value }) => `CloudWatch says ${Code}: ${Value}`),
    ],
  };
}

const STATISTICS = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'] as const;

const Datapoint = z.object({
  Timestamp: Time,
  Sum: z.number().optional(),
  Average: z.number().optional(),
  Minimum: z.number().optional(),
  Maximum: z.number().optional(),
  SampleCount: z.number().optional(),
  ExtendedStatistics: z.record(z.string(), z.number()).optional(),
});

const MetricStatistics = z.object({ Label: z.string().optional(), Datapoints: z.array(Datapoint) });

/** The answer of `aws cloudwatch get-metric-statistics`, a series for each statistic. @throws UsageError on an answer without data */
export function readMetricStatistics(content: unknown, file: string): Table {
  const { Datapoints: points } = parseAs(
    MetricStatistics,
    content,
    'the answer of get-metric-statistics',
    file,
  );
  if (points.length === 0) {
    throw new UsageError(`${file} has no Datapoints; check region, dimensions and times of the query`);
  }
  const extended = [...new Set(points.flatMap((point) => Object.keys(point.ExtendedStatistics ?? {})))];
  const statistics = STATISTICS.filter((name) => points.some((point) => point[name] !== undefined));
  const times = points.map(({ Timestamp }) => Timestamp);
  return {
    format: 'CloudWatch get-metric-statistics JSON',
    noun: { one: 'statistic', many: 'statistics' },
    series: [...statistics, ...extended].map((name, index): Series => {
      const plain = STATISTICS.find((one) => one === name);
      return {
        number: index + 1,
        name,
        aliases: [],
        times,
        values: points.map((point) => (plain ? point[plain] : point.ExtendedStatistics?.[name]) ?? null),
        decimalComma: false,
        statistic: name,
        placeOf: (row) => `: Datapoints[${row}].${name}`,
      };
    }),
    otherColumns: [],
    notes: [],
  };
}
