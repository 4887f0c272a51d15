import type { Queryable } from '../../database/pools';
import type { Backoff } from './backoff';
import { type Instance, insertCalls, MAX_CALLS } from './calls-under-way';
import { abandonedCall } from './entry-of-call';
import type { FailureReport } from './failure-report';
import type { RecordWriter } from './ledger-props';
import type { OpenCall, OpenCalls } from './open-calls';
import { storeRecords } from './store-records';

export interface AnnouncerProps {
  readonly database: Queryable;
  readonly writer: RecordWriter;
  readonly instance: Instance;
  readonly calls: OpenCalls;
  readonly backoff: Backoff;
  readonly report: FailureReport;
  /** Age from which a call is announced, ms. */
  readonly underWayMs: number;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
}

/**
 * Lets the database know of calls that take long: a row by which other processes find them where this one dies, then
 * the request with the status `active`. In this order, so that no active request stays without an end.
 */
export class Announcer {
  private underWay: { readonly ids: ReadonlySet<string>; readonly done: Promise<void> } | undefined;

  constructor(private readonly props: AnnouncerProps) {}

  /** Whether an announcement is under way. */
  get isBusy(): boolean {
    return this.underWay !== undefined;
  }

  /** Resolves after the announcement of a call that is under way; undefined where none is. */
  pendingOf(id: string): Promise<void> | undefined {
    return this.underWay?.ids.has(id) ? this.underWay.done : undefined;
  }

  /** Announces the calls that are due, at most 500; one announcement at a time. */
  announce(): void {
    const { calls, backoff, underWayMs, elapsedMs } = this.props;
    if (this.underWay !== undefined || backoff.remainingMs > 0) return;
    const due = calls.unannounced(elapsedMs() - underWayMs, MAX_CALLS);
    if (due.length === 0) return;
    const done = this.write(due).finally(() => {
      this.underWay = undefined;
    });
    this.underWay = { ids: new Set(due.map(({ entry }) => entry.record.id)), done };
  }

  private async write(due: readonly OpenCall[]): Promise<void> {
    const { database, writer, instance, backoff, report } = this.props;
    for (const call of due) call.announced = 'maybe';
    try {
      await insertCalls(
        database,
        instance,
        due.map(({ entry }) => abandonedCall(entry)),
      );
    } catch (err) {
      backoff.fail();
      report.note('database', { err });
      return;
    }
    const outcomes = await storeRecords(
      writer,
      due.map(({ entry: { projectId, keyId, record } }) => ({
        ...{ projectId, keyId, characters: null, isAbandoned: false },
        record: { ...record, status: 'active' },
      })),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const call = due[index];
      // What is wrong with a record shows again at its end, which reports it.
      if (call !== undefined && outcome.kind !== 'failed') call.announced = 'yes';
    }
    const failed = outcomes.find((outcome) => outcome.kind === 'failed');
    if (failed === undefined) return;
    backoff.fail();
    report.note('database', { err: failed.error });
  }
}
