import {
  GATEWAY_CALLS_METRIC,
  HEALTH_PATH,
  METRICS_PATH,
  READY_PATH,
  REQUEST_COUNTER,
  REQUESTS_PER_SECOND_METRIC,
} from '../../../lib/config/names';

/** Scrapes in the window of a rate, as in the deployed queries (k8s/server-config/request-metric.ts). */
const SCRAPES_PER_WINDOW = 4;

/** Routes that are no load of users. */
const OTHER_ROUTES: ReadonlySet<string> = new Set([HEALTH_PATH, READY_PATH, METRICS_PATH]);

/** What a pod's Prometheus page says of its load. */
export interface PodCounts {
  /** Requests that have arrived since its start, without those of probes and scrapes. */
  readonly requests: number;
  /** The gateway's calls under way and in the queue. */
  readonly calls: number;
}

/** Counts of a pod at a moment. */
export interface PodSample extends PodCounts {
  /** ms of this machine's clock. */
  readonly realMs: number;
}

/** @returns undefined where the page has no counter of requests */
export function parseCounts(page: string): PodCounts | undefined {
  let requests: number | undefined;
  let calls = 0;
  for (const line of page.split('\n')) {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === REQUEST_COUNTER && !OTHER_ROUTES.has(routeOf(labels)))
      requests = (requests ?? 0) + Number(value);
    if (name === GATEWAY_CALLS_METRIC) calls += Number(value);
  }
  return requests === undefined || !Number.isFinite(requests + calls) ? undefined : { requests, calls };
}

function routeOf(labels: string): string {
  return /(?:^|,)route="([^"]*)"/.exec(labels)?.[1] ?? '';
}

/** The last samples of a pod, for the means of a window of four scrapes. */
export class PodWindow {
  private samples: readonly PodSample[] = [];

  /** @param scrapeMs time between two scrapes, of this machine's clock */
  constructor(private readonly scrapeMs: number) {}

  get last(): PodSample | undefined {
    return this.samples.at(-1);
  }

  add(sample: PodSample): void {
    this.samples = [...this.samples, sample].slice(-SCRAPES_PER_WINDOW - 1);
  }

  /**
   * Values of the metrics by name, as the custom metrics API has them; none with less than two samples in the window:
   * the pod's load is unknown rather than zero.
   */
  metricsAt(realMs: number): Record<string, number> {
    const window = this.samples.filter(
      (sample) => realMs - sample.realMs <= (SCRAPES_PER_WINDOW + 0.5) * this.scrapeMs,
    );
    const [first, last] = [window[0], window.at(-1)];
    if (first === undefined || last === undefined || last.realMs <= first.realMs) return {};
    const pairs = window.slice(1).map((sample, index) => [window[index] as PodSample, sample] as const);
    const increase = pairs.reduce((sum, [before, after]) => sum + increaseOf(before, after), 0);
    return {
      [REQUESTS_PER_SECOND_METRIC]: (1000 * increase) / (last.realMs - first.realMs),
      [GATEWAY_CALLS_METRIC]: window.reduce((sum, { calls }) => sum + calls, 0) / window.length,
    };
  }
}

/** A counter that has fallen began again at 0, with the pod. */
export function increaseOf(before: PodCounts | undefined, after: PodCounts): number {
  return before === undefined || after.requests < before.requests
    ? after.requests
    : after.requests - before.requests;
}
