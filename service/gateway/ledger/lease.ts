import type { Queryable } from '../../database/pools';
import {
  deleteCalls,
  deleteGoneInstances,
  deleteInstance,
  goneCalls,
  type Instance,
  MAX_CALLS,
  renewInstance,
} from './calls-under-way';
import type { FailureReport } from './failure-report';
import type { CallRecord } from './journal-entry';
import type { LedgerEvents, LedgerTiming, RecordWriter } from './ledger-props';
import { storeRecords } from './store-records';

export interface LeaseProps {
  readonly database: Queryable;
  readonly writer: RecordWriter;
  readonly instance: Instance;
  readonly timing: LedgerTiming;
  readonly report: FailureReport;
  readonly events: LedgerEvents;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
}

/** A process's sign of life, and its look after the calls of processes that give none any more. */
export class Lease {
  private steadySinceMs: number | undefined;
  private renewedAtMs = 0;
  private renewal: Promise<void> = Promise.resolve();
  private isEnded = false;

  constructor(private readonly props: LeaseProps) {}

  /** Renews the lease. Never throws. */
  renew(): Promise<void> {
    if (!this.isEnded) this.renewal = this.renewNow();
    return this.renewal;
  }

  /**
   * Ends the calls of processes whose lease has run out, and forgets these processes. Several processes may do so at
   * once: a call is ended once. Nothing happens until this process could renew its own lease for the time of a lease:
   * after an outage of the database all leases are old, and the living have to renew theirs first. Never throws.
   */
  async sweep(): Promise<void> {
    const { database, timing, report, elapsedMs } = this.props;
    if (this.steadySinceMs === undefined || elapsedMs() - this.steadySinceMs < timing.leaseMs) return;
    try {
      let calls: CallRecord[];
      do {
        calls = await goneCalls(database, timing.leaseMs);
        if (calls.length > 0 && !(await this.abandon(calls))) return;
      } while (calls.length === MAX_CALLS);
      await deleteGoneInstances(database, timing.leaseMs);
    } catch (err) {
      report.note('database', { err });
    }
  }

  /** Ends the lease, unless calls of this process are still under way. */
  async end(): Promise<void> {
    this.isEnded = true;
    // A renewal that is under way would begin the lease again.
    await this.renewal;
    await deleteInstance(this.props.database, this.props.instance);
  }

  private async renewNow(): Promise<void> {
    const { database, instance, report, elapsedMs, timing } = this.props;
    try {
      await renewInstance(database, instance);
      const now = elapsedMs();
      const isLate = now - this.renewedAtMs > timing.leaseMs / 2;
      if (this.steadySinceMs === undefined || isLate) this.steadySinceMs = now;
      this.renewedAtMs = now;
    } catch (err) {
      this.steadySinceMs = undefined;
      report.note('database', { err });
    }
  }

  /** @returns whether all could be ended */
  private async abandon(calls: readonly CallRecord[]): Promise<boolean> {
    const { database, writer, report, events } = this.props;
    const outcomes = await storeRecords(
      writer,
      calls.map((call) => ({ ...call, characters: null, isAbandoned: true })),
    );
    const abandoned = outcomes.filter((outcome) => outcome.kind === 'stored' && outcome.isNew).length;
    if (abandoned > 0) events.onAbandoned(abandoned);
    const settled = calls.filter((call, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'rejected' || outcome?.kind === 'poison') {
        report.note('refused', { id: call.record.id, project: call.projectId, outcome: outcome.kind });
      }
      return outcome?.kind !== 'failed';
    });
    await deleteCalls(
      database,
      settled.map(({ record }) => record.id),
    );
    return settled.length === calls.length;
  }
}
