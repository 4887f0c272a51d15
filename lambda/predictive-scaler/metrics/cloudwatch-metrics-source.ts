import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { type AwsClientProps, awsClientConfig } from '../../../service/shared/aws-call';
import { REAL_WAITING, type RetryPolicy, type Waiting } from '../../../service/shared/retry';
import { mapLimited } from '../../shared/map-limited';
import { hasSettledStep, loadSamples } from './load-samples';
import { type LoadQuery, type LoadsOrFailure, MetricsFailure, type MetricsSource } from './metrics-source';
import { type QueryBatch, queryBatches, seriesOf } from './query-batches';
import { loadSeries } from './series-loader';
import type { StepValues } from './step-values';

/** Properties of CloudWatchMetricsSource. */
export interface CloudWatchMetricsSourceProps extends AwsClientProps {
  /** Time limit for all loads of a run, ms. @default 60000 */
  readonly deadlineMs?: number;
}

/** Retries of one page; a page of 100,800 points is two megabytes and takes seconds. */
const RETRIES: RetryPolicy = {
  attempts: 5,
  attemptMs: 10_000,
  deadlineMs: 30_000,
  baseDelayMs: 300,
  maxDelayMs: 5_000,
};

const DEADLINE_MS = 60_000;

/** Batches requested concurrently; CloudWatch allows 50 requests a second, and also limits data points. */
const PARALLEL_BATCHES = 4;

/** Loads from CloudWatch metrics, with as few requests as possible for all workloads of a run. */
export class CloudWatchMetricsSource implements MetricsSource {
  private readonly client: CloudWatchClient;
  private readonly retries: RetryPolicy;
  private readonly waiting: Waiting | undefined;
  private readonly deadlineMs: number;

  constructor(props: CloudWatchMetricsSourceProps = {}) {
    this.retries = { ...RETRIES, ...props.retries };
    this.waiting = props.waiting;
    this.deadlineMs = props.deadlineMs ?? DEADLINE_MS;
    this.client = new CloudWatchClient(awsClientConfig(props, this.retries));
  }

  async measure(queries: readonly LoadQuery[]): Promise<ReadonlyMap<string, LoadsOrFailure>> {
    const endMs = (this.waiting ?? REAL_WAITING).elapsedMs() + this.deadlineMs;
    const batches = queryBatches(queries.filter(hasSettledStep));
    const measured = await mapLimited(batches, PARALLEL_BATCHES, (batch) => this.measureBatch(batch, endMs));
    const byName = new Map(measured.flat());
    return new Map(queries.map(({ name }) => [name, byName.get(name) ?? []]));
  }

  private async measureBatch(
    batch: QueryBatch,
    endMs: number,
  ): Promise<[name: string, loads: LoadsOrFailure][]> {
    const { client, retries, waiting } = this;
    // Workloads may share a metric.
    const series = [...new Map(batch.queries.flatMap(seriesOf).map((one) => [one.key, one])).values()];
    const points = await loadSeries(
      { client, retries, waiting, endMs },
      series,
      batch.startMinute,
      batch.endMinute,
    );
    return batch.queries.map((query) => [query.name, loadsOf(query, points)]);
  }
}

function loadsOf(query: LoadQuery, points: ReadonlyMap<string, StepValues | MetricsFailure>): LoadsOrFailure {
  const outcomes = seriesOf(query).map(({ key, metric }) => ({ metric, outcome: points.get(key) }));
  for (const { metric, outcome } of outcomes) {
    if (!(outcome instanceof MetricsFailure)) continue;
    const { kind, message } = outcome;
    return new MetricsFailure(kind, `load of ${query.name}, ${metric.namespace} ${metric.name}: ${message}`, {
      cause: outcome.cause,
    });
  }
  const [load, alwaysOn] = outcomes.map(({ outcome }) => outcome as StepValues);
  return loadSamples(query, load as StepValues, alwaysOn);
}
