import { type K6Options, lengthOf } from '../k6-options';
import type { Recorder } from './recorder';
import type { Tags } from './samples';
import { type Latencies, latenciesOf, type TimelineRow } from './timeline';

/** How long the load may take to settle after a jump, ms: the KPI of a spike counts from then. */
export const SETTLE_MS = 10_000;

/** What a run measured of the KPIs; null where it measured nothing of it. */
export interface RunFigures {
  /** Answers of the API in the scenarios at full load, without refusals, ms. */
  readonly api: Latencies | null;
  /** Answers of LLMs and their cache in the whole run, without refusals, ms. */
  readonly llm: Latencies | null;
  /** Answers a second in the scenario with the highest rate that had to be held, without refusals. */
  readonly requestsPerSecond: number | null;
  /** The rate that had to be held in it. */
  readonly offeredPerSecond: number | null;
  /** Most users that were connected at a time, at the end of a row of the timeline. */
  readonly users: number | null;
  /** Requests with neither the expected answer nor a refusal, in the scenarios at full load, percent. */
  readonly errorPercent: number | null;
  /** LLM answers that came from the cache; answers that may not be cached count as misses. Percent. */
  readonly cacheHitPercent: number | null;
  /** Median time of the answers that came from the cache, ms. */
  readonly cachedP50Ms: number | null;
  /** LLM requests that timed out, percent. */
  readonly llmTimeoutPercent: number | null;
  /** 99th percentile from 10 s after a jump of the load to the end of its peak, without refusals, ms. */
  readonly settledP99Ms: number | null;
  /** How much later than due 99 % of the requests were sent by the generator itself, ms. */
  readonly lateP99Ms: number | null;
}

/** Requests that were not refused, by the recorder's tag. */
const NOT_REFUSED = { refused: 'false' };

/** The figures of a run. */
export function figuresOf(options: K6Options, recorder: Recorder, rows: readonly TimelineRow[]): RunFigures {
  const { samples, late, settled, cached } = recorder;
  const judged = judgedScenarios(options);
  const sumOf = (metric: 'checks' | 'http_reqs' | 'llm_timeouts' | 'llm_cache_hits', tags: Tags) =>
    samples.select({ metric, tags });
  const api = samples.durations({ scenario: '', kind: 'api' });
  let [asked, wrong] = [0, 0];
  for (const scenario of judged) {
    api.merge(samples.durations({ scenario, kind: 'api', ...NOT_REFUSED }));
    const checks = sumOf('checks', { scenario, ...NOT_REFUSED });
    asked += sumOf('checks', { scenario }).count;
    wrong += checks.count - checks.sum;
  }
  const rates = judged.flatMap((name) => {
    const scenario = options.scenarios[name];
    if (scenario?.executor !== 'constant-arrival-rate') return [];
    const held = sumOf('http_reqs', { scenario: name, ...NOT_REFUSED }).sum / (lengthOf(scenario) / 1000);
    return { offered: scenario.rate, held };
  });
  const highest = rates.toSorted((one, other) => other.offered - one.offered)[0];
  const users = Math.max(0, ...rows.map((row) => Math.min(row.users, row.connections)));
  const hits = sumOf('llm_cache_hits', {});
  const timeouts = sumOf('llm_timeouts', {});
  return {
    api: latenciesOf(api),
    llm: latenciesOf(samples.durations({ kind: 'llm', ...NOT_REFUSED })),
    requestsPerSecond: highest?.held ?? null,
    offeredPerSecond: highest?.offered ?? null,
    users: users === 0 ? null : users,
    errorPercent: asked === 0 ? null : (100 * wrong) / asked,
    cacheHitPercent: hits.count === 0 ? null : 100 * hits.mean,
    cachedP50Ms: cached.count === 0 ? null : cached.percentile(50),
    llmTimeoutPercent: timeouts.count === 0 ? null : 100 * timeouts.mean,
    settledP99Ms: settled.count === 0 ? null : settled.percentile(99),
    lateP99Ms: late.count === 0 ? null : late.percentile(99),
  };
}

/** Scenarios at full load: those that had to send a number of requests. */
export function judgedScenarios({ scenarios, thresholds }: K6Options): string[] {
  return Object.keys(scenarios).filter((name) => `http_reqs{scenario:${name}}` in thresholds);
}

/** When the peak of a spike should be answered as quickly as usual, ms from the start; null without a jump. */
export function settledTimes({ scenarios }: K6Options): readonly [from: number, to: number] | null {
  const { surge, peak } = scenarios;
  if (surge === undefined || peak === undefined) return null;
  return [surge.startTime + lengthOf(surge) + SETTLE_MS, peak.startTime + lengthOf(peak)];
}
