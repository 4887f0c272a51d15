import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PlannedRequest } from '../../../test/load/client.ts';
import { Sender } from '../client/sender';

/** What a piece of work that is always the same takes on this machine, now. */
export interface Calibration {
  /** Time of a request to the bare route, of several under way at once: the mean, ms. */
  readonly requestMs: number;
  /** Processor time of the bare server a request, ms. */
  readonly processorMs: number;
}

/** Requests that make both servers' code hot, requests that are measured, and those under way at once. */
const WARM_UP = 2000;
const REQUESTS = 10_000;
const CONNECTIONS = 8;

/** Bytes of a prompt: about those of a record. */
const PROMPT = 'x'.repeat(200);

/** The calibration loop: a fixed number of requests to a bare HTTP route in a process of its own, as fast as they go. */
export class CalibrationLoop {
  private constructor(
    private readonly child: ChildProcess,
    private readonly sender: Sender,
    private readonly request: PlannedRequest,
    private readonly now: () => number,
  ) {}

  /** @param now time of a clock that only goes forward, ms */
  static async start(now: () => number): Promise<CalibrationLoop> {
    const child = fork(join(__dirname, 'calibration-server.ts'), {
      execArgv: ['--require', require.resolve('tsx/cjs')],
      detached: true,
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const origin = `http://127.0.0.1:${port}`;
    const loop = new CalibrationLoop(child, new Sender(origin, now), requestTo(origin), now);
    await loop.send(WARM_UP);
    return loop;
  }

  async measure(): Promise<Calibration> {
    const before = await this.processorMs();
    const startMs = this.now();
    await this.send(REQUESTS);
    const elapsedMs = this.now() - startMs;
    return {
      requestMs: (elapsedMs * CONNECTIONS) / REQUESTS,
      processorMs: ((await this.processorMs()) - before) / REQUESTS,
    };
  }

  end(): void {
    this.sender.close();
    this.child.kill('SIGKILL');
  }

  private async processorMs(): Promise<number> {
    this.child.send({});
    const [{ processorMs }] = (await once(this.child, 'message')) as [{ processorMs: number }];
    return processorMs;
  }

  private async send(count: number): Promise<void> {
    let left = count;
    const line = async () => {
      while (left > 0) {
        left -= 1;
        const status = await this.ask();
        if (status !== 201) throw new Error(`the bare route answered ${status}`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, line));
  }

  private ask(): Promise<number> {
    return new Promise((resolve) => {
      this.sender.send(this.request, ({ answer }) => resolve(answer.status));
    });
  }
}

function requestTo(origin: string): PlannedRequest {
  const path = '/records';
  return {
    entry: { name: 'calibration', weight: 1, method: 'POST', path, status: 201 },
    url: `${origin}${path}`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: PROMPT }),
    readsBody: false,
    timeoutMs: 60_000,
  };
}
