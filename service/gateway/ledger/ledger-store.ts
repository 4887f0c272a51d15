import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Waiting } from '../../shared/retry';
import { Announcer } from './announcer';
import { Backoff } from './backoff';
import { EndFlusher } from './end-flusher';
import type { FailureReport } from './failure-report';
import { Lease } from './lease';
import type { CallLedgerProps, LedgerTiming } from './ledger-props';
import type { OpenCalls } from './open-calls';
import type { WaitingEnd, WaitingEnds } from './waiting-ends';

export interface LedgerStoreProps
  extends Pick<CallLedgerProps, 'database' | 'writer' | 'podName' | 'log' | 'events'> {
  readonly calls: OpenCalls;
  readonly ends: WaitingEnds;
  readonly report: FailureReport;
  readonly timing: LedgerTiming;
  readonly waiting: Waiting;
}

/** Part of the time between two looks that chance adds, so that pods that started together do not look together. */
const SWEEP_JITTER = 0.2;

/** Longest wait for the end of the lease, ms. */
const LEASE_END_MS = 1000;

/** The ledger's side of the database: ends, calls under way, and the lease of this process. */
export class LedgerStore {
  private readonly flusher: EndFlusher;
  private readonly announcer: Announcer;
  private readonly lease: Lease;
  private readonly abort = new AbortController();

  constructor(private readonly props: LedgerStoreProps) {
    const { timing, waiting } = props;
    const { elapsedMs } = waiting;
    const backoff = new Backoff({ minMs: timing.minBackoffMs, maxMs: timing.maxBackoffMs, waiting });
    const instance = { id: randomUUID(), podName: props.podName };
    this.flusher = new EndFlusher({ ...props, backoff });
    this.announcer = new Announcer({
      ...{ ...props, instance, backoff },
      ...{ underWayMs: timing.underWayMs, elapsedMs },
    });
    this.lease = new Lease({ ...props, instance, elapsedMs });
  }

  /** Whether something is on its way to the database. */
  get isBusy(): boolean {
    return this.flusher.isBusy || this.announcer.isBusy;
  }

  /** Begins to renew the lease and to look after processes that are gone. */
  run(): void {
    const { timing, waiting } = this.props;
    void this.repeat(
      () => this.lease.renew(),
      () => timing.renewMs,
    );
    void this.repeat(
      () => this.lease.sweep(),
      () => timing.sweepMs * (1 + waiting.random() * SWEEP_JITTER),
    );
  }

  /** Takes an end for the next flush. The end of a call that is being announced waits for its rows. */
  queue(end: WaitingEnd): void {
    const { ends } = this.props;
    const announced = this.announcer.pendingOf(end.record.id);
    if (announced !== undefined) {
      void announced.then(() => ends.push(end));
      return;
    }
    ends.push(end);
    if (!this.abort.signal.aborted) this.flusher.flushIfFull();
  }

  /** Announces calls that take long. */
  announce(): void {
    this.announcer.announce();
  }

  /** Writes ends. */
  flush(): void {
    this.flusher.flush();
  }

  /** Ends the lease and everything that repeats. */
  async close(): Promise<void> {
    this.abort.abort();
    const left = this.lease.end().catch(() => undefined); // The lease runs out by itself.
    await Promise.race([left, delay(LEASE_END_MS, undefined, { ref: false })]);
  }

  private async repeat(work: () => Promise<void>, intervalMs: () => number): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      await work();
      await delay(intervalMs(), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
