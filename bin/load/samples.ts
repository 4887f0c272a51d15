import { UsageError } from '../cli/command';

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

/** Values of metrics with their tags. */
export class Samples {
  private readonly values = new Map<MetricName, { readonly value: number; readonly tags: Tags }[]>();

  add(metric: MetricName, value: number, tags: Tags): void {
    const list = this.values.get(metric) ?? [];
    list.push({ value, tags });
    this.values.set(metric, list);
  }

  /** Values that have all the tags. */
  select({ metric, tags }: Selector): number[] {
    const wanted = Object.entries(tags);
    return (this.values.get(metric) ?? [])
      .filter((sample) => wanted.every(([name, value]) => sample.tags[name] === value))
      .map(({ value }) => value);
  }
}
