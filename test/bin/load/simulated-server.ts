import type { Send } from '../../../bin/load/client/sender';
import type { LoadPorts } from '../../../bin/load/run-script';

/** Window over which requests are counted, ms. */
const WINDOW_MS = 1000;

/**
 * A server and a clock in one process: time goes on only while a run sleeps, and every request is answered at once.
 * Runs on it are the same on every machine.
 */
export class SimulatedServer implements LoadPorts {
  private nowMs = 0;
  /** Times of the served requests of the last second, ms. */
  private served: number[] = [];
  private sent = 0;

  /** @param statusOf status of an answer, by the request's number from 1 and the requests served in the last second */
  constructor(private readonly statusOf: (number: number, servedInLastSecond: number) => number) {}

  readonly now = (): number => this.nowMs;

  readonly sleep = async (milliseconds: number): Promise<void> => {
    this.nowMs += milliseconds;
  };

  readonly send: Send = (_request, onAnswer) => {
    onAnswer({
      answer: { status: this.answer(), timedOut: false, body: '{}', headers: {} },
      milliseconds: 5,
    });
  };

  readonly user = (): Send => this.send;

  readonly connections = (): number => Number.POSITIVE_INFINITY;

  private answer(): number {
    this.served = this.served.filter((at) => at > this.nowMs - WINDOW_MS);
    this.sent += 1;
    const status = this.statusOf(this.sent, this.served.length);
    if (status < 400) this.served.push(this.nowMs);
    return status;
  }
}
