import type { PlannedRequest, Verdict } from '../../../test/load/client.ts';
import type { TimedAnswer } from '../client/connection';
import { Samples } from './samples';
import { outcomeOf, type Timeline } from './timeline';
import { type Tally, Trend } from './trend';

/** A request that has ended. */
export interface EndedRequest {
  /** Scenario that sent it, by which thresholds tell requests apart. */
  readonly scenario: string;
  readonly request: PlannedRequest;
  readonly timed: TimedAnswer;
  readonly verdict: Verdict;
  /** When it should have been sent, ms from the start of the run. */
  readonly dueMs: number;
  /** How much later it was sent, ms. */
  readonly lateMs: number;
}

/** Where the values of one kind of request in one scenario are counted. */
type Counters = Record<(typeof COUNTED)[number], Tally>;
const COUNTED = ['iterations', 'http_reqs', 'http_req_duration', 'http_req_failed', 'checks'] as const;

/** Writes down what k6 and the scripts would measure. */
export class Recorder {
  readonly samples = new Samples();
  /** How much later than due the generator itself sent requests, ms. */
  readonly late = new Trend();
  /** Times of the answers to requests that were due while a jump of the load should be over, ms; without refusals. */
  readonly settled = new Trend();
  /** Times of the answers that the cache had, ms. */
  readonly cached = new Trend();
  requests = 0;
  /** Requests that an overloaded server refused: 503 with Retry-After. */
  refused = 0;
  dropped = 0;
  private readonly counters = new Map<string, Counters>();

  /** @param settledMs from when to when, ms from the start of the run; null: never */
  constructor(
    private readonly timeline: Timeline,
    private readonly settledMs: readonly [from: number, to: number] | null,
  ) {}

  answered({ scenario, request, timed, verdict, dueMs, lateMs }: EndedRequest): void {
    const { entry } = request;
    const { answer } = timed;
    const outcome = outcomeOf(timed, verdict);
    const refused = outcome === 'refused';
    const tags = { scenario, kind: entry.kind ?? 'api', name: entry.name, refused: String(refused) };
    const counters = this.countersOf(tags);
    // From when it was due: a generator that is late must not make a slow server look fast. Time-outs are their length.
    const latencyMs = answer.status === 0 ? timed.milliseconds : timed.milliseconds + lateMs;
    this.requests += 1;
    if (refused) this.refused += 1;
    this.late.add(lateMs);
    counters.iterations.add(1);
    counters.http_reqs.add(1);
    counters.http_req_duration.add(latencyMs);
    // What k6 expects unless told otherwise.
    counters.http_req_failed.add(answer.status >= 200 && answer.status < 400 ? 0 : 1);
    counters.checks.add(verdict.expected ? 1 : 0);
    if (verdict.llmTimedOut !== undefined) {
      this.samples.add('llm_timeouts', verdict.llmTimedOut ? 1 : 0, tags);
    }
    if (verdict.cacheHit === true) this.cached.add(latencyMs);
    if (verdict.cacheHit !== undefined) this.samples.add('llm_cache_hits', verdict.cacheHit ? 1 : 0, tags);
    if (tags.kind === 'api' && !refused) this.addSettled(dueMs, latencyMs);
    this.timeline.answered(request, outcome, verdict, latencyMs);
  }

  dropIterations(scenario: string, count: number): void {
    if (count === 0) return;
    this.dropped += count;
    this.samples.add('dropped_iterations', count, { scenario });
  }

  private addSettled(dueMs: number, latencyMs: number): void {
    if (this.settledMs === null) return;
    const [from, to] = this.settledMs;
    if (dueMs >= from && dueMs < to) this.settled.add(latencyMs);
  }

  /** Thresholds count refusals and answers alike, as k6 does; the figures of a run tell them apart by a tag of its own. */
  private countersOf(tags: Readonly<Record<'scenario' | 'name' | 'kind' | 'refused', string>>) {
    const key = `${tags.scenario} ${tags.name} ${tags.refused}`;
    const found = this.counters.get(key);
    if (found !== undefined) return found;
    const made = Object.fromEntries(
      COUNTED.map((metric) => [metric, this.samples.valuesOf(metric, tags)]),
    ) as Counters;
    this.counters.set(key, made);
    return made;
  }
}
