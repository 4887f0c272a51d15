import type { Queryable } from '../../database/pools';
import type { Backoff } from './backoff';
import { deleteCalls } from './calls-under-way';
import type { FailureReport } from './failure-report';
import type { LedgerEvents, LedgerLog, RecordWriter } from './ledger-props';
import { type StoreOutcome, storeRecords } from './store-records';
import type { WaitingEnd, WaitingEnds } from './waiting-ends';

/** Records of one flush. */
const MAX_RECORDS = 500;

/** Flushes at the same time: the writer shares their transactions. */
const MAX_FLUSHES = 2;

/** Attempts at a record that makes the write fail by itself. */
const MAX_ATTEMPTS = 5;

export interface EndFlusherProps {
  readonly database: Queryable;
  readonly writer: RecordWriter;
  readonly ends: WaitingEnds;
  readonly backoff: Backoff;
  readonly report: FailureReport;
  readonly log: LedgerLog;
  readonly events: LedgerEvents;
}

/** Writes ends to the database, and forgets them once they are committed. */
export class EndFlusher {
  private underWay = 0;

  constructor(private readonly props: EndFlusherProps) {}

  /** Whether a flush is under way. */
  get isBusy(): boolean {
    return this.underWay > 0;
  }

  /** Writes what waits, unless the database has just failed. */
  flush(): void {
    const { ends, backoff } = this.props;
    while (this.underWay < MAX_FLUSHES && ends.length > 0 && backoff.remainingMs === 0) {
      this.underWay += 1;
      void this.store(ends.take(MAX_RECORDS)).finally(() => {
        this.underWay -= 1;
        if (ends.length >= MAX_RECORDS) this.flush();
      });
    }
  }

  /** Writes as soon as one statement is full. */
  flushIfFull(): void {
    if (this.props.ends.length >= MAX_RECORDS) this.flush();
  }

  private async store(taken: readonly WaitingEnd[]): Promise<void> {
    const { writer, ends, backoff, log, events } = this.props;
    const outcomes = await storeRecords(writer, taken);
    const left: WaitingEnd[] = [];
    const settled: WaitingEnd[] = [];
    let abandoned = 0;
    for (const [index, end] of taken.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'stored' && outcome.isNew && end.isAbandoned) abandoned += 1;
      const again = this.judge(end, outcome);
      if (again === undefined) settled.push(end);
      else left.push(again);
    }
    const kept = await this.forget(settled);
    ends.putBack([...left, ...kept]);
    if (abandoned > 0) events.onAbandoned(abandoned);
    const failed = kept.length > 0 || outcomes.some(({ kind }) => kind === 'failed');
    if (!failed && backoff.succeed()) log.info({}, 'the database takes records of calls again');
  }

  /** @returns the end where it is to be tried again */
  private judge(end: WaitingEnd, outcome: StoreOutcome | undefined): WaitingEnd | undefined {
    const { backoff, report } = this.props;
    const { projectId: project, record } = end;
    if (outcome === undefined || outcome.kind === 'stored') return undefined;
    if (outcome.kind === 'failed') {
      backoff.fail();
      report.note('database', { err: outcome.error });
      return end;
    }
    const failures = end.failures + 1;
    if (outcome.kind === 'poison' && failures < MAX_ATTEMPTS) return { ...end, failures };
    const reason =
      outcome.kind === 'poison'
        ? { err: outcome.error }
        : { code: outcome.rejection.code, reason: outcome.rejection.message };
    report.note('refused', { id: record.id, project, ...reason });
    return undefined;
  }

  /** Forgets ends that are settled. @returns those whose call is still among the ones under way */
  private async forget(settled: readonly WaitingEnd[]): Promise<WaitingEnd[]> {
    const { database, backoff, report } = this.props;
    const underWay = settled.filter(({ mayBeUnderWay }) => mayBeUnderWay);
    let kept: readonly WaitingEnd[] = [];
    try {
      await deleteCalls(
        database,
        underWay.map(({ record }) => record.id),
      );
    } catch (err) {
      backoff.fail();
      report.note('database', { err });
      // Storing them again changes nothing.
      kept = underWay;
    }
    for (const end of settled) {
      if (end.segment !== null && !kept.includes(end)) end.segment.live -= 1;
    }
    return [...kept];
  }
}
