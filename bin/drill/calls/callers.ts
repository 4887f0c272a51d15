import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { type Answer, type Outcome, outcomeOf, reasonOf } from '../answer';
import { type DrillCall, isWhole, type Kind, newCall, pathOf } from './gateway-calls';

/** Longest wait for an answer, ms: longer than every behaviour of the provider. */
const ANSWER_MS = 60_000;

/** Pause after a call that got no answer, ms: its server may be starting. */
const RETRY_MS = 100;

export interface CallersProps {
  /** Kinds of calls, in turn. */
  readonly kinds: readonly Kind[];
  /** Callers at the same time. */
  readonly callers: number;
  /** Pause of a caller between two calls, ms. */
  readonly pauseMs: number;
  /** Origins that take calls at the moment. */
  readonly urls: () => readonly string[];
  readonly key: string;
  /** Length of the prompts, bytes. @default 60 */
  readonly promptBytes?: () => number;
  /** What the markers of the calls begin with. @default '' */
  readonly markers?: string;
  /** A clock that only goes forward, ms. */
  readonly clock: () => number;
  /** Whether connections are kept between requests. @default true */
  readonly keepAlive?: boolean;
  /** Called with each call that has ended. */
  readonly onEnd: (call: DrillCall, outcome: Outcome, answer: Answer) => void;
}

type Sent = Pick<Answer, 'outcome' | 'reason'>;

/** Callers that send calls until they are stopped. A call is never sent again: each is one call of the provider's. */
export class Callers {
  private readonly agent: Agent;
  private readonly stopping = new AbortController();
  private readonly work: Promise<unknown>;
  private calls = 0;

  constructor(private readonly props: CallersProps) {
    const { callers, keepAlive = true } = props;
    this.agent = new Agent({ connections: callers, pipelining: keepAlive ? 1 : 0 });
    this.work = Promise.all(Array.from({ length: callers }, () => this.run()));
  }

  /** Sends no new calls, and waits for the answers of those under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
    await this.agent.destroy();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { kinds, urls, pauseMs, promptBytes, markers, clock, onEnd } = this.props;
    while (!signal.aborted) {
      const number = this.calls++;
      const call = newCall(kinds[number % kinds.length] as Kind, promptBytes?.() ?? 60, markers);
      const origins = urls();
      const sentMs = clock();
      const sent = await this.send(call, origins[number % origins.length] as string);
      onEnd(call, sent.outcome, { ...sent, sentMs, endedMs: clock() });
      await sleep(sent.outcome === 'cut' ? RETRY_MS : pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async send({ body, marker, kind }: DrillCall, origin: string): Promise<Sent> {
    try {
      const answer = await request(`${origin}${pathOf(kind)}`, {
        dispatcher: this.agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.props.key}`,
          'content-type': 'application/json',
          'x-llm-tags': `drill=${marker}`,
        },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200 && !isWhole(kind, text)) return { outcome: 'cut' };
      return { outcome: outcomeOf(answer.statusCode, answer.headers['retry-after']) };
    } catch (error) {
      return { outcome: 'cut', reason: reasonOf(error) };
    }
  }
}

/** Counts outcomes. */
export class OutcomeCount {
  private readonly counts = new Map<Outcome, number>();

  add(outcome: Outcome): void {
    this.counts.set(outcome, this.of(outcome) + 1);
  }

  of(outcome: Outcome): number {
    return this.counts.get(outcome) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Such as `200: 1,204, cut: 3`. */
  toString(): string {
    const entries = [...this.counts].sort(([one], [other]) => one.localeCompare(other));
    return entries.map(([outcome, count]) => `${outcome}: ${count.toLocaleString('en')}`).join(', ');
  }
}
