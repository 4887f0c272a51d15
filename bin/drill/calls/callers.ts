import { type Agent, request } from 'undici';
import { type Answer, type Outcome, outcomeOf, reasonOf } from '../answer';
import { ClientLoop } from '../client-loop';
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
  private readonly loop: ClientLoop;
  private calls = 0;

  constructor(private readonly props: CallersProps) {
    const { callers: clients, keepAlive } = props;
    this.loop = new ClientLoop({ clients, keepAlive, next: (agent) => this.next(agent) });
  }

  /** Sends no new calls, and waits for the answers of those under way. */
  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** @returns pause until the caller's next call, ms */
  private async next(agent: Agent): Promise<number> {
    const { kinds, urls, pauseMs, promptBytes, markers, clock, onEnd } = this.props;
    const number = this.calls++;
    const call = newCall(kinds[number % kinds.length] as Kind, promptBytes?.() ?? 60, markers);
    const origins = urls();
    const sentMs = clock();
    const sent = await this.send(agent, call, origins[number % origins.length] as string);
    onEnd(call, sent.outcome, { ...sent, sentMs, endedMs: clock() });
    return sent.outcome === 'cut' ? RETRY_MS : pauseMs;
  }

  private async send(agent: Agent, { body, marker, kind }: DrillCall, origin: string): Promise<Sent> {
    try {
      const answer = await request(`${origin}${pathOf(kind)}`, {
        dispatcher: agent,
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
