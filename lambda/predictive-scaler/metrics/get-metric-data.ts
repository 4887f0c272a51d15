import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MessageData,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { callAws } from '../../../service/shared/aws-call';
import { CallError } from '../../../service/shared/call-error';
import { REAL_WAITING, type RetryPolicy, type Waiting } from '../../../service/shared/retry';
import type { Series } from './query-batches';
import { StepValues } from './step-values';

/** Result of one series over all pages. */
export interface SeriesResult {
  /** Data points so far. */
  readonly values: StepValues;
  /** CloudWatch's status code of the last page; undefined where CloudWatch did not return the series. */
  status: string | undefined;
  /** CloudWatch's messages. */
  readonly messages: string[];
}

/** Most pages; far above the 10 of a batch, so that only a fault reaches it. */
const MAX_PAGES = 200;

/** Client, retries and deadline of reading metric data. */
export interface MetricDataReader {
  /** CloudWatch client. */
  readonly client: CloudWatchClient;
  /** Limits of each page's attempts. */
  readonly retries: RetryPolicy;
  /** Clock, sleep and randomness; undefined for the real ones. */
  readonly waiting: Waiting | undefined;
  /** Deadline of all requests, ms on the clock of `waiting`. */
  readonly endMs: number;
}

/**
 * Reads all pages of one GetMetricData query. Results are by the keys of the series.
 * @throws {CallError}
 */
export async function getMetricData(
  reader: MetricDataReader,
  series: readonly Series[],
  startMinute: number,
  endMinute: number,
): Promise<Map<string, SeriesResult>> {
  const input: GetMetricDataCommandInput = {
    StartTime: new Date(startMinute * 60_000),
    EndTime: new Date(endMinute * 60_000),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: series.map(metricDataQuery),
  };
  const results = new Map(
    series.map(({ key, stepMinutes }): [string, SeriesResult] => [
      key,
      { values: new StepValues(startMinute, endMinute, stepMinutes), status: undefined, messages: [] },
    ]),
  );
  let NextToken: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await onePage(reader, { ...input, NextToken });
    if (!answer.MetricDataResults)
      throw new CallError('malformed-answer', 'GetMetricData: no MetricDataResults');
    for (const result of answer.MetricDataResults) addPage(results, series, result);
    for (const { messages } of results.values()) messages.push(...textsOf(answer.Messages));
    NextToken = answer.NextToken;
    if (!NextToken) return results;
  }
  throw new CallError('malformed-answer', `GetMetricData: still a NextToken after ${MAX_PAGES} pages`);
}

function onePage({ client, retries, waiting, endMs }: MetricDataReader, input: GetMetricDataCommandInput) {
  const leftMs = endMs - (waiting ?? REAL_WAITING).elapsedMs();
  if (leftMs <= 0) throw new CallError('timeout', 'GetMetricData: the time limit for all loads is exceeded');
  return callAws(
    'GetMetricData',
    (abortSignal) => client.send(new GetMetricDataCommand(input), { abortSignal }),
    { ...retries, deadlineMs: Math.min(retries.deadlineMs, leftMs) },
    waiting,
  );
}

function metricDataQuery({ metric, stepMinutes }: Series, index: number): MetricDataQuery {
  return {
    Id: `s${index}`,
    MetricStat: {
      Metric: {
        Namespace: metric.namespace,
        MetricName: metric.name,
        Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: stepMinutes * 60,
      Stat: metric.statistic,
    },
  };
}

function addPage(
  results: ReadonlyMap<string, SeriesResult>,
  series: readonly Series[],
  { Id, StatusCode, Messages, Timestamps = [], Values = [] }: MetricDataResult,
): void {
  const result = results.get(series[Number(Id?.slice(1))]?.key ?? '');
  if (!result)
    throw new CallError('malformed-answer', `GetMetricData: a result that was not requested, '${Id}'`);
  if (Timestamps.length !== Values.length) {
    throw new CallError(
      'malformed-answer',
      `GetMetricData: ${Timestamps.length} timestamps for ${Values.length} values`,
    );
  }
  // A series that continues on the next page has the status PartialData, and Complete on its last page.
  result.status = StatusCode;
  result.messages.push(...textsOf(Messages));
  Timestamps.forEach((time, index) => {
    result.values.set(time.getTime() / 60_000, Values[index] as number);
  });
}

function textsOf(messages: readonly MessageData[] = []): string[] {
  return messages.map(({ Code, Value }) => `${Code}: ${Value}`);
}
