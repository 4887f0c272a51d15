import type { PlannedRequest, Verdict } from '../../../test/load/client.ts';
import type { TimedAnswer } from '../client/connection';
import { Trend } from './trend';

/** How requests fail, from the client's view; refusals are none of them. */
export const ERROR_KINDS = {
  limited: '429',
  server: '5xx without Retry-After',
  client: 'other 4xx',
  timeout: 'no answer in time',
  lost: 'refused or cut connection',
  unexpected: 'unexpected status below 400',
} as const;
export type ErrorKind = keyof typeof ERROR_KINDS;

/** Times of answers, ms; null where there were none. */
export interface Latencies {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
}

/** What happened in a stretch of the run. */
export interface TimelineRow {
  /** Its begin and its length, seconds from the start of the run. */
  readonly atSecond: number;
  readonly seconds: number;
  /** Requests that had to be sent, that were answered or failed, and that had no virtual user. */
  readonly offered: number;
  readonly ended: number;
  readonly dropped: number;
  /** Requests under way, open connections and users at its end. */
  readonly underWay: number;
  readonly connections: number;
  readonly users: number;
  /** Requests that an overloaded server refused at once: 503 with Retry-After. */
  readonly refused: number;
  /** Of the API's answers, and of those that an LLM or its cache gave; without refusals. */
  readonly api: Latencies | null;
  readonly llm: Latencies | null;
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>;
  /** Answers that said whether the cache had them, and those that it had. */
  readonly cacheAnswers: number;
  readonly cacheHits: number;
}

/** State of the generator at the end of a row. */
export type Gauges = Pick<TimelineRow, 'underWay' | 'connections' | 'users'>;

/** Most rows of a timeline: longer runs have longer rows. */
const MOST_ROWS = 600;

/** Length of a row of a run of so many seconds, whole seconds. */
export function rowSeconds(runSeconds: number): number {
  return Math.max(1, Math.ceil(runSeconds / MOST_ROWS));
}

/** What became of a request: the expected answer, a refusal, or an error. */
export type Outcome = 'ok' | 'refused' | ErrorKind;

/** What became of a request. */
export function outcomeOf({ answer }: TimedAnswer, { expected }: Verdict): Outcome {
  if (expected) return 'ok';
  const { status, timedOut, headers } = answer;
  if (timedOut) return 'timeout';
  if (status === 0) return 'lost';
  if (status === 503 && headers['retry-after'] !== undefined) return 'refused';
  if (status === 429) return 'limited';
  if (status >= 500) return 'server';
  return status >= 400 ? 'client' : 'unexpected';
}

/** The run second by second. */
export class Timeline {
  readonly rows: TimelineRow[] = [];
  private row = new OpenRow();

  /**
   * @param seconds length of a row
   * @param onRow called with each row when it is complete
   */
  constructor(
    private readonly seconds: number,
    private readonly onRow: (row: TimelineRow) => void,
  ) {}

  offered(count: number, dropped: number): void {
    this.row.offered += count;
    this.row.dropped += dropped;
  }

  answered(request: PlannedRequest, outcome: Outcome, verdict: Verdict, latencyMs: number): void {
    const { row } = this;
    row.ended += 1;
    if (outcome === 'refused') row.refused += 1;
    else if (outcome !== 'ok') row.errors[outcome] = (row.errors[outcome] ?? 0) + 1;
    // A refusal is quick, and no answer: it must not make the API look fast.
    if (outcome !== 'lost' && outcome !== 'refused')
      (request.entry.kind === 'llm' ? row.llm : row.api).add(latencyMs);
    if (verdict.cacheHit !== undefined) row.cacheAnswers += 1;
    if (verdict.cacheHit === true) row.cacheHits += 1;
  }

  /** Closes rows that are over. @param nowMs from the start of the run */
  pass(nowMs: number, gauges: () => Gauges): void {
    while (nowMs >= 1000 * this.seconds * (this.rows.length + 1)) this.closeRow(this.seconds, gauges());
  }

  /** Closes the last row. @param nowMs from the start of the run */
  end(nowMs: number, gauges: () => Gauges): void {
    this.pass(nowMs, gauges);
    const seconds = nowMs / 1000 - this.seconds * this.rows.length;
    if (this.row.ended + this.row.offered > 0) this.closeRow(seconds, gauges());
  }

  private closeRow(seconds: number, gauges: Gauges): void {
    const { api, llm, ...counts } = this.row;
    const atSecond = this.seconds * this.rows.length;
    const row = { atSecond, seconds, ...counts, ...gauges, api: latenciesOf(api), llm: latenciesOf(llm) };
    this.row = new OpenRow();
    this.rows.push(row);
    this.onRow(row);
  }
}

class OpenRow {
  offered = 0;
  ended = 0;
  dropped = 0;
  refused = 0;
  cacheAnswers = 0;
  cacheHits = 0;
  readonly api = new Trend();
  readonly llm = new Trend();
  readonly errors: Partial<Record<ErrorKind, number>> = {};
}

export function latenciesOf(times: Trend): Latencies | null {
  if (times.count === 0) return null;
  const [p50, p95, p99] = [50, 95, 99].map((percent) => times.percentile(percent)) as [
    number,
    number,
    number,
  ];
  return { p50, p95, p99, mean: times.mean };
}

/** Such as `37 (3.7 %)`. */
export function shareText(count: number, all: number): string {
  const percent = (100 * count) / all;
  return `${count} (${percent.toFixed(percent < 10 ? 1 : 0)} %)`;
}
