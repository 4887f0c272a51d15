import type { MetricSettings } from '../constants';
import type { LoadQuery } from './metrics-source';

/** One metric with the width of its points. */
export interface Series {
  /** The same for the same series. */
  readonly key: string;
  readonly metric: MetricSettings;
  readonly stepMinutes: number;
}

/** Workloads that are asked for together. */
export interface QueryBatch {
  readonly startMinute: number;
  readonly endMinute: number;
  readonly queries: readonly LoadQuery[];
}

/** What GetMetricData takes in one request. */
const MAX_SERIES = 500;

/**
 * Points of a batch, ten pages of GetMetricData (100,800): pages come one after the other, batches at the same time,
 * so that the two weeks of a hundred new workloads arrive within the time of a run.
 */
const MAX_POINTS = 1_000_000;

/** Spans up to this are asked for together, minutes: 500 series of it are 90,000 points, one page. */
const SHORT_SPAN_MINUTES = 180;

const DAY_MINUTES = 1440;

/** How long CloudWatch keeps points of one minute, minutes. */
const ONE_MINUTE_RETENTION = 15 * DAY_MINUTES;

/** How long it keeps points of five minutes, minutes. */
const FIVE_MINUTE_RETENTION = 63 * DAY_MINUTES;

/** A request that starts earlier than what is kept gets nothing at all; this long it may take to arrive, minutes. */
const RETENTION_MARGIN_MINUTES = 10;

export function seriesOf({ load, alwaysOn, stepMinutes }: LoadQuery): Series[] {
  return [load, ...(alwaysOn ? [alwaysOn] : [])].map((metric) => seriesOfMetric(metric, stepMinutes));
}

/** @returns the same key whatever the order of the dimensions and whatever the scale */
export function seriesOfMetric(metric: MetricSettings, stepMinutes: number): Series {
  const dimensions = Object.entries(metric.dimensions).sort(([one], [other]) => (one < other ? -1 : 1));
  const key = JSON.stringify([metric.namespace, metric.name, metric.statistic, stepMinutes, dimensions]);
  return { key, metric, stepMinutes };
}

/**
 * Splits workloads into as few batches as CloudWatch allows, those with a like span together: a request has one span,
 * and ninety-nine workloads that lack five minutes need not ask for the fifteen days of the hundredth.
 */
export function queryBatches(queries: readonly LoadQuery[]): QueryBatch[] {
  const groups = new Map<string, LoadQuery[]>();
  for (const query of queries) {
    const span = query.untilMinute - startOf(query);
    const doublings = Math.max(0, Math.ceil(Math.log2(span / SHORT_SPAN_MINUTES)));
    // Minutes are not kept as long as wider steps are, and must not be asked for with those.
    const key = `${query.untilMinute} ${doublings} ${span > ONE_MINUTE_RETENTION}`;
    groups.set(key, [...(groups.get(key) ?? []), query]);
  }
  return [...groups.values()].flatMap(splitGroup).map((group) => ({
    startMinute: Math.min(...group.map(startOf)),
    endMinute: Math.max(...group.map(({ untilMinute }) => untilMinute)),
    queries: group,
  }));
}

/** First minute to ask for: one that CloudWatch still keeps, at the beginning of a step. */
function startOf({ fromMinute, untilMinute, stepMinutes }: LoadQuery): number {
  const retention = stepMinutes % 5 === 0 ? FIVE_MINUTE_RETENTION : ONE_MINUTE_RETENTION;
  const earliest = untilMinute - retention + RETENTION_MARGIN_MINUTES;
  // Down to five minutes, for the other steps of the batch.
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
