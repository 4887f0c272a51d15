import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedPostgres } from '../../../db/embedded-postgres';
import { type ProcessOwner, sendSignal } from '../process-owner';

/** Lines of PostgreSQL's log that are shown when it has ended. */
const SHOWN_LINES = 5;

/** Time between two looks at whether PostgreSQL has stopped, ms. */
const POLL_MS = 50;

/** A running PostgreSQL whose end is a crash, except where it is stopped on purpose. */
export class WatchedPostgres {
  private leave: () => void;

  /** @param port that it listens on */
  constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly port: number,
    private readonly owner: ProcessOwner,
  ) {
    this.leave = this.lookAfter();
  }

  /** SIGINT rolls back open transactions and stops it; SIGQUIT ends it at once, as in a crash. */
  async stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const { postgres } = this;
    this.leave();
    sendSignal(postgres.pid, signal);
    while (postgres.running) await sleep(POLL_MS);
  }

  /** Starts it again after `stop`. */
  async resume(): Promise<void> {
    const { postgres, port, owner } = this;
    await postgres.startAside(port);
    owner.watch(postgres.pid, 'SIGINT');
    this.leave = this.lookAfter();
  }

  private lookAfter(): () => void {
    const { postgres, owner } = this;
    const lastLines = () => postgres.lastLines(SHOWN_LINES);
    return owner.lookAfter(postgres.pid, { name: 'PostgreSQL', lastLines });
  }
}
