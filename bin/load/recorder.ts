import type { PlannedRequest, Verdict } from '../../test/load/client.ts';
import { Samples } from './samples';
import type { TimedAnswer } from './send';

/** Writes down what k6 and the scripts would measure. */
export class Recorder {
  readonly samples = new Samples();
  requests = 0;
  dropped = 0;

  /** @param scenario by which thresholds tell requests apart */
  answered(
    scenario: string,
    { entry }: PlannedRequest,
    { answer, milliseconds }: TimedAnswer,
    verdict: Verdict,
  ) {
    const tags = { scenario, kind: entry.kind ?? 'api', name: entry.name };
    this.requests += 1;
    this.samples.add('iterations', 1, tags);
    this.samples.add('http_reqs', 1, tags);
    this.samples.add('http_req_duration', milliseconds, tags);
    // What k6 expects unless told otherwise.
    this.samples.add('http_req_failed', answer.status >= 200 && answer.status < 400 ? 0 : 1, tags);
    this.samples.add('checks', verdict.expected ? 1 : 0, tags);
    if (verdict.llmTimedOut !== undefined) {
      this.samples.add('llm_timeouts', verdict.llmTimedOut ? 1 : 0, tags);
    }
    if (verdict.cacheHit !== undefined) this.samples.add('llm_cache_hits', verdict.cacheHit ? 1 : 0, tags);
  }

  dropIterations(scenario: string, count: number): void {
    if (count === 0) return;
    this.dropped += count;
    this.samples.add('dropped_iterations', count, { scenario });
  }
}
