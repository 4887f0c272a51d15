import { PROMETHEUS_METRICS } from '../../../service/contract';

/** The event loop's delay is measured by a timer of 10 ms, whose own time its readings have in them, ms. */
const LOOP_TIMER_MS = 10;

const MIB = 2 ** 20;

/** What a pod's Prometheus page says of it at a moment. */
export interface PodMetrics {
  /** Processor time since the process began, seconds. */
  readonly processorSeconds: number;
  readonly residentMiB: number;
  /** Delay of the event loop beyond its timer, 99th percentile since the last look, ms. */
  readonly loopDelayMs: number;
  /** Callers that wait for a connection to the database. */
  readonly poolWaiting: number;
  /** Look-ups of LLM answers in the cache since the process began. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/** Reads a page in Prometheus' text format; a metric that is missing is NaN. */
export function podMetrics(page: string): PodMetrics {
  const values = new Map<string, number>();
  for (const [, series, value] of page.matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)/gm)) {
    values.set(String(series), Number(value));
  }
  const read = (series: string) => values.get(series) ?? Number.NaN;
  const { databasePool, llmCacheLookups } = PROMETHEUS_METRICS;
  const delayMs = 1000 * read('nodejs_eventloop_lag_p99_seconds') - LOOP_TIMER_MS;
  return {
    processorSeconds: read('process_cpu_seconds_total'),
    residentMiB: read('process_resident_memory_bytes') / MIB,
    // The first reading is not of a second yet, and has no value.
    loopDelayMs: Number.isNaN(delayMs) ? delayMs : Math.max(0, delayMs),
    poolWaiting: read(`${databasePool}{state="waiting"}`),
    cacheHits: read(`${llmCacheLookups}{result="hit"}`),
    cacheMisses: read(`${llmCacheLookups}{result="miss"}`),
  };
}
