import { setTimeout as sleep } from 'node:timers/promises';
import { newCalls, type RecordCall } from '../drill/records/record-calls';
import type { IngestAnswer } from '../drill/records/record-ledger';

/** Pause between two batches, ms. */
const PAUSE_MS = 50;

/** Longest wait for an answer, ms. */
const ANSWER_MS = 10_000;

export interface RecordSenderProps {
  /** Origin of the API. */
  readonly url: string;
  readonly key: string;
  readonly now: () => Date;
}

/** A team that posts its own records, with ids, and keeps what it has sent, so that it can send it again. */
export class RecordSender {
  private readonly sent: { readonly at: Date; readonly call: RecordCall }[] = [];
  private readonly stopping = new AbortController();
  private readonly work: Promise<void>;

  constructor(private readonly props: RecordSenderProps) {
    this.work = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
  }

  /** Sends again what was first sent after an instant. @returns records that were not stored any more */
  async sendAgain(since: Date): Promise<number> {
    let accepted = 0;
    for (const { at, call } of this.sent) {
      if (at >= since) accepted += (await this.post(call)).accepted;
    }
    return accepted;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      for (const call of newCalls('array with ids', this.props.now().getTime())) {
        const at = this.props.now();
        // Without an answer the record may be stored or not: it is sent again, too.
        this.sent.push({ at, call });
        await this.post(call).catch(() => undefined);
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @throws Error where the records are not stored */
  private async post({ body, contentType }: RecordCall): Promise<{ readonly accepted: number }> {
    const answer = await fetch(`${this.props.url}/api/v1/requests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.props.key}`, 'content-type': contentType },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const result = (await answer.json()) as IngestAnswer & { readonly accepted: number };
    if (answer.ok) return result;
    throw new Error(`POST /api/v1/requests answered ${answer.status}`);
  }
}
