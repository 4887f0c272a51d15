import { UsageError } from '../../cli/command';
import { Tally, Trend } from './trend';

export type Tags = Readonly<Record<string, string>>;

/** Metrics of k6 and of the scripts that are measured here, by what k6 makes of their values. */
export const METRICS = {
  http_req_duration: 'trend',
  http_req_failed: 'rate',
  http_reqs: 'counter',
  iterations: 'counter',
  dropped_iterations: 'counter',
  checks: 'rate',
  llm_timeouts: 'rate',
  llm_cache_hits: 'rate',
} as const;

export type MetricName = keyof typeof METRICS;

/** What a threshold is about. */
export interface Selector {
  /** Metric whose values are selected. */
  readonly metric: MetricName;
  /** Tags that a value must have, by name. */
  readonly tags: Tags;
}

/** `http_req_failed{scenario:hold,kind:api}`. @throws UsageError for a metric that is not measured here */
export function parseSelector(text: string): Selector {
  const [, name, tags] = /^(\w+)(?:\{([^{}]+)\})?$/.exec(text) ?? [];
  if (name === undefined || !(name in METRICS)) {
    throw new UsageError(
      `threshold of ${text}: its metric must be one of ${Object.keys(METRICS).join(', ')}`,
    );
  }
  const pairs = (tags ?? '').split(',').filter((pair) => pair !== '');
  return {
    metric: name as MetricName,
    tags: Object.fromEntries(
      pairs.map((pair) => {
        const [, tag, value] = /^\s*(\w+)\s*:\s*(\S+)\s*$/.exec(pair) ?? [];
        if (tag === undefined || value === undefined) {
          throw new UsageError(`threshold of ${text}: a tag must be name:value, got ${pair}`);
        }
        return [tag, value];
      }),
    ),
  };
}

/** Values of a metric that have the same tags. */
interface Series {
  readonly tags: Tags;
  readonly values: Tally;
}

/** Values of metrics by their tags, in memory that does not grow with their number. */
export class Samples {
  private readonly series = new Map<MetricName, Series[]>();

  add(metric: MetricName, value: number, tags: Tags): void {
    this.valuesOf(metric, tags).add(value);
  }

  /** Where the values of a metric with exactly these tags are counted; a caller that adds many keeps it. */
  valuesOf(metric: MetricName, tags: Tags): Tally {
    const list = this.series.get(metric) ?? [];
    this.series.set(metric, list);
    const names = Object.keys(tags);
    const found = list.find(
      (one) =>
        Object.keys(one.tags).length === names.length && names.every((name) => one.tags[name] === tags[name]),
    );
    if (found !== undefined) return found.values;
    const values = METRICS[metric] === 'trend' ? new Trend() : new Tally();
    list.push({ tags, values });
    return values;
  }

  /** Values that have all the tags; a Trend where the metric is one. */
  select({ metric, tags }: Selector): Tally {
    const wanted = Object.entries(tags);
    const sum = METRICS[metric] === 'trend' ? new Trend() : new Tally();
    for (const { tags: own, values } of this.series.get(metric) ?? []) {
      if (wanted.every(([name, value]) => own[name] === value)) sum.merge(values);
    }
    return sum;
  }

  /** Times of requests that have all the tags, ms. */
  durations(tags: Tags): Trend {
    return this.select({ metric: 'http_req_duration', tags }) as Trend;
  }
}
