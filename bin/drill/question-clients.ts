import { type Agent, request } from 'undici';
import { type Answer, outcomeOf, reasonOf } from './answer';
import { ClientLoop } from './client-loop';

/** What they ask, in turn, about the last days. */
const QUESTIONS: readonly ((from: string, to: string) => string)[] = [
  (from, to) => `/api/v1/costs/summary?from=${from}&to=${to}`,
  () => '/api/v1/requests?limit=20',
  (from, to) => `/api/v1/costs?from=${from}&to=${to}&group_by=day,model`,
];

/** Days that they ask about. */
const DAYS = 7;
const DAY_MS = 86_400_000;

/** Longest wait for an answer, ms. */
const ANSWER_MS = 10_000;

export interface QuestionClientsProps {
  /** Clients that ask at the same time. */
  readonly clients: number;
  /** Pause of a client between two questions, ms. */
  readonly pauseMs: number;
  readonly url: string;
  /** A key with the role `read`. */
  readonly key: string;
  readonly now: () => Date;
  /** A clock that only goes forward, ms. */
  readonly clock: () => number;
  /** Whether connections are kept between requests. @default true */
  readonly keepAlive?: boolean;
  readonly onAnswer: (answer: Answer) => void;
}

/** Clients that ask for costs and history until they are stopped. They repeat no question. */
export class QuestionClients {
  private readonly loop: ClientLoop;
  private count = 0;

  constructor(private readonly props: QuestionClientsProps) {
    const { clients, keepAlive } = props;
    this.loop = new ClientLoop({ clients, keepAlive, next: (agent) => this.next(agent) });
  }

  /** Asks nothing new, and waits for the answers under way. */
  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** @returns pause until the client's next question, ms */
  private async next(agent: Agent): Promise<number> {
    const { pauseMs, clock, onAnswer } = this.props;
    const sentMs = clock();
    onAnswer({ ...(await this.ask(agent, this.nextQuestion())), sentMs, endedMs: clock() });
    return pauseMs;
  }

  private nextQuestion(): string {
    const question = QUESTIONS[this.count++ % QUESTIONS.length] as (typeof QUESTIONS)[number];
    const now = this.props.now().getTime();
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    return question(day(now - DAYS * DAY_MS), day(now + DAY_MS));
  }

  private async ask(agent: Agent, path: string): Promise<Pick<Answer, 'outcome' | 'reason'>> {
    const { url, key } = this.props;
    try {
      const { statusCode, headers, body } = await request(`${url}${path}`, {
        dispatcher: agent,
        headers: { authorization: `Bearer ${key}` },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      await body.text();
      return { outcome: outcomeOf(statusCode, headers['retry-after']) };
    } catch (error) {
      return { outcome: 'cut', reason: reasonOf(error) };
    }
  }
}
