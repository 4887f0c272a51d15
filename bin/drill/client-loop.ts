import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';

export interface ClientLoopProps {
  /** Clients at the same time. */
  readonly clients: number;
  /** Whether connections are kept between requests. @default true */
  readonly keepAlive?: boolean;
  /** Sends what is next over the loop's connections, and waits for the answer. @returns pause of the client then, ms */
  readonly next: (agent: Agent) => Promise<number>;
}

/** Clients that send one request after another until they are stopped, with a connection for each of them. */
export class ClientLoop {
  private readonly agent: Agent;
  private readonly stopping = new AbortController();
  private readonly work: Promise<unknown>;

  constructor(private readonly props: ClientLoopProps) {
    const { clients, keepAlive = true } = props;
    this.agent = new Agent({ connections: clients, pipelining: keepAlive ? 1 : 0 });
    this.work = Promise.all(Array.from({ length: clients }, () => this.run()));
  }

  /** Sends nothing new, and waits for the answers under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
    await this.agent.destroy();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pauseMs = await this.props.next(this.agent);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
