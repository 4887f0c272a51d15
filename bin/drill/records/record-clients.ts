import { setTimeout as sleep } from 'node:timers/promises';
import { type Agent, request } from 'undici';
import { type Answer, type Outcome, outcomeOf, reasonOf } from '../answer';
import { ClientLoop } from '../client-loop';
import { newCalls, type RecordCall, SHAPES } from './record-calls';
import type { IngestAnswer, RecordLedger } from './record-ledger';

/** Wait before a call is sent again, ms; a `Retry-After` counts up to `MOST_RETRY_MS`. */
const RETRY_MS = 100;
const MOST_RETRY_MS = 1000;

/** Part of the calls that are sent again although they have succeeded, as by a client that crashed before it noted it. */
const REPEATED_SHARE = 0.1;

/** A call that has succeeded. */
export interface Success {
  /** Index of the server. */
  readonly server: number;
  /** When the call was sent, ms of the drill's clock. */
  readonly sentMs: number;
  /** When the answer came, ms of the drill's clock. */
  readonly answeredMs: number;
}

export interface RecordClientsProps {
  /** Clients that send at the same time. */
  readonly clients: number;
  /** Pause of a client between two calls, ms. */
  readonly pauseMs: number;
  /** Longest wait for an answer, ms. Where a fault is longer, calls are repeated while they still run. */
  readonly answerMs: number;
  /** Whether connections are kept between requests. @default true */
  readonly keepAlive?: boolean;
  /** Origins of the servers. */
  readonly urls: readonly string[];
  readonly key: string;
  readonly ledger: RecordLedger;
  /** Name of the current phase. */
  readonly phase: () => string;
  /** Wall clock, ms since 1970. */
  readonly nowMs: () => number;
  /** A clock that only goes forward, ms. */
  readonly clock: () => number;
  readonly onSuccess?: (success: Success) => void;
  /** Called with every answer, also where the call is sent again. @default - nothing */
  readonly onAnswer?: (answer: Answer) => void;
  /** What the markers of the records begin with. @default '' */
  readonly markers?: string;
}

/** Clients that send records to all servers in turn, and send each call again until it is answered. */
export class RecordClients {
  private readonly aborting = new AbortController();
  private readonly loop: ClientLoop;
  private calls = 0;
  private attempts = 0;

  constructor(private readonly props: RecordClientsProps) {
    const { clients, keepAlive } = props;
    this.loop = new ClientLoop({ clients, keepAlive, next: (agent) => this.next(agent) });
  }

  /** Sends no new calls, and waits until those under way are answered. @param patienceMs after it they are given up */
  async stop(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.aborting.abort(), patienceMs);
    await this.loop.stop();
    clearTimeout(timer);
  }

  /** @returns pause until the client's next call, ms */
  private async next(agent: Agent): Promise<number> {
    const { ledger, nowMs, markers, pauseMs } = this.props;
    const shape = SHAPES[this.calls++ % SHAPES.length] ?? SHAPES[0];
    const phase = this.props.phase();
    for (const call of newCalls(shape, nowMs(), markers)) {
      ledger.send(phase, call);
      const told = await this.deliver(agent, call);
      if (told && Math.random() < REPEATED_SHARE) await this.deliver(agent, call);
    }
    return pauseMs;
  }

  /** Sends a call until it succeeds. @returns whether it did; false where the drill ended before */
  private async deliver(agent: Agent, call: RecordCall): Promise<boolean> {
    const { ledger, urls, phase, clock, onAnswer } = this.props;
    while (!this.aborting.signal.aborted) {
      const sentMs = clock();
      const { status, answer, retryMs, reason } = await this.send(agent, call, this.attempts++ % urls.length);
      ledger.answer(phase(), status);
      if (status !== 'cut' || !this.aborting.signal.aborted) {
        onAnswer?.({ outcome: status, sentMs, endedMs: clock(), reason });
      }
      if (answer !== undefined) {
        ledger.told(call, answer);
        return true;
      }
      await sleep(retryMs, undefined, { signal: this.aborting.signal }).catch(() => undefined);
    }
    return false;
  }

  private async send(
    agent: Agent,
    call: RecordCall,
    server: number,
  ): Promise<{ status: Outcome; answer?: IngestAnswer; retryMs: number; reason?: string }> {
    const { urls, key, clock, onSuccess, answerMs } = this.props;
    const sentMs = clock();
    try {
      const { statusCode, headers, body } = await request(`${urls[server]}/api/v1/requests`, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': call.contentType,
          ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
        },
        body: call.body,
        signal: AbortSignal.any([AbortSignal.timeout(answerMs), this.aborting.signal]),
      });
      const text = await body.text();
      const retryMs = Math.min(Number(headers['retry-after'] ?? 0) * 1000 || RETRY_MS, MOST_RETRY_MS);
      const status = outcomeOf(statusCode, headers['retry-after']);
      if (![200, 201, 207, 422].includes(statusCode)) return { status, retryMs };
      if (statusCode !== 422) onSuccess?.({ server, sentMs, answeredMs: clock() });
      const answer = JSON.parse(text) as Partial<IngestAnswer>;
      // 422 is also what a key says that came with other records, which a drill never sends.
      const { ids = [], rejected = call.records.map((_, index) => ({ index, code: text, message: text })) } =
        answer;
      return { status, answer: { ids, rejected }, retryMs };
    } catch (error) {
      return { status: 'cut', retryMs: RETRY_MS, reason: reasonOf(error) };
    }
  }
}
