import type { MetricSettings } from '../constants';
import type { LoadQuery } from './metrics-source';

/** One metric with the period of its points. */
export interface Series {
  /** Identifies the series; equal for equal series. */
  readonly key: string;
  /** CloudWatch metric and statistic. */
  readonly metric: MetricSettings;
  /** Period of the points, minutes. */
  readonly stepMinutes: number;
}

/** Queries that share one GetMetricData request and its time range. */
export interface QueryBatch {
  /** First minute, since 1970-01-01 UTC. */
  readonly startMinute: number;
  /** First minute after the range, since 1970-01-01 UTC. */
  readonly endMinute: number;
  /** Queries of the batch. */
  readonly queries: readonly LoadQuery[];
}

/** Most series in one GetMetricData request. */
const MAX_SERIES = 500;

/**
 * Most points of a batch: ten pages of GetMetricData (100,800). Pages are read one by one, batches concurrently, so
 * that two weeks of a hundred new workloads arrive within one run.
 */
const MAX_POINTS = 1_000_000;

/** Time ranges up to this length share batches, minutes: 500 series have 90,000 points, one page. */
const SHORT_SPAN_MINUTES = 180;

const DAY_MINUTES = 1440;

/** How long CloudWatch keeps points of one minute, minutes. */
const ONE_MINUTE_RETENTION = 15 * DAY_MINUTES;

/** How long CloudWatch keeps points of five minutes, minutes. */
const FIVE_MINUTE_RETENTION = 63 * DAY_MINUTES;

/** Margin before the end of retention, minutes: a request that starts before it returns no points at all. */
const RETENTION_MARGIN_MINUTES = 10;

/** Series of a query: its load, and its always-on metric. */
export function seriesOf({ load, alwaysOn, stepMinutes }: LoadQuery): Series[] {
  return [load, ...(alwaysOn ? [alwaysOn] : [])].map((metric) => seriesOfMetric(metric, stepMinutes));
}

/** Series of a metric. Its key does not depend on the order of the dimensions or on the scale. */
export function seriesOfMetric(metric: MetricSettings, stepMinutes: number): Series {
  const dimensions = Object.entries(metric.dimensions).sort(([one], [other]) => (one < other ? -1 : 1));
  const key = JSON.stringify([metric.namespace, metric.name, metric.statistic, stepMinutes, dimensions]);
  return { key, metric, stepMinutes };
}

/**
 * Splits queries into as few batches as CloudWatch allows. Queries with similar time ranges share a batch: a request
 * has one time range, and 99 workloads that need five minutes should not request the fifteen days of the hundredth.
 */
export function queryBatches(queries: readonly LoadQuery[]): QueryBatch[] {
  const groups = new Map<string, LoadQuery[]>();
  for (const query of queries) {
    const span = query.untilMinute - startOf(query);
    const doublings = Math.max(0, Math.ceil(Math.log2(span / SHORT_SPAN_MINUTES)));
    // One-minute points have a shorter retention than wider steps, so they need separate requests.
    const key = `${query.untilMinute} ${doublings} ${span > ONE_MINUTE_RETENTION}`;
    groups.set(key, [...(groups.get(key) ?? []), query]);
  }
  return [...groups.values()].flatMap(splitGroup).map((group) => ({
    startMinute: Math.min(...group.map(startOf)),
    endMinute: Math.max(...group.map(({ untilMinute }) => untilMinute)),
    queries: group,
  }));
}

/** First minute to request: within the retention, and at the start of a step. */
function startOf({ fromMinute, untilMinute, stepMinutes }: LoadQuery): number {
  const retention = stepMinutes % 5 === 0 ? FIVE_MINUTE_RETENTION : ONE_MINUTE_RETENTION;
  const earliest = untilMinute - retention + RETENTION_MARGIN_MINUTES;
  // Rounded down to five minutes, for the other steps of the batch.
  return Math.floor(Math.max(fromMinute, earliest) / 5) * 5;
}

function splitGroup(group: readonly LoadQuery[]): LoadQuery[][] {
  const batches: LoadQuery[][] = [];
  let series = Number.POSITIVE_INFINITY;
  let points = 0;
  for (const query of group) {
    const more = seriesOf(query).length;
    const morePoints = (more * (query.untilMinute - startOf(query))) / query.stepMinutes;
    if (series + more > MAX_SERIES || points + morePoints > MAX_POINTS) {
      batches.push([]);
      series = 0;
      points = 0;
    }
    batches.at(-1)?.push(query);
    series += more;
    points += morePoints;
  }
  return batches;
}
