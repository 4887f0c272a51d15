import type { Answer, ReceivedRequest } from '../fault-server';
import { FakeAws } from './fake-aws';

/** Points of a page of GetMetricData, of all series together. */
const PAGE_POINTS = 100_800;
const MAX_QUERIES = 500;

interface MetricDataQuery {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

interface GetMetricData {
  readonly MetricDataQueries: readonly MetricDataQuery[];
  /** Seconds since 1970. */
  readonly StartTime: number;
  readonly EndTime: number;
  readonly NextToken?: string;
}

interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

interface Point {
  readonly seconds: number;
  readonly value: number;
}

type Status = 'PartialData' | 'InternalError' | 'Forbidden';

/** CloudWatch's GetMetricData in AWS JSON 1.0, the protocol of the SDK in use. */
export class FakeCloudWatch extends FakeAws {
  /** Points of a page. @default CloudWatch's 100,800 */
  pagePoints = PAGE_POINTS;
  private readonly metrics = new Map<string, ReadonlyMap<number, number>>();
  private readonly troubles = new Map<string, Status[]>();

  static async start(): Promise<FakeCloudWatch> {
    const fake = new FakeCloudWatch('monitoring');
    await fake.server.listen();
    return fake;
  }

  /** @param points values by the minute since 1970, one observation each */
  put(metric: Metric, points: ReadonlyMap<number, number>): void {
    this.metrics.set(metricKey(metric), points);
  }

  /** What the next requests for a metric (by name) get instead of `Complete`. */
  troubleNext(metricName: string, status: Status, times = 1): void {
    const before = this.troubles.get(metricName) ?? [];
    this.troubles.set(metricName, [...before, ...Array.from({ length: times }, () => status)]);
  }

  /** Forgets metrics, troubles, faults and requests. */
  reset(): void {
    this.metrics.clear();
    this.troubles.clear();
    this.pagePoints = PAGE_POINTS;
    this.server.reset();
  }

  /** Ids and spans of the requests so far. */
  get calls(): GetMetricData[] {
    return this.server.requests.map(({ body }) => JSON.parse(body.toString()) as GetMetricData);
  }

  protected answer({ method, headers, body }: ReceivedRequest): Answer {
    const target = headers['x-amz-target'];
    if (method !== 'POST' || target !== 'GraniteServiceVersion20100801.GetMetricData') {
      return this.refusal(400, 'UnknownOperationException', `unknown ${target}`);
    }
    const input = JSON.parse(body.toString()) as GetMetricData;
    const problem = invalid(input);
    if (problem) return this.refusal(400, 'InvalidParameterValueException', problem);
    return json(200, this.page(input));
  }

  protected refusal(status: number, code: string, message: string): Answer {
    return json(status, { __type: `com.amazonaws.cloudwatch#${code}`, message, Message: message });
  }

  /** Series one after the other from where the token says, until the page is full. */
  private page(input: GetMetricData) {
    const [firstSeries = 0, firstPoint = 0] = (input.NextToken ?? '0:0').split(':').map(Number);
    const results: object[] = [];
    let room = this.pagePoints;
    for (const [index, query] of [...input.MetricDataQueries.entries()].slice(firstSeries)) {
      const trouble = this.troubles.get(query.MetricStat.Metric.MetricName)?.shift();
      const all = this.pointsOf(query, input);
      const skip = index === firstSeries ? firstPoint : 0;
      const rest = all.slice(skip);
      const points = trouble
        ? rest.slice(0, trouble === 'PartialData' ? rest.length / 2 : 0)
        : rest.slice(0, room);
      room -= points.length;
      const cut = !trouble && points.length < rest.length;
      results.push({
        Id: query.Id,
        Label: query.MetricStat.Metric.MetricName,
        StatusCode: trouble ?? (cut ? 'PartialData' : 'Complete'),
        Messages: trouble ? [{ Code: trouble, Value: 'on purpose' }] : [],
        Timestamps: points.map(({ seconds }) => seconds),
        Values: points.map(({ value }) => value),
      });
      if (cut)
        return { MetricDataResults: results, Messages: [], NextToken: `${index}:${skip + points.length}` };
    }
    return { MetricDataResults: results, Messages: [] };
  }

  private pointsOf({ MetricStat }: MetricDataQuery, { StartTime, EndTime }: GetMetricData): Point[] {
    const { Metric, Period, Stat } = MetricStat;
    const dimensions = Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
    const key = metricKey({ namespace: Metric.Namespace, name: Metric.MetricName, dimensions });
    const steps = new Map<number, number[]>();
    for (const [minute, value] of this.metrics.get(key) ?? []) {
      const step = Math.floor((minute * 60) / Period) * Period;
      if (step < StartTime || minute * 60 >= EndTime) continue;
      const values = steps.get(step);
      if (values) values.push(value);
      else steps.set(step, [value]);
    }
    return [...steps]
      .map(([seconds, values]) => ({ seconds, value: statistic(Stat, values) }))
      .sort((one, other) => one.seconds - other.seconds);
  }
}

function metricKey({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}

function statistic(name: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (name) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Maximum':
      return Math.max(...values);
    case 'Minimum':
      return Math.min(...values);
    case 'SampleCount':
      return values.length;
    default:
      throw new RangeError(`no statistic ${name}`);
  }
}

function invalid({ MetricDataQueries, StartTime, EndTime }: GetMetricData): string | undefined {
  const ids = MetricDataQueries.map(({ Id }) => Id);
  if (ids.length === 0 || ids.length > MAX_QUERIES) return `${ids.length} queries`;
  if (new Set(ids).size < ids.length) return 'an Id twice';
  if (!ids.every((id) => /^[a-z]\w*$/.test(id))) return 'an Id that does not begin with a small letter';
  if (!(StartTime < EndTime)) return 'StartTime must be before EndTime';
  const odd = MetricDataQueries.find(({ MetricStat }) => MetricStat.Period % 60 !== 0);
  if (odd) return `Period ${odd.MetricStat.Period}`;
  const crowded = MetricDataQueries.find(
    ({ MetricStat }) => (MetricStat.Metric.Dimensions?.length ?? 0) > 30,
  );
  return crowded && 'more than 30 dimensions';
}

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) };
}
